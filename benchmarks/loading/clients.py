"""Clients of POST /v1/ask and GET /healthz that need little processor time themselves."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field

_MAX_SECONDS = 60.0


@dataclass(slots=True)
class Outcomes:
    """How questions ended; milliseconds since each was sent.

    Attributes:
        sources, answered: Until the sources came, until the whole answer did.
        overhead: The part of the latter that the answer does not count as its own time.
        refused: Until a 429 came.
        degraded: Of the answers, those that an LLM should have generated and did not.
        blamed: Of those, the ones that do not say that the LLM is busy.
        lost: Requests that ended in another way.
    """

    sources: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    overhead: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    degraded: int = 0
    blamed: int = 0
    lost: list[str] = field(default_factory=list)


async def ask(port: int, question: str, outcomes: Outcomes, *, leaves_after: int | None = None) -> float:
    """Stream one answer; a client that leaves closes after so many bytes.

    Returns:
        The seconds to wait before the next question, 0 if the server did not refuse this one.
    """
    began = time.perf_counter()
    body = json.dumps({"question": question, "stream": True}).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(_MAX_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
            writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + body)
            if leaves_after is None:
                return await _read(reader, outcomes, began)
            await reader.readexactly(leaves_after)
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        if leaves_after is None:
            outcomes.lost.append(repr(error))
    finally:
        if writer is not None:
            writer.transport.abort()
    return 0.0


async def _read(reader: asyncio.StreamReader, outcomes: Outcomes, began: float) -> float:
    status = (await reader.readline()).split()[1]
    if status == b"429":
        outcomes.refused.append(_since(began))
        return await _retry_after(reader)
    if status != b"200":
        outcomes.lost.append(status.decode())
        return 0.0
    event = b""
    async for line in reader:
        if line.startswith(b"event: "):
            event = line[7:].strip()
            if event == b"sources":
                outcomes.sources.append(_since(began))
        elif line.startswith(b"data: ") and event in {b"final", b"error"}:
            if event == b"error":
                outcomes.lost.append(line.decode())
                return 0.0
            outcomes.answered.append(_since(began))
            answer = json.loads(line[6:])
            outcomes.overhead.append(outcomes.answered[-1] - answer["timings_ms"]["total"])
            reason = answer["degraded"]
            outcomes.degraded += reason is not None
            outcomes.blamed += reason is not None and "busy" not in reason
            return 0.0
    outcomes.lost.append("the stream broke off")
    return 0.0


async def _retry_after(reader: asyncio.StreamReader) -> float:
    while line := (await reader.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"retry-after":
            return float(value)
    return 0.0


def _since(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


async def ask_in_turn(port: int, questions: Sequence[str], n_clients: int, seconds: float) -> Outcomes:
    """Have clients ask one question after the other for some time; who is refused waits as told."""
    outcomes, ends = Outcomes(), time.perf_counter() + seconds
    turns = itertools.cycle(questions)

    async def client() -> None:
        while time.perf_counter() < ends:
            wait_seconds = await ask(port, next(turns), outcomes)
            if wait_seconds:
                await asyncio.sleep(wait_seconds)

    await asyncio.gather(*(client() for _ in range(n_clients)))
    return outcomes


async def ask_at_rate(port: int, questions: Sequence[str], a_second: float, seconds: float) -> Outcomes:
    """Send questions at a rate, whether earlier ones are answered or not; wait for all."""
    outcomes, turns = Outcomes(), itertools.cycle(questions)
    began, tasks = time.perf_counter(), []
    for number in range(int(a_second * seconds)):
        await asyncio.sleep(max(0.0, began + number / a_second - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(port, next(turns), outcomes)))
    await asyncio.gather(*tasks)
    return outcomes


async def leave_at_random(port: int, questions: Sequence[str], n_clients: int, n_at_once: int) -> None:
    """Have clients ask and leave after a random number of bytes."""
    chance = random.Random(5)  # noqa: S311 -- repeatable
    at_once = asyncio.Semaphore(n_at_once)

    async def client(number: int) -> None:
        async with at_once:
            await ask(port, questions[number % len(questions)], Outcomes(), leaves_after=chance.randrange(1, 20_000))

    await asyncio.gather(*(client(number) for number in range(n_clients)))


@asynccontextmanager
async def slow_connections(port: int, n_connections: int) -> AsyncIterator[None]:
    """Hold connections that send one byte of a head each second, and come again when cut off."""

    async def trickle() -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                with closing(writer):
                    for byte in itertools.chain(b"GET /healthz HTTP/1.1\r\nX-Slow: ", itertools.repeat(97)):
                        writer.write(bytes([byte]))
                        await writer.drain()
                        await asyncio.sleep(1)

    tasks = [asyncio.create_task(trickle()) for _ in range(n_connections)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ask_beside_slow_connections(
    port: int, questions: Sequence[str], a_second: float, seconds: float, n_connections: int
) -> Outcomes:
    """Send questions at a rate while others hold slow connections."""
    async with slow_connections(port, n_connections):
        return await ask_at_rate(port, questions, a_second, seconds)


async def probe_health(port: int, seconds: float, pause_seconds: float = 0.05) -> list[float]:
    """Ask GET /healthz again and again; return the milliseconds of each."""
    milliseconds, ends = [], time.perf_counter() + seconds
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < ends:
        began = time.perf_counter()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b'ok"}')
        milliseconds.append(_since(began))
        await asyncio.sleep(pause_seconds)
    writer.close()
    return milliseconds
