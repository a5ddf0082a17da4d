"""Records of answers and feedback on the disk: private, replaceable, deleted when they should be."""

import stat
from pathlib import Path

import pytest

from rag.api.conversations.store import Conversations, Owner
from rag.api.feedback.records import Feedback, KeptWords, SpentTokens
from rag.api.feedback.store import FeedbackStore
from rag.errors import AnswerNotFound, FeedbackUnavailable
from rag.types import Usage
from tests.killing import kill_writers
from tests.unit.api.feedback.records import DAY_MS, record

# Takes feedback until it is killed; says on stdout which is stored.
GIVE_UNTIL_KILLED = """
import itertools, sys
from pathlib import Path
from rag.api.feedback.records import Feedback
from rag.api.feedback.store import FeedbackStore
from tests.unit.api.feedback.records import record
store = FeedbackStore(Path(sys.argv[1]))
for n in itertools.count():
    id = f"{sys.argv[2]}-{n}"
    store.add([record(id)])
    store.give(Feedback(id, "down", f"reason {id} " + "x" * 1500, "", n))
    print(id, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


@pytest.fixture
def store(path: Path) -> FeedbackStore:
    return FeedbackStore(path)


def down(answer_id: str, reason: str = "", corrected_answer: str = "", *, at: int = 0) -> Feedback:
    return Feedback(answer_id, "down", reason, corrected_answer, at)


def all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def questions(store: FeedbackStore) -> list[str | None]:
    return [question for (question,) in store.database.rows("SELECT question FROM answers ORDER BY number")]


def test_feedback_replaces_what_was_given_before(store: FeedbackStore) -> None:
    store.add([record("a"), record("b")])
    store.give(down("a", "It is wrong.", "He did.", at=1))

    store.give(Feedback("a", "up", "", "", 2))

    assert store.feedback_on("a") == Feedback("a", "up", "", "", 2)
    assert store.feedback_on("b") is None


def test_feedback_on_an_answer_that_was_never_given_is_refused(store: FeedbackStore) -> None:
    with pytest.raises(AnswerNotFound):
        store.give(down("never"))
    with pytest.raises(AnswerNotFound):
        store.withdraw("never")


@pytest.mark.parametrize("reader", [Owner(), Owner("0123456789"), Owner("key", "ben"), Owner(None, "anna")])
def test_feedback_is_given_and_taken_back_by_who_got_the_answer(store: FeedbackStore, reader: Owner) -> None:
    store.add([record("a", key_id="key", words=KeptWords("Who?", "{}", user="anna"))])
    store.give(down("a", "It is wrong."), Owner("key", "anna"))

    with pytest.raises(AnswerNotFound):
        store.give(down("a", "It is right."), reader)
    with pytest.raises(AnswerNotFound):
        store.withdraw("a", reader)

    assert store.feedback_on("a") == down("a", "It is wrong.")
    store.withdraw("a", Owner("key", "anna"))
    assert store.feedback_on("a") is None


def test_feedback_that_is_taken_back_is_nowhere_in_the_files(store: FeedbackStore, path: Path) -> None:
    store.add([record("a")])
    store.give(down("a", "my secret reason"))
    assert b"my secret reason" in all_bytes(path)

    store.withdraw("a")

    assert store.feedback_on("a") is None
    assert b"my secret reason" not in all_bytes(path)


def test_words_that_were_replaced_are_nowhere_in_the_files(store: FeedbackStore, path: Path) -> None:
    store.add([record("a")])
    store.give(down("a", "my secret reason"))

    store.give(down("a", "another"))

    assert b"my secret reason" not in all_bytes(path)


def test_a_record_that_is_added_twice_does_not_change(store: FeedbackStore) -> None:
    store.add([record("a", question="Who?")])
    store.add([record("a", question="Changed?"), record("b")])

    assert questions(store) == ["Who?", None]
    assert store.database.rows("SELECT count(*) FROM cited") == [(2,)]


def test_a_deleted_conversation_leaves_figures_but_no_words(store: FeedbackStore, path: Path) -> None:
    store.add([record("a", question="the secret question"), record("b", conversation="d", question="Else?")])
    store.give(down("a", "the secret reason", "the secret correction"))

    store.forget_conversation("c")

    assert questions(store) == [None, "Else?"]
    assert store.feedback_on("a") == down("a")
    assert b"the secret" not in all_bytes(path)


def test_the_words_of_a_user_are_deleted_and_those_of_others_stay(store: FeedbackStore) -> None:
    store.add([record("a", words=KeptWords("Mine?", "{}", "ada")), record("b", words=KeptWords("Else?", "{}", "bob"))])

    assert store.forget_user("ada", "another key") == 0
    assert store.forget_user("ada", None) == 1
    assert store.forget_user("ada", None) == 0

    assert questions(store) == [None, "Else?"]


def test_old_questions_lose_their_words_a_day_after_they_were_marked(store: FeedbackStore) -> None:
    store.add([record("old", at=10, question="Old?"), record("young", at=20, question="Young?")])

    assert store.expire("questions", 20, now_ms=30) == 1
    store.expire("questions", 20, now_ms=29 + DAY_MS)
    assert questions(store) == ["Old?", "Young?"]
    store.expire("questions", 20, now_ms=30 + DAY_MS)

    assert questions(store) == [None, "Young?"]


def test_old_remarks_are_deleted_and_the_thumb_stays(store: FeedbackStore) -> None:
    store.add([record("a")])
    store.give(down("a", "Wrong.", "Right.", at=10))

    store.expire("remarks", 20, now_ms=30)
    store.expire("remarks", 20, now_ms=30 + DAY_MS)

    assert store.feedback_on("a") == down("a", at=10)


def test_old_records_go_with_their_feedback_however_many(store: FeedbackStore) -> None:
    store.add([record(str(n), at=10) for n in range(2500)] + [record("young", at=20)])
    store.give(down("1", at=40))

    assert store.expire("records", 20, now_ms=30) == 2500
    store.expire("records", 20, now_ms=30 + DAY_MS)

    assert store.database.rows("SELECT id FROM answers") == [("young",)]
    assert store.database.rows("SELECT count(*) FROM feedback") == [(0,)]
    assert store.database.rows("SELECT count(*) FROM cited") == [(1,)]


def test_tokens_without_an_answer_are_summed_by_key_and_day_and_deleted_when_old(store: FeedbackStore) -> None:
    store.add([], [SpentTokens(DAY_MS + 5, key, Usage(3, 4)) for key in ("shop", "shop", "desk", None)])
    store.add([], [SpentTokens(9 * DAY_MS, "shop", Usage(1, 1))])

    assert [store.count_tokens("shop", day * DAY_MS) for day in (1, 2, 10)] == [16, 2, 0]
    assert store.expire("tokens", 5 * DAY_MS, now_ms=20 * DAY_MS) == 3
    store.expire("tokens", 5 * DAY_MS, now_ms=21 * DAY_MS)
    assert store.count_tokens("shop", 0) == 2


def test_a_file_of_the_first_version_keeps_its_records_and_counts_tokens_from_then_on(path: Path) -> None:
    first = FeedbackStore(path)
    first.add([record("a", key_id="shop")])
    with first.database.transaction() as connection:
        connection.execute("DROP TABLE tokens")
        connection.execute("ALTER TABLE answers DROP COLUMN done_ms")
        connection.execute("PRAGMA user_version = 1")
    first.close()

    upgraded = FeedbackStore(path)
    upgraded.add([], [SpentTokens(0, "shop", Usage(3, 4))])

    assert upgraded.count_tokens("shop", 0) == 127


def test_a_clock_that_is_set_right_again_takes_its_marks_back(store: FeedbackStore) -> None:
    store.add([record("young", at=100 * DAY_MS), record("old", at=10 * DAY_MS)])
    store.expire("records", 130 * DAY_MS, now_ms=160 * DAY_MS)

    for day in (101, 102, 103):
        store.expire("records", (day - 30) * DAY_MS, now_ms=day * DAY_MS)

    assert store.database.rows("SELECT id FROM answers") == [("young",)]


def test_only_the_owner_may_read_the_file_and_its_journal(store: FeedbackStore, path: Path) -> None:
    store.add([record("a")])

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert set(modes) == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("fault", ["garbage", "conversations", "folder"])
def test_a_file_that_holds_something_else_is_left_alone(path: Path, fault: str) -> None:
    if fault == "garbage":
        path.write_bytes(b"garbage" * 1000)
    elif fault == "folder":
        path.mkdir()
    else:
        Conversations(path).close()
    before = None if fault == "folder" else path.read_bytes()

    with pytest.raises(FeedbackUnavailable, match=r"answers\.sqlite"):
        FeedbackStore(path)

    assert before is None or path.read_bytes() == before


def test_a_killed_process_loses_no_feedback_that_it_acknowledged(path: Path) -> None:
    acknowledged = kill_writers(GIVE_UNTIL_KILLED, path)

    store = FeedbackStore(path)

    assert store.database.rows("PRAGMA integrity_check") == [("ok",)]
    reasons = dict(store.database.rows("SELECT id, reason FROM feedback JOIN answers USING (number)"))
    assert [id_ for id_ in acknowledged if f"reason {id_} " not in reasons.get(id_, "")] == []
