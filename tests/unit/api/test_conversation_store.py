import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from rag.answering.question.history import fit_history
from rag.api.conversations.store import Conversations, FinishedTurn, ListPosition, Owner
from rag.errors import ConversationNotFound, ConversationsUnavailable
from rag.types import Turn
from tests.killing import N_WRITE_KILLS, kill_writers

DAY_MS = 24 * 3600 * 1000
OPEN = Owner()
FIRST_FORMAT = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, title TEXT, created_ms INTEGER, updated_ms INTEGER) WITHOUT ROWID;
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    answer_id TEXT UNIQUE, question TEXT, query TEXT, said TEXT, answer TEXT, answered_ms INTEGER);
INSERT INTO conversations VALUES ('c', 'Who?', 10, 10);
INSERT INTO turns VALUES (1, 'c', 'a', 'Who?', 'Who?', 'She.', '{}', 10);
PRAGMA application_id = 1181708148;
PRAGMA user_version = 1;
"""
# Keeps answers until it is killed, in one conversation a run; says on stdout which are kept.
KEEP_UNTIL_KILLED = """
import itertools, sys
from pathlib import Path
from rag.api.conversations.store import Conversations, FinishedTurn, Owner
from rag.types import Turn
store = Conversations(Path(sys.argv[1]))
for n in itertools.count():
    id = f"{sys.argv[2]}-{n}"
    store.keep(FinishedTurn(sys.argv[2], id, "Who?", Turn("Who?", "She."), "{}" + " " * 3000, n, Owner()))
    print(id, flush=True)
"""


def finished(
    conversation_id: str, answer_id: str, *, at: int = 0, said: str = "She.", owner: Owner = OPEN
) -> FinishedTurn:
    question = f"Who is {answer_id}?"
    return FinishedTurn(
        conversation_id, answer_id, question, Turn(f"{question} (query)", said), f'{{"id": "{answer_id}"}}', at, owner
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def store(path: Path) -> Conversations:
    return Conversations(path)


def test_a_conversation_is_read_back_as_it_was_kept_after_a_restart(path: Path) -> None:
    first, second = finished("c", "one", at=5), finished("c", "two", at=9)
    store = Conversations(path)
    store.keep(first)
    store.keep(second)
    store.close()

    found = Conversations(path).conversation("c", OPEN)

    assert found.turns == (first, second)
    assert (found.entry.title, found.entry.created_ms, found.entry.updated_ms) == ("Who is one?", 5, 9)
    assert found.entry.n_turns == 2


def test_a_follow_up_may_refer_to_the_queries_and_answers_before_it(store: Conversations) -> None:
    store.keep(finished("c", "one"))
    store.keep(finished("other", "two"))

    assert store.history("c", OPEN) == (Turn("Who is one? (query)", "She."),)
    assert store.history("never", OPEN) == ()


def test_history_is_as_many_of_the_last_turns_as_fit_into_the_budget() -> None:
    turns = [Turn(str(n), "x" * 1999) for n in range(5)]

    assert fit_history(turns) == tuple(turns[2:])


def test_a_newest_turn_over_the_budget_is_cut_rather_than_forgotten() -> None:
    (kept,) = fit_history([Turn("old", "."), Turn("q" * 1000, "x" * 9000)])

    assert (kept.question, len(kept.answer)) == ("q" * 1000, 5000)


def test_an_unknown_conversation_is_not_found(store: Conversations) -> None:
    with pytest.raises(ConversationNotFound):
        store.conversation("never", OPEN)


def test_the_list_has_the_newest_first_and_goes_on_where_it_ended(store: Conversations) -> None:
    for conversation_id, at in [("a", 1), ("b", 3), ("c", 3), ("d", 2)]:
        store.keep(finished(conversation_id, conversation_id, at=at))
    store.keep(finished("a", "again", at=4))

    first = store.entries(2)
    rest = store.entries(9, ListPosition(first[-1].updated_ms, first[-1].id))

    assert [(entry.id, entry.n_turns) for entry in first] == [("a", 2), ("c", 1)]
    assert [entry.id for entry in rest] == ["b", "d"]


def test_what_is_deleted_is_nowhere_in_the_files(store: Conversations, path: Path) -> None:
    store.keep(finished("c", "one", said="the secret words"))
    store.keep(finished("d", "two"))
    on_disk = [file.read_bytes() for file in path.parent.iterdir()]
    assert any(b"the secret words" in content for content in on_disk)

    assert store.delete("c", OPEN)

    assert not any(b"the secret words" in file.read_bytes() for file in path.parent.iterdir())
    assert store.history("c", OPEN) == ()
    assert store.history("d", OPEN) != ()
    assert not store.delete("c", OPEN)


def test_old_conversations_are_deleted_a_day_after_they_were_marked(store: Conversations) -> None:
    store.keep(finished("old", "one", at=10))
    store.keep(finished("continued", "two", at=10))
    store.keep(finished("continued", "three", at=20))

    assert store.expire(20, now_ms=30) == 1
    assert store.expire(20, now_ms=29 + DAY_MS) == 0
    assert len(store.entries(9)) == 2
    store.expire(20, now_ms=30 + DAY_MS)

    assert [entry.id for entry in store.entries(9)] == ["continued"]
    assert len(store.conversation("continued", OPEN).turns) == 2


def test_a_clock_that_is_set_right_again_takes_its_marks_back(store: Conversations) -> None:
    store.keep(finished("young", "one", at=100 * DAY_MS))
    store.keep(finished("old", "two", at=10 * DAY_MS))
    store.expire(130 * DAY_MS, now_ms=160 * DAY_MS)

    for day in (101, 102, 103):
        store.expire((day - 30) * DAY_MS, now_ms=day * DAY_MS)

    assert [entry.id for entry in store.entries(9)] == ["young"]


def test_a_conversation_that_goes_on_is_not_deleted_though_marked(store: Conversations) -> None:
    store.keep(finished("c", "one", at=10))
    store.expire(20, now_ms=30)
    store.keep(finished("c", "two", at=40))

    store.expire(20, now_ms=30 + 2 * DAY_MS)

    assert len(store.conversation("c", OPEN).turns) == 2


def test_a_file_of_the_first_format_is_used_on(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_FORMAT)

    store = Conversations(path)

    assert [entry.id for entry in store.entries(9)] == ["c"]
    assert store.expire(20, now_ms=30) == 1


def test_only_the_newest_conversations_are_kept_where_so_many_are_allowed(store: Conversations) -> None:
    for n in range(4):
        store.keep(finished(str(n), str(n), at=n))

    store.forget_beyond(2)

    assert [entry.id for entry in store.entries(9)] == ["3", "2"]


def test_an_answer_that_is_kept_twice_is_there_once(store: Conversations) -> None:
    store.keep_all([finished("c", "one"), finished("c", "one")])

    assert len(store.conversation("c", OPEN).turns) == 1


def test_only_the_owner_may_read_the_file_and_its_journal(store: Conversations, path: Path) -> None:
    store.keep(finished("c", "one"))

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert set(modes) == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert set(modes.values()) == {0o600}


def test_writers_at_the_same_time_lose_no_turn(path: Path) -> None:
    Conversations(path).close()

    def keep_ten(writer: int) -> None:
        store = Conversations(path)
        for n in range(10):
            store.keep(finished("shared", f"{writer}-{n}"))
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep_ten, range(4)))

    assert len(Conversations(path).conversation("shared", OPEN).turns) == 40


def test_a_file_that_many_open_first_at_the_same_time_is_opened_by_all(tmp_path: Path) -> None:
    for n in range(20):
        path = tmp_path / f"{n}.sqlite"
        with ThreadPoolExecutor(6) as pool:
            stores = list(pool.map(Conversations, [path] * 6))
        for store in stores:
            store.close()


def test_a_file_that_is_being_written_is_opened_and_read_at_once(store: Conversations, path: Path) -> None:
    store.keep(finished("c", "one"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert len(Conversations(path).conversation("c", OPEN).turns) == 1


def test_a_process_killed_while_it_writes_loses_nothing_that_was_kept(path: Path) -> None:
    acknowledged = kill_writers(KEEP_UNTIL_KILLED, path)

    kept = [turn.answer_id for turn in Conversations(path).all_turns()]

    assert sorted(set(acknowledged) - set(kept)) == []
    # The last of each run may be on the disk although it was never said so.
    assert len(acknowledged) <= len(kept) <= len(acknowledged) + N_WRITE_KILLS
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_transaction_that_fails_leaves_nothing_behind(store: Conversations) -> None:
    whole = finished("c", "one")
    broken = FinishedTurn("c", "two", "Who?", Turn("Who?", "."), b"", 2**70, OPEN)  # type: ignore[arg-type]

    with pytest.raises(OverflowError):
        store.keep_all([whole, broken])

    assert store.entries(9) == []
    store.keep(whole)
    assert store.history("c", OPEN) != ()


def test_a_file_of_something_else_is_left_as_it_is(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()

    with pytest.raises(ConversationsUnavailable, match="holds something else"):
        Conversations(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database " * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_told_as_one_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(ConversationsUnavailable, match=r"conversations\.sqlite cannot be used \(.+\)$"):
        Conversations(path)


def test_a_file_that_somebody_locked_is_waited_for_only_shortly(store: Conversations, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(ConversationsUnavailable, match="locked"):
        store.keep(finished("c", "one"))

    other.execute("ROLLBACK")
    store.keep(finished("c", "one"))


ANNA, BEN = Owner("key", "anna"), Owner("key", "ben")


@pytest.mark.parametrize("other", [BEN, OPEN, Owner("key"), Owner("other", "anna"), Owner(None, "anna")])
def test_the_conversation_of_another_owner_is_as_one_that_does_not_exist(store: Conversations, other: Owner) -> None:
    store.keep(finished("c", "one", owner=ANNA))

    assert store.history("c", other) == ()
    assert not store.delete("c", other)
    with pytest.raises(ConversationNotFound) as of_another:
        store.conversation("c", other)
    with pytest.raises(ConversationNotFound) as unknown:
        store.conversation("never", other)
    assert str(of_another.value) == str(unknown.value)
    assert len(store.history("c", ANNA)) == len(store.conversation("c", ANNA).turns) == 1


def test_who_may_read_all_reads_and_deletes_the_conversation_of_any_owner(store: Conversations) -> None:
    store.keep(finished("c", "one", owner=ANNA))

    assert store.conversation("c", None).entry.owner == ANNA
    assert [entry.owner for entry in store.entries(5)] == [ANNA]
    assert store.delete("c", None)


def test_a_later_turn_changes_no_owner(store: Conversations) -> None:
    store.keep(finished("c", "one", owner=ANNA))
    store.keep(finished("c", "two", owner=BEN))

    assert store.conversation("c", ANNA).entry.owner == ANNA


def test_the_conversations_of_a_visitor_are_found_for_one_key_and_for_all(store: Conversations) -> None:
    for id_, owner in {"a": ANNA, "b": ANNA, "c": BEN, "d": Owner("other", "anna"), "e": OPEN}.items():
        store.keep(finished(id_, id_, owner=owner))

    assert store.ids_of("anna", "key") == {"a", "b"}
    assert store.ids_of("anna", None) == {"a", "b", "d"}


def test_owners_survive_a_move_from_memory_to_a_file(path: Path) -> None:
    memory = Conversations(None)
    memory.keep(finished("c", "one", owner=ANNA))

    file = Conversations(path)
    file.keep_all(memory.all_turns())

    assert file.conversation("c", ANNA).entry.owner == ANNA


@pytest.mark.parametrize("version", [1, 2])
def test_conversations_of_an_earlier_format_belong_to_no_key(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_FORMAT)
        if version == 2:
            connection.executescript(
                "ALTER TABLE conversations ADD COLUMN expired_ms INTEGER; PRAGMA user_version = 2;"
            )

    store = Conversations(path)

    assert store.conversation("c", OPEN).entry.owner == OPEN
    assert store.history("c", ANNA) == ()
