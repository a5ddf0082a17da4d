"""A real server sends its traces to a collector, and no word of a reader with them."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.running import MAX_SECONDS, serve

pytestmark = pytest.mark.model

QUESTION = "Who met with Putin in Moscow?"


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Run a server that takes spans over OTLP; yield its address and what came."""
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_collector_gets_the_spans_of_questions_until_the_server_ends(seed_index: Path) -> None:
    with (
        collector() as (endpoint, received),
        serve(seed_index, RAG_LLM="extractive", RAG_OTLP_ENDPOINT=endpoint) as running,
    ):
        running.ask(QUESTION)
        running.stream(QUESTION)
        running.get("/v1/search?q=Putin")
        running.process.terminate()
        running.process.wait(MAX_SECONDS)

    spans = [
        span
        for request in received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    names = [span.name for span in spans]
    assert names.count("POST /v1/ask") == names.count("answer") == 2
    assert names.count("search") == 2
    assert "GET /v1/search" in names
    asked = {span.trace_id for span in spans if span.name == "POST /v1/ask"}
    assert {span.trace_id for span in spans if span.name == "answer"} == asked
    assert b"Putin" not in b"".join(request.SerializeToString() for request in received)
