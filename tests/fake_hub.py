"""A model hub on the loopback interface, as much of its protocol as a fetch needs."""

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FIRST_COMMIT, SECOND_COMMIT = "a" * 40, "b" * 40


@dataclass
class FakeHub:
    """What the hub offers, and what it was asked.

    Attributes:
        commits: Of each model, newest last: the files by path.
        gated: Models whose files are for those alone who send the token.
        breaks_after_bytes: Where the sending of a file ends each time.
        sends_instead: Other bytes than those announced, by path.
    """

    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    token: str = "hf_of_a_member"  # noqa: S105 -- of a hub that exists in tests only
    status: int = 200
    breaks_after_bytes: int | None = None
    sends_instead: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    endpoint: str = ""

    def offer(self, name: str, files: dict[str, bytes], commit: str = FIRST_COMMIT) -> None:
        self.commits.setdefault(name, {})[commit] = files

    @property
    def fetched(self) -> list[str]:
        """The paths of which bytes were asked for."""
        return [request.split("/resolve/")[1] for request in self.requests if request.startswith("GET /maker/")]


@contextmanager
def serve_hub() -> Iterator[FakeHub]:  # noqa: C901 -- a request handler can only be a class that knows its hub
    hub = FakeHub()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            asked_range = self.headers.get("Range", "")
            hub.requests.append(f"{self.command} {self.path} {asked_range}".strip())
            if hub.status != 200:
                return self._send(hub.status, b"")
            if found := re.fullmatch(r"/api/models/(\w+/[\w.-]+)/revision/(\w+)", self.path):
                return self._tell_of_model(*found.groups())
            found = re.fullmatch(r"/(\w+/[\w.-]+)/resolve/(\w+)/(.+)", self.path)
            if found is None or found[1] not in hub.commits:
                return self._send(401, b"", {"X-Error-Message": "Invalid username or password."})
            if found[1] in hub.gated and self.headers.get("Authorization") != f"Bearer {hub.token}":
                return self._send(403, b"", {"X-Error-Code": "GatedRepo"})
            return self._send_file(hub.commits[found[1]][found[2]][found[3]], found[2], found[3], asked_range)

        def _tell_of_model(self, name: str, revision: str) -> None:
            if name not in hub.commits:
                return self._send(401, b"", {"X-Error-Message": "Invalid username or password."})
            commit = revision if revision in hub.commits[name] else list(hub.commits[name])[-1]
            siblings = [{"rfilename": path} for path in hub.commits[name][commit]]
            return self._send(200, json.dumps({"id": name, "sha": commit, "siblings": siblings}).encode())

        def _send_file(self, content: bytes, commit: str, path: str, asked_range: str) -> None:
            start = int(re.findall(r"\d+", asked_range)[0]) if asked_range else 0
            # Hubs give the sha256 of large files, and another, shorter hash of small ones.
            sha256 = hashlib.sha256(content).hexdigest()
            etag = sha256 if path.endswith(".safetensors") else sha256[:40]
            headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"'}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            sent = hub.sends_instead.get(path, content)[start:]
            self._send(206 if start else 200, sent, headers, hub.breaks_after_bytes)

        def _send(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, end: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[:end])

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
