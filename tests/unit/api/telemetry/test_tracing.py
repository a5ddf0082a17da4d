"""Spans of requests and of the steps of an answer, without a word of what a reader says."""

import asyncio
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
from rag.api.telemetry.tracing import TracedRequests, configure_tracing, trace_answer
from rag.assembly.settings import Settings
from rag.types import Answer, Timings, Usage

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


def test_the_steps_of_an_answer_are_spans_one_after_the_other() -> None:
    spans = Spans()

    with spans.tracer.start_as_current_span("request"):
        trace_answer(ANSWER, spans.tracer, now_ns=lambda: 10_000_000_000)

    found = spans.by_name()
    answer = found["answer"]
    assert set(found) == {"request", "answer", "rewrite", "search", "llm", "check"}
    assert answer.parent is not None
    assert answer.parent.span_id == found["request"].context.span_id
    assert all(found[name].parent == answer.context for name in ("rewrite", "search", "llm", "check"))
    ms = {
        name: ((span.end_time - span.start_time) / 1e6, (span.start_time - answer.start_time) / 1e6)
        for name, span in found.items()
        if name != "request"
    }
    assert ms == {
        "answer": (1010, 0),
        "rewrite": (1, 0),
        "search": (20, 1),
        "llm": (900, 21),
        "check": (80, 921),
    }
    assert answer.attributes is not None
    assert answer.attributes["footnote.kind"] == "fact"
    assert answer.attributes["gen_ai.usage.input_tokens"] == 7
    assert "secret" not in "".join(span.to_json() for span in found.values())


def test_without_an_endpoint_nothing_is_configured_and_an_app_answers(tmp_path: Path) -> None:
    configure_tracing(None)
    app = create_app(Settings(index_folder=tmp_path, conversation_days=0))

    async def send() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/healthz")

    assert asyncio.run(send()).status_code == 200
