"""Middleware: only callers with the scope that a route needs reach it."""

import re
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from rag.api.access.attempts import WrongKeys
from rag.api.access.caller import ALL_SCOPES, NO_KEYS_NEEDED, NO_TEXTS, ONLY_PUBLIC, OWN_MACHINE, READING, Caller, Scope
from rag.api.access.key_ring import KeyRing
from rag.api.access.rules import PUBLIC, is_counted, scopes_for
from rag.api.access.sessions import COOKIE, SIGN_IN_PATH, Sessions, is_foreign, is_owners_page
from rag.api.access.this_machine import came_by_loopback, is_on_this_machine
from rag.api.access.visitors import VISITOR_HEADER
from rag.api.citation_links.signing import LinkSigner
from rag.api.limits.rates import Rates
from rag.api.problems import nothing_here, respond, respond_to
from rag.api.telemetry.local_metrics import METRICS_PATH
from rag.errors import KeyRefused, RagError, RateLimited, ScopeMissing, TooManyWrongKeys, VisitorRefused

_DOCUMENT_PAGES = "/documents/"
_BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)


class AccessGuard:
    """Finds who asks, and stores the `Caller` as `request.state.caller`."""

    def __init__(
        self,
        app: ASGIApp,
        key_ring: KeyRing,
        wrong_keys: WrongKeys,
        rates: Rates,
        *,
        sessions: Sessions,
        link_signer: LinkSigner,
        is_insecure: bool,
        public_documents: bool = True,
    ) -> None:
        """Take the keys and who is signed in.

        Args:
            is_insecure: Without keys, the server is open on every address, not only on loopback.
            public_documents: Whoever may ask may read whole documents.
        """
        self._app = app
        self._key_ring = key_ring
        self._wrong_keys = wrong_keys
        self._rates = rates
        self._sessions = sessions
        self._link_signer = link_signer
        self._is_insecure = is_insecure
        self._public_documents = public_documents
        self._anybody = NO_KEYS_NEEDED if public_documents else NO_TEXTS

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        needed = scopes_for(scope, public_documents=self._public_documents)
        try:
            caller = ONLY_PUBLIC if needed == PUBLIC else self._admit(request, needed)
        except RagError as error:
            reply = _ask_to_sign_in(request) if _is_sign_in_missing(request, error) else respond_to(request, error)
            await reply(scope, receive, send)
            return
        if needed is None and caller.kind != "open" and "admin" not in caller.scopes:
            # Only the owner reaches a route that is mounted without rules.
            await respond(request, nothing_here(request))(scope, receive, send)
            return
        request.state.caller = caller
        try:
            # Before the body is read, so that a refusal costs little.
            if is_counted(scope):
                self._rates.take(caller, client_address(request))
        except RateLimited as error:
            await respond_to(request, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _admit(self, request: Request, needed: frozenset[Scope] | None) -> Caller:
        """Return the caller, who has a scope that is needed or a signed link to the page.

        Raises:
            RagError: There is no such caller.
        """
        try:
            caller = self._identify(request, needed or READING)
            if needed:
                caller.require(needed)
        except (KeyRefused, ScopeMissing):
            link = self._link_signer.read(request.scope)
            if link is None:
                raise
            reader = self._key_ring.follow(link)
            if reader is None:
                raise KeyRefused(
                    "the key of this link opens it no more",
                    next_step="ask the question again with another key",
                ) from None
            return reader
        return caller

    def _identify(self, request: Request, needed: frozenset[Scope]) -> Caller:
        """Return who asks.

        Raises:
            KeyRefused: The key is missing or wrong.
            VisitorRefused: The token of the visitor is wrong.
            KeysUnavailable: The file of keys cannot be read.
            TooManyWrongKeys: The address has sent too many of them.
        """
        if is_owners_page(request.scope["path"]) and (owner := self._find_reader_of_owners_page(request)):
            return owner
        is_open = not self._key_ring.is_closed and (self._is_insecure or came_by_loopback(request.scope))
        found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
        # The wrong key that OpenAI's clients always send does not matter then.
        if is_open and self._anybody.may(needed):
            return (found and self._find_owner_of_hidden(found[1], request)) or self._anybody
        if found is None:
            raise self._refusal(request, needed, is_open=is_open)
        token = _visitor_token_of(request)
        caller = self._key_ring.find(found[1], request.headers.get("origin"), token)
        if caller is not None:
            return caller
        owner = self._find_owner(found[1], request)
        if owner is None:
            raise self._refusal(request, needed, is_open=is_open)
        if token is not None:
            raise VisitorRefused("the setting admin_key takes none", next_step="send the key of the site instead")
        return owner

    def _find_reader_of_owners_page(self, request: Request) -> Caller | None:
        """Return who is signed in, or anybody on the machine of a server without any key."""
        if is_foreign(request.headers):
            return None
        is_own = not self._is_insecure and came_by_loopback(request.scope) and is_on_this_machine(request.scope)
        if is_own and request.method == "GET" and not self._key_ring.has_keys:
            return OWN_MACHINE
        return self._sessions.find(request.cookies.get(COOKIE))

    def _find_owner(self, secret: str, request: Request) -> Caller | None:
        """Return the owner if this is the setting `admin_key`, which might be guessed; else None.

        The keys of the file cannot be guessed. They are found before, so the limit never stops one.
        """
        address = client_address(request)
        self._wrong_keys.require_left(address)
        owner = self._key_ring.find_owner(secret)
        if owner is None:
            self._wrong_keys.count(address)
        return owner

    def _find_owner_of_hidden(self, secret: str, request: Request) -> Caller | None:
        """Return the owner where a key shows documents that others may not read; else None."""
        if self._public_documents or not self._key_ring.has_keys:
            return None
        try:
            return self._find_owner(secret, request)
        except TooManyWrongKeys:
            return None

    def _refusal(self, request: Request, needed: frozenset[Scope], *, is_open: bool) -> KeyRefused:
        otherwise = _way_without_a_key(request.scope["path"])
        key = f"a key{_with_scope(needed)}"
        if COOKIE in request.cookies and "authorization" not in request.headers:
            return KeyRefused(
                "the sign-in opens only the pages below /admin",
                next_step=f"send {key}: Authorization: Bearer KEY{otherwise}",
            )
        if is_open:
            scope = "documents" if "documents" in needed else "admin"
            return KeyRefused(
                f"this needs a key with the scope {scope}, and it is missing or wrong",
                next_step=f"run `rag keys create NAME --scope {scope}`, then send it: Authorization: Bearer KEY"
                f"{otherwise}",
            )
        if self._key_ring.is_closed:
            return KeyRefused(
                "the key is missing or wrong", next_step=f"send {key}: Authorization: Bearer KEY{otherwise}"
            )
        return KeyRefused(
            "the server has no keys, and without them it is open only to this machine",
            next_step="run `rag keys create NAME --scope ask` there",
        )


def _with_scope(needed: frozenset[Scope]) -> str:
    """Return which scope a key must have; nothing where each will do."""
    return "" if needed == ALL_SCOPES else f" with the scope {' or '.join(sorted(needed))}"


def _way_without_a_key(path: str) -> str:
    if path == METRICS_PATH:
        return "; or set local_metrics = true, which opens it to programs on the server's machine"
    if path.startswith(_DOCUMENT_PAGES):
        return "; or ask the question again: links to documents last a day, and a new answer has new ones"
    return ""


def client_address(request: Request) -> str:
    """Return the client's address, also behind a trusted proxy; empty if there is none."""
    return request.client.host if request.client else ""


def _visitor_token_of(request: Request) -> str | None:
    tokens = request.headers.getlist(VISITOR_HEADER)
    if len(tokens) > 1:
        raise VisitorRefused(f"the header {VISITOR_HEADER} comes twice", next_step="send it once")
    return tokens[0].strip() if tokens else None


def _is_sign_in_missing(request: Request, error: RagError) -> bool:
    """Return whether a browser asks for one of the owner's pages, and nobody is signed in."""
    is_for_a_person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    has_sent_a_key = "authorization" in request.headers
    is_refused = isinstance(error, KeyRefused) and not has_sent_a_key
    return is_refused and is_for_a_person and is_owners_page(request.scope["path"])


def _ask_to_sign_in(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{SIGN_IN_PATH}", HTTPStatus.SEE_OTHER)
