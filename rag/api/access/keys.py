"""Store keys in one SQLite file: who may do what, never a secret itself.

A secret has 256 random bits, so its plain sha256 cannot be inverted. A running server notices each
change of the file, also when it is replaced.
"""

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

from rag.api.access.caller import SITE_SCOPES, Scope
from rag.api.access.visitors import PublicKey
from rag.assembly.collection_settings import COLLECTION_NAME
from rag.assembly.server_settings import is_origin
from rag.documents.formats.shared.facts import find_name
from rag.errors import KeyInvalid, KeysBusy, KeysUnavailable
from rag.files import create_private

KeyKind = Literal["secret", "site"]

PREFIXES: dict[KeyKind, str] = {"secret": "fn_sk_", "site": "fn_pk_"}
_SECRET_BYTES = 32
_ID_BYTES = 5
_MAX_NAME_CHARACTERS = 100
_MAX_GROUPS = 1000
_MAX_DAILY_TOKENS = 10**15
# A server reads on its event loop; a commit takes milliseconds.
_BUSY_SECONDS, _BUSY_SECONDS_TO_READ = 2.0, 0.05
# "Fkey": marks the file as this program's, also for `file`.
_APPLICATION_ID = 0x466B6579
_FORMAT_VERSION = 5
_UPGRADES = {
    1: (
        "ALTER TABLE keys ADD COLUMN groups TEXT",
        "UPDATE keys SET groups = CASE WHEN scopes LIKE '%\"admin\"%' THEN 'null' ELSE '[]' END",
    ),
    2: ("ALTER TABLE keys ADD COLUMN visitors TEXT",),
    3: ("ALTER TABLE keys ADD COLUMN collections TEXT",),
    4: ("ALTER TABLE keys ADD COLUMN daily_tokens INTEGER",),
}
_SCHEMA = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT, kind TEXT, secret_sha256 TEXT UNIQUE, scopes TEXT,
    origins TEXT, created_ms INTEGER, revoked_ms INTEGER, groups TEXT, visitors TEXT,
    collections TEXT, daily_tokens INTEGER) WITHOUT ROWID
"""
_INSERT = "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# SQLite counts the commits in bytes 24 to 27 of the file (https://sqlite.org/fileformat.html).
_HEADER_BYTES = 28


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret; times are milliseconds since 1970.

    Attributes:
        origins: The sites that may send a site key; empty for secret keys.
        groups: The groups whose documents it opens, besides documents without a group; None: all
            documents, always so with the scope admin.
        collections: The collections of the server that it opens; None: all.
        visitors: Verifies the tokens of signed-in visitors, who see only groups that their token
            names too; None if it takes no tokens.
        daily_tokens: The LLM tokens that the answers to a site key may take a day, 0 for no limit;
            None: as the setting `site_key_tokens_per_day` says.
        revoked_ms: None while the key is valid.
    """

    id: str
    name: str
    kind: KeyKind
    scopes: frozenset[Scope]
    origins: frozenset[str]
    groups: frozenset[str] | None
    created_ms: int
    revoked_ms: int | None = None
    visitors: PublicKey | None = None
    collections: frozenset[str] | None = None
    daily_tokens: int | None = None


