"""Only a valid admin key signs in; only an unchanged cookie of a valid key stays signed in."""

from pathlib import Path

import pytest

from rag.api.access.attempts import WrongKeys
from rag.api.access.caller import OWNER
from rag.api.access.key_ring import KeyRing
from rag.api.access.keys import KeyStore
from rag.api.access.sessions import SESSION_SECONDS, Sessions, is_foreign, is_owners_page
from rag.errors import KeyRefused, ScopeMissing, TooManyWrongKeys

ADMIN_KEY = "correct-horse-battery"
NEAR = "127.0.0.1"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys.sqlite", lambda: 0.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sessions_of(store: KeyStore, clock: Clock, *, secret: bytes = b"s" * 32, admin_key: str = ADMIN_KEY) -> Sessions:
    return Sessions(KeyRing(store, admin_key), WrongKeys(clock), lambda: secret, clock)


def create(store: KeyStore, scope: str) -> tuple[str, str]:
    key, secret = store.create("x", scopes=frozenset({scope}), origins=frozenset())
    return key.id, secret


def test_the_setting_and_a_key_of_the_file_sign_in(store: KeyStore, clock: Clock) -> None:
    key_id, secret = create(store, "admin")
    sessions = sessions_of(store, clock)

    owner = sessions.find(sessions.sign_in(ADMIN_KEY, NEAR))
    caller = sessions.find(sessions.sign_in(secret, NEAR))

    assert owner == OWNER
    assert caller is not None
    assert (caller.key_id, "admin" in caller.scopes) == (key_id, True)


def test_a_key_without_the_scope_and_wrong_keys_do_not(store: KeyStore, clock: Clock) -> None:
    _, secret = create(store, "ask")
    sessions = sessions_of(store, clock)

    with pytest.raises(ScopeMissing):
        sessions.sign_in(secret, NEAR)
    for wrong in ("", "x", "é" * 20, ADMIN_KEY + " ", "\ud800"):
        with pytest.raises(KeyRefused):
            sessions.sign_in(wrong, NEAR)


def test_wrong_keys_are_limited_for_each_address(store: KeyStore, clock: Clock) -> None:
    sessions = sessions_of(store, clock)
    for _ in range(10):
        with pytest.raises(KeyRefused):
            sessions.sign_in("wrong", NEAR)

    with pytest.raises(TooManyWrongKeys):
        sessions.sign_in(ADMIN_KEY, NEAR)
    assert sessions.find(sessions.sign_in(ADMIN_KEY, "192.0.2.1")) == OWNER


def test_a_session_ends_with_its_time_its_key_and_the_process(store: KeyStore, clock: Clock) -> None:
    key_id, secret = create(store, "admin")
    sessions = sessions_of(store, clock)
    cookie = sessions.sign_in(secret, NEAR)
    assert sessions.find(cookie) is not None

    assert sessions_of(store, clock, secret=b"t" * 32).find(cookie) is None
    store.revoke(key_id)
    assert sessions.find(cookie) is None

    of_setting = sessions.sign_in(ADMIN_KEY, NEAR)
    clock.now += SESSION_SECONDS
    assert sessions.find(of_setting) is None


def test_a_changed_cookie_is_nobodys(store: KeyStore, clock: Clock) -> None:
    sessions = sessions_of(store, clock)
    cookie = sessions.sign_in(ADMIN_KEY, NEAR)
    key_id, ends, session_id, signature = cookie.split(".")
    claims = f"{key_id}.{ends}.{session_id}"
    forged = [
        *(None, "", ".", "..", "a.b.c", "é.1.é", cookie + "x", cookie[:-1], claims, f"{claims}."),
        *(f"{key_id}.{int(ends) + 1}.{session_id}.{signature}", f"other.{ends}.{session_id}.{signature}"),
        *(f"{claims}.{signature}.x", f"{claims}.\ud800", f"{key_id}.x.{session_id}.{signature}"),
        *(f"{key_id}.{ends}.{session_id[:-1]}.{signature}", f"{key_id}.{ends}.{signature}"),
    ]

    assert [sessions.find(one) for one in forged] == [None] * len(forged)


def test_the_cookie_does_not_hold_the_key(store: KeyStore, clock: Clock) -> None:
    _, secret = create(store, "admin")

    assert secret not in sessions_of(store, clock).sign_in(secret, NEAR)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"host": "a.example"}, False),
        ({"host": "a.example", "origin": "http://a.example"}, False),
        ({"host": "a.example", "origin": "https://a.example"}, False),
        ({"host": "a.example:8000", "origin": "http://a.example:8000"}, False),
        ({"host": "localhost:8000", "origin": "http://localhost:3000"}, True),
        ({"host": "a.example", "origin": "https://b.example"}, True),
        ({"host": "a.example", "origin": "null"}, True),
        ({"host": "a.example", "origin": ""}, True),
        ({"origin": "https://a.example"}, True),
    ],
)
def test_requests_of_other_pages_are_known_by_their_origin(headers: dict[str, str], foreign: bool) -> None:  # noqa: FBT001 -- a case
    assert is_foreign(headers) is foreign


def test_only_paths_below_the_owners_are_the_owners() -> None:
    assert [is_owners_page(path) for path in ("/admin", "/admin/x", "/administrator", "/", "/v1/admin")] == [
        *(True, True, False, False, False),
    ]


def test_who_signed_out_is_out_and_other_sessions_of_the_key_stay(store: KeyStore, clock: Clock) -> None:
    sessions = sessions_of(store, clock)
    first, second = sessions.sign_in(ADMIN_KEY, NEAR), sessions.sign_in(ADMIN_KEY, NEAR)

    sessions.sign_out(first)
    sessions.sign_out(second[:-1] + ("A" if second[-1] != "A" else "B"))
    sessions.sign_out(None)

    assert sessions.find(first) is None
    assert sessions.find(second) == OWNER


def test_another_process_of_the_server_knows_who_is_signed_in(store: KeyStore, clock: Clock) -> None:
    cookie = sessions_of(store, clock).sign_in(ADMIN_KEY, NEAR)

    assert sessions_of(store, clock).find(cookie) == OWNER
    assert sessions_of(store, clock, secret=b"t" * 32).find(cookie) is None
