"""An LLM server on loopback that speaks at a fixed pace: it repeats words of its context."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_N_WORDS = 30
_HELD_SECONDS = 0.05
_MODELS = json.dumps({"object": "list", "data": [{"id": "paced", "object": "model"}]}).encode()
_FIRST_PASSAGE = re.compile(r"\[1\][^\n]*:\n(.+)")


@dataclass(slots=True)
class PacedLlm:
    """The server and what it counts.

    Attributes:
        first_seconds: Before the first word.
        between_seconds: Before each further word.
        is_held: Replies wait before their first word as long as this is so.
        n_open: Replies that are being sent.
        n_asked: Requests for a reply.
    """

    first_seconds: float = 0.5
    between_seconds: float = 0.02
    is_held: bool = False
    n_open: int = 0
    n_asked: int = 0
    base_url: str = ""

    async def serve(self, ready: threading.Event, over: threading.Event) -> None:
        """Serve until it is over."""
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0, backlog=2048)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        await asyncio.to_thread(over.wait)
        server.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                if b"/chat/completions" in head.split(b"\r\n", 1)[0]:
                    await self._reply(json.loads(body), writer)
                else:
                    writer.write(_whole(_MODELS))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _reply(self, asked: dict[str, list[dict[str, str]]], writer: asyncio.StreamWriter) -> None:
        self.n_asked += 1
        self.n_open += 1
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            await asyncio.sleep(self.first_seconds)
            while self.is_held:
                await _send(b"d\r\n: still held\n\r\n", writer)
                await asyncio.sleep(_HELD_SECONDS)
            for word in _words_of(asked["messages"][-1]["content"]):
                await _send(_chunk({"content": word}), writer)
                await asyncio.sleep(self.between_seconds)
            writer.write(_chunk({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            await writer.drain()
        finally:
            self.n_open -= 1


@contextmanager
def serve_paced_llm(llm: PacedLlm) -> Iterator[PacedLlm]:
    """Serve from a thread."""
    ready, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(llm.serve(ready, over)), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield llm
    finally:
        over.set()
        thread.join()


async def _send(content: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(content)
    await writer.drain()
    if writer.transport.is_closing():
        raise ConnectionResetError


def _words_of(prompt: str) -> list[str]:
    found = _FIRST_PASSAGE.search(prompt)
    words = (found[1] if found else prompt).split()[:_N_WORDS]
    return [f"{word} " for word in words]


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    event = b"data: " + json.dumps({"id": "1", "choices": [choice]}).encode() + b"\n\n"
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def _whole(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
