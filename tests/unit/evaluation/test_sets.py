"""The forms in which a set may be given, and how their answers are judged."""

import asyncio
import json
from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.evaluation.asking import ask, decline
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.sets import read_set
from rag.events import AnswerFinished
from rag.types import Turn
from tests.unit.evaluation.judged_answers import GOLD, make_judged

CASES = """# folder\tquestion\tanswer
ferries\tWhen?\t18[0-9]0&&Aurora|ferry
ferries\tHello||Who built it?||And who paid?\tLind

bread\tWho bakes?\tNONE
bread\tWhat can you do?\tANY
"""
ASKED = {"id": "1", "question": "When?", "answerable": True, "document": "a.txt", "must_say": [["1820"]]}


def cases(folder: Path, text: str = CASES) -> Path:
    (folder / "questions.tsv").write_text(text, encoding="utf-8")
    return folder


def add_set(folder: Path, *lines: dict, has_corpus: bool = True) -> Path:
    (folder / "corpus").mkdir(parents=True) if has_corpus else folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines or (ASKED,))
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_a_set_of_one_collection_has_no_name_and_keeps_its_ids(tmp_path: Path) -> None:
    (one,) = read_set(add_set(tmp_path / "ferries"))

    assert (one.name, one.corpus) == ("", tmp_path / "ferries" / "corpus")
    assert [question.id for question in one.questions] == ["1"]


def test_a_set_without_documents_asks_about_those_that_are_indexed(tmp_path: Path) -> None:
    (one,) = read_set(add_set(tmp_path, has_corpus=False))

    assert one.corpus is None


def test_a_folder_of_sets_is_one_set_whose_ids_name_the_folder(tmp_path: Path) -> None:
    for name in ("ferries", "bread"):
        add_set(tmp_path / name)

    collections = read_set(tmp_path)

    assert [one.name for one in collections] == ["bread", "ferries"]
    assert [one.questions[0].id for one in collections] == ["bread/1", "ferries/1"]
    assert collections[1].corpus == tmp_path / "ferries" / "corpus"


def test_a_folder_without_a_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"give a folder that holds questions\.jsonl"):
        read_set(tmp_path)


def test_expressions_ask_about_the_folders_that_they_name(tmp_path: Path) -> None:
    ferries, bread = read_set(cases(tmp_path))

    assert (ferries.name, ferries.corpus, len(ferries.questions)) == ("ferries", tmp_path / "ferries", 2)
    assert [question.id for question in bread.questions] == ["bread/5", "bread/6"]
    assert [question.kind for question in bread.questions] == ["bread", "bread"]
    assert [question.answerability for question in bread.questions] == ["absent", "answerable"]


def test_an_answer_is_right_where_all_expressions_match(tmp_path: Path) -> None:
    (ferries, bread) = read_set(cases(tmp_path))
    when, (nobody, anything) = ferries.questions[0], bread.questions

    assert make_judged(when, ["The ferry is of 1820."]).verdict == "right"
    assert make_judged(when, ["It is of 1820."]).verdict == "wrong"
    assert make_judged(nobody, ["Lind bakes."]).verdict == "wrong"
    assert make_judged(nobody, None).verdict == "declined"
    assert make_judged(anything, ["Ask me."]).verdict == "right"
    assert make_judged(anything, None).verdict == "declined"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ferries\tWhen?\n", "line 1 needs 3 fields"),
        ("ferries\tWhen?\t1820\t1821\n", "line 1 needs 3 fields"),
        ("# folder\nferries\t \t1820\n", "line 2 needs 3 fields"),
        ("ferries\tWhen?\t18(20\n", r"line 1: '18\(20' is not a regular expression"),
        ("# nothing\n", "holds no question"),
    ],
)
def test_a_broken_line_of_expressions_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(EvaluationInvalid, match=problem):
        read_set(cases(tmp_path, text))


TURN = {
    "id": "c1",
    "question": "And when?",
    "history": [{"question": "Who built it?", "answer": "Ada Lind."}],
    "answerable": "yes",
    "kinds": ["factoid", "keyword"],
    "documents": ["a.txt", "b.txt"],
    "reference": "In 1820.",
}


def turn(folder: Path, **fields: object) -> GoldQuestion:
    (one,) = read_set(add_set(folder / "turns", {**TURN, **fields}, {**TURN, "id": "c2"}))
    return one.questions[0]


def test_the_turn_of_a_conversation_is_right_where_a_reference_document_is_cited(tmp_path: Path) -> None:
    gold = turn(tmp_path)

    assert (gold.answerability, gold.kind, gold.history) == (
        "answerable",
        "factoid",
        (Turn("Who built it?", "Ada Lind."),),
    )
    assert make_judged(gold, ["In 1820."], uri="b.txt").verdict == "right"
    assert make_judged(gold, ["In 1820."], uri="c.txt").verdict == "wrong"
    possible = make_judged(gold, ["In 1820."], uri="b.txt", outcome="possible")
    assert (possible.verdict, possible.is_useful) == ("possible", True)
    assert make_judged(gold, ["In 1820."]).token_f1 == 1.0


@pytest.mark.parametrize(
    ("answerable", "documents", "answerability", "kind"),
    [
        ("partly", ["a.txt"], "answerable", "factoid"),
        ("no", [], "absent", "absent"),
        ("underspecified", ["a.txt"], "answerable", "underspecified"),
        ("underspecified", [], "absent", "underspecified"),
    ],
)
def test_a_turn_is_answerable_where_documents_answer_it(
    tmp_path: Path, answerable: str, documents: list[str], answerability: str, kind: str
) -> None:
    gold = turn(tmp_path, answerable=answerable, documents=documents)

    assert (gold.answerability, gold.kind) == (answerability, kind)


@pytest.mark.parametrize(
    "fields", [{"documents": []}, {"answerable": True}, {"reference": " "}, {"documents": "a.txt"}]
)
def test_a_broken_turn_is_told(tmp_path: Path, fields: dict) -> None:
    with pytest.raises(EvaluationInvalid, match=r"line 1: .* is not a question"):
        turn(tmp_path, **fields)


class Answerer:
    """Answers each question with its number, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    async def answer(self, question: str, history: list[Turn]):
        self.asked.append((question, tuple(history)))
        yield AnswerFinished(make_judged(GOLD, [f"Answer {len(self.asked)}."], spans=()).answer)


def test_questions_before_the_question_are_asked_first(tmp_path: Path) -> None:
    answerer, gold = Answerer(), read_set(cases(tmp_path))[0].questions[1]

    judged = asyncio.run(ask(answerer, gold))  # type: ignore[arg-type]  # all that is used of it

    turns = [Turn(GOLD.question, f"Answer {number}.") for number in (1, 2)]
    assert answerer.asked == [("Hello", ()), ("Who built it?", (turns[0],)), ("And who paid?", tuple(turns))]
    assert (judged.gold, judged.answer.answer) == (gold, "Answer 3.")


def test_a_question_whose_documents_could_not_be_indexed_counts_as_declined() -> None:
    assert (decline(GOLD).verdict, decline(GOLD).is_useful) == ("declined", False)
