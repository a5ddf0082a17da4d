"""Every route is closed to callers who lack its scope; a server without keys is open on loopback."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, FastAPI
from starlette.types import Message, Scope

from rag.api.access.caller import NO_TEXTS, OWNER, Caller
from rag.api.access.keys import KeyStore
from rag.api.access.rules import _SCOPES_BY_ROUTE, require_rules
from rag.api.access.visitors import read_public_key
from rag.api.app import create_app
from rag.assembly.settings import Settings

ADMIN_KEY = "correct-horse-battery"
SITE = "https://example.org"
ROUTES = sorted(_SCOPES_BY_ROUTE)
PUBLIC = {
    *("GET /healthz", "GET /readyz", "GET /widget.js", "GET /widget/{name}", "GET /static/{name}"),
    *("GET /admin/sign-in", "POST /admin/sign-in", "POST /admin/sign-out"),
}
SCOPES = ("ask", "search", "documents", "admin")


def make_app(folder: Path, **settings: object) -> FastAPI:
    return create_app(Settings(index_folder=folder, conversation_days=0, **settings))


def create_key(folder: Path, *scopes: str, origins: tuple[str, ...] = ()) -> str:
    store = KeyStore(folder / "keys.sqlite", lambda: 0.0)
    _, secret = store.create("x", scopes=frozenset(scopes), origins=frozenset(origins))
    return secret


def send(app: FastAPI, line: str, *, at: str = "127.0.0.1", **headers: str) -> httpx2.Response:
    """Send a request without a body to an address of the server; the app is not started."""
    method, path = line.split()

    async def request() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=f"http://{at}") as client:
            return await client.request(method, path.replace("{", "").replace("}", ""), headers=headers)

    return asyncio.run(asyncio.wait_for(request(), 60))


def bearer(secret: str) -> str:
    return f"Bearer {secret}"


def is_let_through(app: FastAPI, line: str, **headers: str) -> bool:
    """Return whether a request passes the guard; behind it waits a route that echoes it."""
    passed = []

    async def send_nothing(message: Message) -> None:
        del message

    async def receive() -> Message:
        raise AssertionError("the guard reads no body")

    async def behind(*_: object) -> None:
        passed.append(True)

    method, path = line.split()
    stack = app.build_middleware_stack()
    guard = stack
    while type(guard).__name__ != "AccessGuard":
        guard = getattr(guard, "_app", None) or guard.app  # type: ignore[attr-defined]
    guard._app = behind  # type: ignore[attr-defined]
    scope = {
        "type": "http",
        "method": method,
        "path": path.replace("{", "").replace("}", "").replace(":path", ""),
        "query_string": b"",
        "server": ("127.0.0.1", 8000),
        "client": ("192.0.2.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(stack(scope, receive, send_nothing))
    return bool(passed)


def test_only_public_routes_pass_without_a_key(tmp_path: Path) -> None:
    create_key(tmp_path, "ask")
    app = make_app(tmp_path)

    assert {line for line in ROUTES if is_let_through(app, line)} == PUBLIC


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_the_routes_of_its_scope_alone(tmp_path: Path, scope: str) -> None:
    secret = create_key(tmp_path, scope)
    app = make_app(tmp_path)

    opened = {line for line in ROUTES if is_let_through(app, line, authorization=bearer(secret))}

    of_scope = {line for line, scopes in _SCOPES_BY_ROUTE.items() if scope == "admin" or scope in scopes}
    assert opened == PUBLIC | of_scope


@pytest.mark.parametrize("line", ["GET /v1/secrets", "POST /mcp/", "GET /v1/search/", "GET //v1/search", "GET /V1/ask"])
def test_a_path_without_rules_is_closed(tmp_path: Path, line: str) -> None:
    secret = create_key(tmp_path, "ask", "search", "documents")
    app = make_app(tmp_path)

    assert not is_let_through(app, line)
    assert not is_let_through(app, line, authorization=bearer(secret))
    assert send(app, line, authorization=bearer(secret)).status_code == 404


def test_a_route_without_rules_cannot_be_added() -> None:
    router = APIRouter()
    router.add_api_route("/v1/new", lambda: None)

    with pytest.raises(LookupError, match="GET /v1/new has no scopes"):
        require_rules(router.routes)


@pytest.mark.parametrize(
    "authorization",
    [
        *("", "Bearer", "Bearer ", "Bearer None", "Basic KEY", "KEY", "Bearer KEYx", "Bearer x KEY", "Bearer KEY KEY"),
        *("Token KEY", "Bearer HASH", "Bearer fn_sk_", "Bearer %00", "Bearer KEY,Bearer KEY"),
    ],
)
def test_wrong_forms_of_a_key_get_401_and_how_to_send_one(tmp_path: Path, authorization: str) -> None:
    secret = create_key(tmp_path, "ask")
    (stored,) = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).read()

    reply = send(
        make_app(tmp_path),
        "GET /v1/models",
        authorization=authorization.replace("KEY", secret).replace("HASH", stored),
    )

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["error"]["code"] == "key_refused"


def test_a_key_without_the_scope_gets_403_and_its_name(tmp_path: Path) -> None:
    secret = create_key(tmp_path, "ask")

    reply = send(make_app(tmp_path), "GET /v1/search", authorization=bearer(secret))

    assert (reply.status_code, reply.json()["code"]) == (403, "scope_missing")
    assert "lacks the scope search" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("GET /v1/search", "the key is missing or wrong; send a key with the scope search: Authorization: Bearer KEY"),
        ("GET /v1/collections", "the key is missing or wrong; send a key: Authorization: Bearer KEY"),
        (
            "GET /metrics",
            (
                "the key is missing or wrong; send a key with the scope admin: Authorization: Bearer KEY; or set "
                "local_metrics = true, which opens it to programs on the server's machine"
            ),
        ),
        (
            "GET /documents/x",
            (
                "the key is missing or wrong; send a key: Authorization: Bearer KEY; or ask the question again: links "
                "to documents last a day, and a new answer has new ones"
            ),
        ),
    ],
)
def test_a_refusal_names_what_opens_the_route(tmp_path: Path, line: str, told: str) -> None:
    create_key(tmp_path, "ask")

    assert send(make_app(tmp_path), line).json()["detail"] == told


def test_without_keys_a_refusal_names_the_setting_for_metrics_too(tmp_path: Path) -> None:
    told = send(make_app(tmp_path), "GET /metrics").json()["detail"]

    assert "run `rag keys create NAME --scope admin`" in told
    assert "or set local_metrics = true" in told


def test_who_is_signed_in_is_told_that_the_api_takes_a_key(tmp_path: Path) -> None:
    app = make_app(tmp_path, admin_key=ADMIN_KEY)
    create_key(tmp_path, "ask")

    signed_in = send(app, "GET /v1/conversations", cookie="footnote_owner=anything")
    with_key = send(app, "GET /v1/conversations", cookie="footnote_owner=anything", authorization="Bearer wrong")

    assert (signed_in.status_code, with_key.status_code) == (401, 401)
    assert signed_in.json()["detail"].startswith(
        "the sign-in opens only the pages below /admin; send a key with the scope admin: Authorization: Bearer KEY"
    )
    assert with_key.json()["detail"].startswith("the key is missing or wrong")


def test_an_unknown_collection_and_one_of_others_are_told_alike(tmp_path: Path) -> None:
    _, secret = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).create(
        "x", scopes=frozenset({"search"}), origins=frozenset(), collections=frozenset({"shop"})
    )
    app = make_app(tmp_path, collections={"shop": str(tmp_path / "shop"), "club": str(tmp_path / "club")})

    told = {
        name: send(app, f"GET /collections/{name}/v1/search?q=x", authorization=bearer(secret)).json()
        for name in ("club", "nope")
    }

    for name, problem in told.items():
        assert (problem["status"], problem["code"]) == (404, "collection_not_found")
        assert problem["detail"] == (
            f"there is no collection at /collections/{name}; GET /v1/collections lists those that you can ask"
        )


def test_a_key_of_a_collection_that_is_not_served_is_told_so(tmp_path: Path) -> None:
    _, secret = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).create(
        "x", scopes=frozenset({"search"}), origins=frozenset(), collections=frozenset({"gone"})
    )

    told = send(make_app(tmp_path), "GET /v1/search?q=x", authorization=bearer(secret)).json()["detail"]

    assert told == "the key opens no collection of this server; `rag keys list` shows which it opens"


def caller_of(app: FastAPI, **headers: str) -> Caller:
    """Return whom the guard takes the sender of a question for."""
    found = []

    async def behind(scope: Scope, *_: object) -> None:
        found.append(scope["state"]["caller"])

    guard = app.build_middleware_stack()
    while type(guard).__name__ != "AccessGuard":
        guard = getattr(guard, "_app", None) or guard.app  # type: ignore[attr-defined]
    guard._app = behind  # type: ignore[attr-defined]

    async def ask() -> None:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(guard), base_url="http://127.0.0.1") as client:
            with suppress(AssertionError):
                await client.post("/v1/ask", headers=headers)

    asyncio.run(ask())
    return found[0]


def test_a_key_shows_hidden_documents_where_asking_needs_none(tmp_path: Path) -> None:
    app = make_app(tmp_path, admin_key=ADMIN_KEY, public_documents=False)

    assert caller_of(app, authorization=bearer(ADMIN_KEY)) == OWNER
    assert caller_of(app, authorization="Bearer wrong") == NO_TEXTS
    assert caller_of(app) == NO_TEXTS


def test_too_many_wrong_keys_leave_an_open_server_open(tmp_path: Path) -> None:
    app = make_app(tmp_path, admin_key=ADMIN_KEY, public_documents=False)

    for _ in range(12):
        assert send(app, "GET /v1/models", authorization="Bearer wrong").status_code == 200

    # Guesses of the admin key are limited on this way too.
    assert send(app, "GET /v1/conversations", authorization="Bearer wrong").status_code == 429


def test_wrong_keys_get_429_but_a_right_key_from_the_same_address_still_passes(tmp_path: Path) -> None:
    secret = create_key(tmp_path, "ask")
    app = make_app(tmp_path)
    for _ in range(10):
        assert send(app, "GET /v1/models", authorization="Bearer wrong").status_code == 401

    limited = send(app, "GET /v1/models", authorization="Bearer wrong")

    assert limited.status_code == 429
    assert 1 <= int(limited.headers["retry-after"]) <= 7
    assert send(app, "GET /v1/models", authorization=bearer(secret)).status_code == 200


@pytest.mark.parametrize("at", ["127.0.0.1", "127.9.9.9", "[::1]"])
def test_without_keys_readers_on_this_machine_need_none(tmp_path: Path, at: str) -> None:
    # OpenAI's clients always send some key.
    assert send(make_app(tmp_path), "GET /v1/models", at=at, authorization="Bearer any").status_code == 200


@pytest.mark.parametrize("at", ["192.0.2.7", "[2001:db8::1]", "0.0.0.0"])  # noqa: S104 -- not listened on
def test_without_keys_nobody_else_is_answered_unless_told(tmp_path: Path, at: str) -> None:
    closed, insecure = make_app(tmp_path, host=at.strip("[]")), make_app(tmp_path, host=at.strip("[]"), insecure=True)

    assert send(closed, "GET /v1/models", at=at).status_code == 401
    assert send(closed, "GET /healthz", at=at).status_code == 200
    assert send(insecure, "GET /v1/models", at=at).status_code == 200


def test_without_keys_changes_are_closed_on_this_machine_too(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    assert send(app, "GET /v1/conversations").status_code == 401
    assert send(app, "GET /v1/conversations", authorization="Bearer None").status_code == 401


@pytest.mark.parametrize("n_keys", [0, 1])
def test_the_admin_key_of_the_settings_has_every_scope(tmp_path: Path, n_keys: int) -> None:
    for _ in range(n_keys):
        create_key(tmp_path, "ask")
    app = make_app(tmp_path, admin_key=ADMIN_KEY)

    opened = {line for line in ROUTES if is_let_through(app, line, authorization=bearer(ADMIN_KEY))}

    assert opened == set(ROUTES)


def test_a_site_key_works_from_its_site_alone_and_cors_allows_the_site(tmp_path: Path) -> None:
    secret = create_key(tmp_path, "ask", origins=(SITE,))
    app = make_app(tmp_path)

    own = send(app, "GET /v1/models", origin=SITE, authorization=bearer(secret))
    foreign = send(app, "GET /v1/models", origin="https://evil.test", authorization=bearer(secret))
    bare = send(app, "GET /v1/models", authorization=bearer(secret))

    assert (own.status_code, own.headers["access-control-allow-origin"]) == (200, SITE)
    assert (foreign.status_code, foreign.headers.get("access-control-allow-origin")) == (401, None)
    assert bare.status_code == 401


def test_a_site_may_ask_before_it_sends_its_key_and_others_may_not(tmp_path: Path) -> None:
    create_key(tmp_path, "ask", origins=(SITE,))
    app = make_app(tmp_path)
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}

    own = send(app, "OPTIONS /v1/ask", origin=SITE, **asked)
    foreign = send(app, "OPTIONS /v1/ask", origin="https://evil.test", **asked)

    assert (own.status_code, own.headers["access-control-allow-origin"]) == (200, SITE)
    assert foreign.status_code == 400


def test_a_visitor_is_let_through_by_a_right_token_alone(tmp_path: Path) -> None:
    private_key = Ed25519PrivateKey.generate()
    pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, secret = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).create(
        "portal", scopes=frozenset({"ask"}), origins=frozenset({SITE}), visitors=read_public_key(pem)
    )
    app = make_app(tmp_path, admin_key=ADMIN_KEY)
    token = jwt.encode({"sub": "anna", "exp": time.time() + 600}, private_key, "EdDSA")
    expired = jwt.encode({"sub": "anna", "exp": 1}, private_key, "EdDSA")

    def ask(sent: str, key: str = secret) -> httpx2.Response:
        headers = {"origin": SITE, "authorization": bearer(key), "x-footnote-visitor": sent}
        return send(app, "GET /v1/search" if key == ADMIN_KEY else "GET /v1/models", **headers)

    assert ask(token).status_code == 200
    assert (ask(expired).status_code, ask("").status_code, ask(token, ADMIN_KEY).status_code) == (401, 401, 401)
    assert ask(token, ADMIN_KEY).json()["code"] == "visitor_refused"
    assert "it has expired; ask the site's own server" in ask(expired).json()["error"]["message"]


def test_a_site_may_send_the_token_of_a_visitor_across_origins(tmp_path: Path) -> None:
    create_key(tmp_path, "ask", origins=(SITE,))
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-footnote-visitor"}

    assert send(make_app(tmp_path), "OPTIONS /v1/ask", origin=SITE, **asked).status_code == 200


def test_a_body_without_a_key_is_not_read(tmp_path: Path) -> None:
    create_key(tmp_path, "ask")

    assert not is_let_through(
        make_app(tmp_path), "POST /v1/documents", **{"content-type": "multipart/form-data; boundary=x"}
    )


def test_a_damaged_file_of_keys_closes_the_server(tmp_path: Path) -> None:
    (tmp_path / "keys.sqlite").write_bytes(b"not SQLite at all" * 100)

    reply = send(make_app(tmp_path), "GET /v1/search")

    assert (reply.status_code, reply.json()["code"]) == (503, "keys_unavailable")


def test_the_api_says_which_routes_need_a_key(tmp_path: Path) -> None:
    description = make_app(tmp_path).openapi()

    open_routes = set(_operations_without(description, "security"))

    assert open_routes == {"GET /healthz", "GET /readyz"}
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def _operations_without(description: dict, name: str) -> Iterator[str]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if name not in operation:
                yield f"{method.upper()} {path}"
