"""A stream says what its format says, keeps the connection open, and stops the answer when nobody listens."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from rag.api.openai.chunks import ChunkFormat
from rag.api.streaming import EventFormat, StreamFormat, stream_events
from rag.errors import IndexMissing
from rag.events import AnswerEvent, AnswerStarted, SourcesFound, TextDelta

STARTED = AnswerStarted("a1", "c", "Who?", "Who?")


def a_chunk_format() -> ChunkFormat:
    return ChunkFormat(created=17, base_url="http://docs.example", includes_usage=False)


class Events:
    """An answer that begins, says a word after a while, and notices when it is stopped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.was_stopped = False
        self._error = error

    async def __call__(self) -> AsyncGenerator[AnswerEvent, None]:
        try:
            yield STARTED
            yield SourcesFound(())
            await asyncio.sleep(0.1)
            if self._error:
                raise self._error
            yield TextDelta("Yes.")
        finally:
            self.was_stopped = True


def stream(stream_format: StreamFormat, events: Events, n_texts: int = 1000) -> list[str]:
    """Return what is told, up to so many texts."""

    async def run() -> list[str]:
        told = []
        texts = stream_events(events(), stream_format, ping_seconds=0.04)
        async for text in texts:
            told.append(text)
            if len(told) == n_texts:
                break
        await texts.aclose()
        return told

    return asyncio.run(run())


def test_our_own_events_are_numbered_pings_included() -> None:
    told = stream(EventFormat(), Events())

    assert [text.split("\n")[:2] for text in told[:3]] == [
        ["id: 1", "event: meta"],
        ["id: 2", "event: sources"],
        ["id: 3", "event: ping"],
    ]
    assert told[-1] == f'id: {len(told)}\nevent: delta\ndata: {{"text": "Yes.", "note": false, "quoted": false}}\n\n'


def test_a_silence_is_a_comment_for_openai_clients_and_what_they_cannot_use_is_left_out() -> None:
    told = stream(a_chunk_format(), Events())

    assert '"role": "assistant"' in told[0]
    assert set(told[1:-1]) == {": ping\n\n"}
    assert '"content": "Yes."' in told[-1]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IndexMissing("run `rag index`"), "run `rag index`"),
        (RuntimeError("secret"), "the server failed; its log says why"),
    ],
)
@pytest.mark.parametrize("make_format", [EventFormat, a_chunk_format])
def test_an_error_ends_the_stream_and_says_no_more_than_it_should(
    make_format: type[StreamFormat], error: Exception, told: str
) -> None:
    last = stream(make_format(), Events(error))[-1]

    assert told in last
    assert "secret" not in last


@pytest.mark.parametrize("make_format", [EventFormat, a_chunk_format])
def test_who_stops_listening_stops_the_answer(make_format: type[StreamFormat]) -> None:
    events = Events()

    stream(make_format(), events, n_texts=2)

    assert events.was_stopped
