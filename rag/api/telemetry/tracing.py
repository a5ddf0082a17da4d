"""OpenTelemetry spans of requests and of the steps of an answer, if tracing is configured.

Nothing that a reader says is in a span. FastAPI's own spans hold the query string, so they are off.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from pydantic import Secret
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import __version__
from rag.api.access.rules import template_of
from rag.api.telemetry.access_log import METHODS, NO_ROUTE
from rag.api.telemetry.request_ids import current_request_id
from rag.errors import SettingsInvalid
from rag.events import AnswerEvent, AnswerFinished
from rag.types import Answer

_NAME = "footnote"
# A collector that is gone must not hold a stop.
_FLUSH_MS = 2000


def configure_tracing(endpoint: Secret[str] | None) -> None:
    """Send the spans of this process to an OTLP collector over HTTP; None sends none.

    Raises:
        SettingsInvalid: The extra `tracing` is not installed.
    """
    if endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsInvalid(
            "otlp_endpoint is set, and OpenTelemetry is not installed",
            next_step="run `pip install footnote-rag[tracing]`, or remove the setting",
        ) from error
    resource = Resource.create({"service.name": _NAME, "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint.get_secret_value())))
    trace.set_tracer_provider(provider)


async def send_last_spans() -> None:
    """Send what waits, also if another program configured the tracing of this process."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None:
        await asyncio.to_thread(flush, _FLUSH_MS)


def our_tracer() -> Tracer:
    """Return the tracer of this process; its spans cost nothing if tracing is not configured."""
    return trace.get_tracer(_NAME, __version__)


class TracedRequests:
    """Makes a span of each request, within the trace that a trusted proxy began."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = template_of(scope) or NO_ROUTE
        is_by_proxy = scope.get("state", {}).get("is_by_proxy", False)
        headers = Headers(scope=scope)
        carrier = {name: headers[name] for name in ("traceparent", "tracestate") if is_by_proxy and name in headers}
        attributes = {
            "http.request.method": method,
            "http.route": route,
            "footnote.request": current_request_id() or "",
        }
        with self._tracer.start_as_current_span(
            f"{method} {route}", propagate.extract(carrier), SpanKind.SERVER, attributes, record_exception=False
        ) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._app(scope, receive, send_and_note)


class AnswerSpans:
    """The spans of one answer that is worked on, and of its steps, while they happen."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._within: Context | None = None

    async def around(self, events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[AnswerEvent, None]:
        """Pass events on; their span is part of the request that asked first."""
        span = self._tracer.start_span("answer")
        self._within = trace.set_span_in_context(span)
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, AnswerFinished):
                        span.set_attributes(_facts_of(event.answer))
                    yield event
        finally:
            span.end()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Make a span of a step. The check of a sentence is one within the time of the LLM."""
        # Not the current span: the steps of a generator run in several tasks.
        span = self._tracer.start_span(name, self._within)
        try:
            yield
        finally:
            span.end()


def trace_shared(answer: Answer, tracer: Tracer) -> None:
    """Make the span of an answer that was worked out for another reader, within the request."""
    tracer.start_span("answer", attributes=_facts_of(answer)).end()


def _facts_of(answer: Answer) -> dict[str, str | int | bool]:
    return {
        "footnote.answer": answer.id,
        "footnote.outcome": answer.outcome,
        "footnote.kind": answer.kind or "none",
        "footnote.answered_by": answer.answered_by,
        "footnote.degraded": bool(answer.degraded),
        "footnote.cached": answer.cached,
        "footnote.index_version": answer.index_version,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }
