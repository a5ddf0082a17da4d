"""A loopback server that speaks the OpenAI chat protocol and misbehaves on demand, as LLM servers do on bad days."""

import contextlib
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count


@dataclass
class Script:
    """What the server replies.

    Attributes:
        pieces: The text, cut as it is to be streamed.
        status: Other than 200 refuses the request.
        break_after: Cut the connection after so many pieces.
        silent_after: Say nothing more, and keep the connection open, after so many pieces; those that end the reply
            count as one.
        pause_seconds: Before each piece.
        n_models_told: The list of models is sent so many times, later requests for it are never answered.
        headers: Sent with a refusal.
        log_probabilities: Of each piece, told where they are asked for.
        alternatives: What each piece might have been, with the log probability; told where they are asked for.
        called_tool: The name of a tool that it calls before it says something, although it was given none.
        n_busy: So many requests are refused with 503 before the script holds.
        refused: Requests with one of these parameters are refused with 400.
        requests: What was asked, in order.
        listings: The paths of the requests for the list of models.
        was_cut_off: Set once a reply could not be sent to its end.
    """

    pieces: list[str] = field(default_factory=list)
    status: int = 200
    break_after: int | None = None
    silent_after: int | None = None
    pause_seconds: float = 0.0
    n_models_told: float = math.inf
    headers: dict[str, str] = field(default_factory=dict)
    log_probabilities: list[float] = field(default_factory=list)
    alternatives: dict[str, float] = field(default_factory=dict)
    called_tool: str = ""
    n_busy: int = 0
    refused: frozenset[str] = frozenset()
    body: str | None = None
    finish_reason: str = "stop"
    requests: list[dict[str, object]] = field(default_factory=list)
    listings: list[str] = field(default_factory=list)
    was_cut_off: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_llm(script: Script) -> Iterator[str]:  # noqa: C901 -- one small server, read as a whole
    """Yield the base URL of a server that follows the script."""
    is_over = threading.Event()
    n_models_asked = count(1)

    class Replies(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.listings.append(self.path)
            if next(n_models_asked) > script.n_models_told:
                is_over.wait()
            with contextlib.suppress(OSError):
                self._reply(json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            script.requests.append(json.loads(self.rfile.read(length)))
            if len(script.requests) <= script.n_busy:
                self._reply('{"error": {"message": "busy"}}', 503)
                return
            if script.refused & script.requests[-1].keys():
                self._reply('{"error": {"message": "unsupported parameter"}}', 400)
                return
            if script.body is not None or script.status != 200:
                self._reply(script.body or '{"error": {"message": "no"}}')
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                self._stream()
            except OSError:
                script.was_cut_off.set()

        def _stream(self) -> None:
            if script.called_tool:
                function = {"name": script.called_tool, "arguments": '{"url": "https://evil.example/"}'}
                call = {"index": 0, "id": "call_1", "type": "function", "function": function}
                self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [call]}}]})
            for number, piece in enumerate(script.pieces):
                if number == script.break_after:
                    return
                if number == script.silent_after:
                    is_over.wait()
                time.sleep(script.pause_seconds)
                choice: dict[str, object] = {"index": 0, "delta": {"content": piece}}
                if script.log_probabilities and script.requests[-1].get("logprobs"):
                    token = {"token": piece, "logprob": script.log_probabilities[number], "top_logprobs": []}
                    if script.requests[-1].get("top_logprobs"):
                        token["top_logprobs"] = [
                            {"token": text, "logprob": value} for text, value in script.alternatives.items()
                        ]
                    choice["logprobs"] = {"content": [token]}
                self._event({"choices": [choice]})
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": script.finish_reason}]})
            if script.silent_after == len(script.pieces) + 1:
                is_over.wait()
            usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
            self._event({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, payload: dict[str, object]) -> None:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **payload}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()

        def _reply(self, body: str, status: int | None = None) -> None:
            self.send_response(status or script.status)
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Replies)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
