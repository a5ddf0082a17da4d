"""A stream says what its format says, keeps the connection open, and stops the answer when nobody listens."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from rag.api.openai.chunks import ChunkFormat
from rag.api.streaming import EventFormat, StreamFormat, stream_events
from rag.errors import IndexMissing
from rag.events import AnswerEvent, AnswerStarted, SourcesFound, TextDelta
from rag.wire.openai.content import AnswerContent

STARTED = AnswerStarted("a1", "c", "Who?", "Who?")


def a_chunk_format() -> ChunkFormat:
    return ChunkFormat(
        AnswerContent("http://docs.example", lists_links=False), model="footnote", created=17, includes_usage=False
    )


class Events:
    """An answer that begins, says a word once it may go on, and notices when it is stopped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.was_stopped = False
        self.may_go_on = asyncio.Event()
        self._error = error

    async def __call__(self) -> AsyncGenerator[AnswerEvent, None]:
        try:
            yield STARTED
            yield SourcesFound(())
            await self.may_go_on.wait()
            if self._error:
                raise self._error
            yield TextDelta("Yes.")
        finally:
            self.was_stopped = True


def stream(stream_format: StreamFormat, events: Events, *, leaves_after: str = "") -> list[str]:
    """Return what is told of events that go on after a ping, up to the first text that holds another."""

    async def run() -> list[str]:
        told = []
        texts = stream_events(events(), stream_format, asyncio.Event(), ping_seconds=0.02)
        async for text in texts:
            told.append(text)
            if "ping" in text:
                events.may_go_on.set()
            if leaves_after and leaves_after in text:
                break
        await texts.aclose()
        return told

    return asyncio.run(run())


def test_our_own_events_are_numbered_but_for_pings() -> None:
    told = stream(EventFormat(), Events())

    # On a busy machine there may be a ping before each of them.
    events = [text for text in told if text != "event: ping\ndata: {}\n\n"]
    assert "event: ping\ndata: {}\n\n" in told
    assert [text.split("\n")[:2] for text in events] == [
        ["id: 1", "event: meta"],
        ["id: 2", "event: sources"],
        ["id: 3", "event: delta"],
    ]
    assert events[-1] == 'id: 3\nevent: delta\ndata: {"text": "Yes.", "note": false, "quoted": false}\n\n'


def test_numbers_go_on_after_the_events_that_a_client_has() -> None:
    told = stream(EventFormat(7), Events())

    assert [text.split("\n")[0] for text in told if "ping" not in text] == ["id: 8", "id: 9", "id: 10"]


def test_a_silence_is_a_comment_for_openai_clients_and_what_they_cannot_use_is_left_out() -> None:
    told = stream(a_chunk_format(), Events())

    first, last = (text for text in told if text != ": ping\n\n")
    assert ": ping\n\n" in told
    assert '"role": "assistant"' in first
    assert '"content": "Yes."' in last


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            IndexMissing("/secret/index is missing", next_step="run `rag index`"),
            "there is no index yet; run `rag index`",
        ),
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

    stream(make_format(), events, leaves_after="ping")

    assert events.was_stopped