class KeyStore:
    """Reads and changes the file of keys."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Take the file; the first key creates it, readable only by its owner.

        Args:
            clock: Seconds since 1970.
        """
        self.path = path
        self.clock = clock

    def create(
        self,
        name: str,
        *,
        scopes: frozenset[Scope],
        origins: frozenset[str],
        groups: frozenset[str] | None = frozenset(),
        visitors: PublicKey | None = None,
        collections: frozenset[str] | None = None,
        daily_tokens: int | None = None,
    ) -> tuple[Key, str]:
        """Store a key; return it with its secret, which is stored nowhere. Origins make a site key.

        Args:
            groups, visitors: As in `Key`; a key with the scope admin gets None for both.
            collections, daily_tokens: As in `Key`.

        Raises:
            KeyInvalid: The name, a scope, an origin, a group or the tokens cannot be used.
            KeysUnavailable: The file cannot be written.
        """
        _require_valid(name, scopes, origins)
        _require_valid_groups(groups, scopes)
        _require_valid_tokens(daily_tokens, origins)
        for collection in sorted(collections or ()):
            if not COLLECTION_NAME.fullmatch(collection):
                raise KeyInvalid(f"{collection[:100]!r} cannot be the name of a collection")
        if visitors and "admin" in scopes:
            raise KeyInvalid("a key with the scope admin is not for visitors", next_step="create another for them")
        kind: KeyKind = "site" if origins else "secret"
        secret = PREFIXES[kind] + secrets.token_urlsafe(_SECRET_BYTES)
        key = Key(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            kind=kind,
            scopes=scopes,
            origins=origins,
            groups=None if "admin" in scopes else groups,
            created_ms=int(self.clock() * 1000),
            visitors=visitors,
            collections=collections,
            daily_tokens=daily_tokens,
        )
        with self._changing() as connection:
            connection.execute(_INSERT, _row_of(key, hash_secret(secret)))
        return key, secret

    def revoke(self, key_id: str) -> Key:
        """Make a key invalid at once, also for a running server; the list keeps it.

        Raises:
            KeyInvalid: No key has this id.
            KeysUnavailable: The file cannot be written.
        """
        if self.path.exists():
            with self._changing() as connection:
                connection.execute(
                    "UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL",
                    (int(self.clock() * 1000), key_id),
                )
        found = [key for key in self.read().values() if key.id == key_id]
        if not found:
            raise KeyInvalid(f"there is no key {key_id[:40]!r}", next_step="`rag keys list` shows the ids")
        return found[0]

    def read(self) -> dict[str, Key]:
        """Return all keys, revoked ones too, by the sha256 of their secrets; the oldest first.

        Raises:
            KeysBusy: Another process is writing it.
            KeysUnavailable: The file cannot be read, or holds something else.
        """
        if not self.path.exists():
            return {}
        with self._open("BEGIN", _BUSY_SECONDS_TO_READ) as connection:
            rows = connection.execute("SELECT * FROM keys ORDER BY created_ms, id").fetchall()
            return {row[3]: _key_of(row) for row in rows}

    def state(self) -> tuple[int, bytes] | None:
        """Return what differs after each change of the file; None without a file.

        Raises:
            KeysUnavailable: The file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return os.fstat(file.fileno()).st_ino, file.read(_HEADER_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its journal the same mode.
            create_private(self.path)
        except OSError as error:
            raise self._unavailable(error) from error
        with self._open() as connection:
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _open(
        self, begin: str = "BEGIN IMMEDIATE", busy_seconds: float = _BUSY_SECONDS
    ) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction, which is undone after the block unless committed.

        A file of an earlier version is upgraded in it, so reading changes no file.
        """
        try:
            with closing(sqlite3.connect(self.path, timeout=busy_seconds, isolation_level=None)) as connection:
                connection.execute(begin)
                self._prepare(connection)
                yield connection
        except (sqlite3.Error, ValueError, OSError) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise KeysBusy(f"the keys in {self.path} are being changed", next_step="try again") from error
            raise self._unavailable(error) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        ((application_id,),) = connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        ((n_tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        if n_tables and (application_id != _APPLICATION_ID or version not in {*_UPGRADES, _FORMAT_VERSION}):
            raise KeysUnavailable(
                f"{self.path} holds something else than this version's keys",
                next_step="move it away, then run `rag keys create`",
            )
        if not n_tables:
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        elif version == _FORMAT_VERSION:
            return
        else:
            for earlier in range(version, _FORMAT_VERSION):
                for statement in _UPGRADES[earlier]:
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_FORMAT_VERSION}")

    def _unavailable(self, error: Exception) -> KeysUnavailable:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return KeysUnavailable(f"the keys in {self.path} cannot be used ({why})")


def hash_secret(secret: str) -> str:
    """Return the sha256 by which the secret of a key is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _require_valid(name: str, scopes: frozenset[Scope], origins: frozenset[str]) -> None:
    if not name.strip() or len(name) > _MAX_NAME_CHARACTERS or not name.isprintable():
        raise KeyInvalid(f"the name has to be 1 to {_MAX_NAME_CHARACTERS} printable characters")
    if not scopes:
        raise KeyInvalid("the key has no scope", next_step="add one such as --scope ask")
    if origins and not scopes <= SITE_SCOPES:
        wrong = ", ".join(sorted(scopes - SITE_SCOPES))
        raise KeyInvalid(
            f"a site key is public, so it cannot have the scope {wrong}", next_step="use ask and search, or no --site"
        )
    for origin in sorted(origins):
        if not is_origin(origin):
            raise KeyInvalid(
                f"{origin[:100]!r} is not an origin as browsers send it",
                next_step="use one such as https://example.org",
            )


def _require_valid_groups(groups: frozenset[str] | None, scopes: frozenset[Scope]) -> None:
    if groups and "admin" in scopes:
        raise KeyInvalid(
            "a key with the scope admin sees the documents of all groups", next_step="leave the groups out"
        )
    if len(groups or ()) > _MAX_GROUPS:
        raise KeyInvalid(f"a key has at most {_MAX_GROUPS} groups", next_step="use --all-groups")
    for group in sorted(groups or ()):
        if find_name(group) != group:
            raise KeyInvalid(f"{group[:100]!r} cannot be the group of a document", next_step="name it as the files do")


def _require_valid_tokens(daily_tokens: int | None, origins: frozenset[str]) -> None:
    if daily_tokens is None:
        return
    if not origins:
        raise KeyInvalid("only a site key has tokens of its own a day", next_step="add --site, or leave them out")
    if not 0 <= daily_tokens <= _MAX_DAILY_TOKENS:
        raise KeyInvalid(f"the tokens a day have to be 0 to {_MAX_DAILY_TOKENS:,}", next_step="use 0 for no limit")


def _row_of(key: Key, secret_sha256: str) -> tuple[object, ...]:
    scopes, origins = (json.dumps(sorted(values)) for values in (key.scopes, key.origins))
    groups = json.dumps(None if key.groups is None else sorted(key.groups))
    visitors = json.dumps(asdict(key.visitors)) if key.visitors else None
    texts = (key.id, key.name, key.kind, secret_sha256, scopes, origins)
    collections = None if key.collections is None else json.dumps(sorted(key.collections))
    return (*texts, key.created_ms, key.revoked_ms, groups, visitors, collections, key.daily_tokens)


def _key_of(row: tuple[object, ...]) -> Key:
    id_, name, kind, _, scopes, origins, created_ms, revoked_ms, groups, visitors, *later = row
    collections, daily_tokens = later
    seen = json.loads(str(groups))
    return Key(
        id=str(id_),
        name=str(name),
        kind=cast("KeyKind", kind),
        scopes=frozenset(json.loads(str(scopes))),
        origins=frozenset(json.loads(str(origins))),
        groups=None if seen is None else frozenset(seen),
        created_ms=cast("int", created_ms),
        revoked_ms=cast("int | None", revoked_ms),
        visitors=PublicKey(**json.loads(str(visitors))) if visitors else None,
        collections=None if collections is None else frozenset(json.loads(str(collections))),
        daily_tokens=cast("int | None", daily_tokens),
    )
