"""Spans of requests and of the steps of an answer, without a word of what a reader says."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer
from starlette.types import Receive, Scope, Send

from rag.api.app import create_app
from rag.api.telemetry.request_ids import IdentifiedRequests
from rag.api.telemetry.tracing import AnswerSpans, TracedRequests, configure_tracing, trace_shared
from rag.assembly.settings import Settings
from rag.events import AnswerEvent, AnswerFinished, SourcesFound
from rag.types import Answer, Timings, Usage
from tests.unit.answering.answerers import FERRY, FERRY_SENTENCE, make_answerer, says

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ANSWER = Answer(
    *("id", "conversation", "secret question", "secret query", "answered", "secret answer", "secret note", (), ()),
    *(None, "llm", "model", "v1"),
    usage=Usage(7, 3),
    timings_ms=Timings(rewrite=1, retrieve=20, llm=900, check=80, first_token=500, total=1010),
    degraded="the LLM at http://secret",
    kind="fact",
)


class Spans:
    """A tracer that keeps its spans."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("test")

    def by_name(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._exporter.get_finished_spans()}


async def reply(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b""})


def request(spans: Spans, line: str, *, sender: str = "127.0.0.1", **headers: str) -> None:
    app = IdentifiedRequests(TracedRequests(reply, spans.tracer), ["127.0.0.1"])

    async def send() -> None:
        transport = httpx2.ASGITransport(app, client=(sender, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            await client.request(*line.split(" ", 1), headers=headers)

    asyncio.run(asyncio.wait_for(send(), 60))


def test_a_request_is_a_span_of_its_route_that_holds_neither_path_nor_query() -> None:
    spans = Spans()

    request(spans, "GET /v1/documents/secret?q=secret", authorization="Bearer secret", **{"user-agent": "secret"})

    (span,) = spans.by_name().values()
    assert span.name == "GET /v1/documents/{document_id}"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200
    assert "secret" not in span.to_json()


@pytest.mark.parametrize(("sender", "is_kept"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_a_trusted_proxys_trace_goes_on(sender: str, is_kept: bool) -> None:  # noqa: FBT001 -- a parameter of pytest
    spans = Spans()

    request(spans, "GET /v1/models", sender=sender, traceparent=f"00-{TRACE}-{PARENT}-01")

    (span,) = spans.by_name().values()
    assert (f"{span.context.trace_id:032x}" == TRACE) is is_kept


def follow(spans: Spans, *, leaves_at: type[AnswerEvent] | None = None) -> Answer | None:
    """Answer within a request, up to the first event of a kind."""

    async def run() -> Answer | None:
        steps = AnswerSpans(spans.tracer)
        answerer = make_answerer(says(f"{FERRY_SENTENCE} [1]"), is_instant=True)
        async with aclosing(steps.around(answerer.answer(FERRY, trace_step=steps.step))) as events:
            async for event in events:
                if leaves_at is not None and isinstance(event, leaves_at):
                    return None
        assert isinstance(event, AnswerFinished)
        return event.answer

    with spans.tracer.start_as_current_span("request"):
        return asyncio.run(run())


def test_the_steps_of_an_answer_are_spans_that_begin_and_end_with_their_work() -> None:
    spans = Spans()

    finished = follow(spans)

    found = spans.by_name()
    answer, llm, check = found["answer"], found["llm"], found["check"]
    assert set(found) == {"request", "answer", "rewrite", "search", "llm", "check"}
    assert answer.parent == found["request"].context
    assert all(found[name].parent == answer.context for name in ("rewrite", "search", "llm", "check"))
    assert answer.start_time <= found["rewrite"].start_time <= found["rewrite"].end_time
    assert found["rewrite"].end_time <= found["search"].start_time <= found["search"].end_time <= llm.start_time
    assert llm.start_time <= check.start_time <= check.end_time <= llm.end_time <= answer.end_time
    assert answer.attributes is not None
    assert finished is not None
    assert answer.attributes["footnote.answered_by"] == "llm"
    assert answer.attributes["gen_ai.usage.input_tokens"] == finished.usage.prompt_tokens
    assert "ferry" not in "".join(span.to_json() for span in found.values()).lower()


def test_spans_end_when_the_reader_leaves() -> None:
    spans = Spans()

    follow(spans, leaves_at=SourcesFound)

    found = spans.by_name()
    assert set(found) == {"request", "answer", "rewrite", "search"}
    assert found["answer"].end_time <= found["request"].end_time


def test_an_answer_of_another_reader_is_a_span_without_steps_and_words() -> None:
    spans = Spans()

    trace_shared(replace(ANSWER, cached=True), spans.tracer)

    (span,) = spans.by_name().values()
    assert span.attributes is not None
    assert span.attributes["footnote.cached"] is True
    assert "secret" not in span.to_json()


def test_without_an_endpoint_nothing_is_configured_and_an_app_answers(tmp_path: Path) -> None:
    configure_tracing(None)
    app = create_app(Settings(index_folder=tmp_path, conversation_days=0))

    async def send() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/healthz")

    assert asyncio.run(send()).status_code == 200
