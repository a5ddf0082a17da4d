"""Every response protects its reader, also each error; a page may load nothing from elsewhere."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route

from rag.api.access.rules import _SCOPES_BY_ROUTE
from rag.api.app import create_app
from rag.assembly.settings import Settings

KEY = "key-of-16-letters"
OWN_CACHE = ("/widget.js", "/static/pages.css")
PAGE = {"Accept": "text/html"}
TOO_LONG = {"question": "x" * 5000}


async def _fail(_: Request) -> None:
    raise RuntimeError("nothing expected this")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An app without an index, with a route that fails."""
    folder = tmp_path_factory.mktemp("index")
    app = create_app(Settings(index_folder=folder, conversation_days=0, admin_key=KEY, max_file_mb=1))
    app.router.routes.append(Route("/fault", _fail))
    return app


def send(app: FastAPI, method: str, path: str, **more: object) -> httpx2.Response:
    async def request() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **more)

    return asyncio.run(asyncio.wait_for(request(), 120))


def require_protection(reply: httpx2.Response) -> None:
    headers = reply.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    if headers.get("content-type", "").startswith("text/html"):
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["cache-control"] in {"private, no-cache", "no-store"}
    else:
        own = reply.request.url.path in OWN_CACHE and reply.status_code in {200, 304}
        assert headers["cache-control"] == ("no-cache" if own else "no-store")
    assert all(len(headers.get_list(name)) == 1 for name in ("x-content-type-options", "referrer-policy"))


@pytest.mark.parametrize("line", [*sorted(_SCOPES_BY_ROUTE), "HEAD /", "OPTIONS /v1/ask"])
@pytest.mark.parametrize("headers", [{}, PAGE, {"Authorization": f"Bearer {KEY}"}])
def test_every_route_sends_the_headers(app: FastAPI, line: str, headers: dict[str, str]) -> None:
    method, path = line.split()
    path = path.replace("{name}", "pages.css").replace("{name:path}", "footnote").replace("{", "").replace("}", "")

    require_protection(send(app, method, path, headers=headers))


@pytest.mark.parametrize("is_page", [False, True])
@pytest.mark.parametrize(
    ("status", "asked", "more"),
    [
        (200, "GET /", {}),
        (304, "GET /widget.js", {"headers": {"If-None-Match": "*"}}),
        (400, "POST /v1/ask", {}),
        (401, "POST /v1/documents", {}),
        (404, "GET /nope", {}),
        (404, "GET /static/nope", {}),
        (404, "GET /v1/models/nope", {}),
        (405, "PUT /v1/ask", {}),
        (413, "POST /v1/ask", {"content": b"x" * 300_000}),
        (416, "GET /widget.js", {"headers": {"Range": "bytes=99999999-"}}),
        (421, "GET /healthz", {"headers": {"Host": "evil.example"}}),
        (422, "POST /v1/ask", {"json": TOO_LONG}),
        (500, "GET /fault", {}),
        (503, "GET /readyz", {}),
    ],
)
def test_every_kind_of_reply_sends_the_headers(
    app: FastAPI, status: int, asked: str, more: dict[str, object], *, is_page: bool
) -> None:
    headers = {**more.get("headers", {}), **(PAGE if is_page else {})}
    if status == 304:
        headers["If-None-Match"] = send(app, "GET", "/widget.js").headers["etag"]

    reply = send(app, *asked.split(), **{**more, "headers": headers})

    assert reply.status_code == status, reply.text
    require_protection(reply)


def test_an_address_that_sent_too_many_wrong_keys_gets_the_headers_too(app: FastAPI) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    replies = [send(app, "POST", "/v1/documents", headers=wrong) for _ in range(11)]

    assert replies[-1].status_code == 429
    require_protection(replies[-1])


def test_a_fault_is_answered_with_a_problem_and_logged_once(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    reply = send(app, "GET", "/fault")

    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert "nothing expected this" not in reply.text
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.getMessage() == "GET /fault failed"
