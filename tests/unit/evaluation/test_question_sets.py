import hashlib
import json
import re
from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import check_spans, draw_sample, place_words, read_absent_questions, read_questions
from rag.types import FileEntry, Span, Turn
from tests.reports import make_question

TEXT = "The ferry Aurora was built in 1820."
ASKED = {
    "id": "1",
    "question": "When?",
    "answerable": True,
    "document": "a.txt",
    "passage": [0, 35],
    "answers": [{"text": "1820", "start": 30, "end": 34}],
}
# Says what an answer must hold, and words of documents that hold it, instead of where the answer stands.
TOLD = {
    "id": "3",
    "question": "What was built, and when?",
    "answerable": True,
    "document": "a.txt",
    "must_say": [["1820", "eighteen twenty"], ["ferry"]],
    "evidence": [
        {"document": "a.txt", "words": "Aurora was built in 1820"},
        {"document": "b.txt", "words": "The ferry left in 1820"},
    ],
}
UNANSWERABLE = {"id": "2", "question": "Who?", "answerable": False, "document": "a.txt", "answers": []}


def written(folder: Path, *lines: object) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines)
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_a_line_becomes_a_question_with_its_spans_and_paragraph(tmp_path: Path) -> None:
    first, second = read_questions(written(tmp_path, {**ASKED, "also_right": ["eighteen twenty"]}, UNANSWERABLE))

    assert (first.answers, first.spans, first.passage) == (("1820", "eighteen twenty"), (Span(30, 34),), Span(0, 35))
    assert (second.is_answerable, second.passage) == (False, None)


def test_a_line_may_say_what_an_answer_must_hold_instead_of_where_it_stands(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, TOLD))

    assert (question.answers, question.spans, question.is_answerable) == ((), (), True)
    assert question.must_say == (("1820", "eighteen twenty"), ("ferry",))
    assert question.words == (("a.txt", "Aurora was built in 1820"), ("b.txt", "The ferry left in 1820"))
    assert (question.enough, question.kind) == (None, "")


def test_a_line_may_say_how_much_is_enough_and_how_a_person_asks(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {**TOLD, "enough": 1, "kind": "summary"}))

    assert (question.enough, question.kind) == (1, "summary")


COLLECTION = {**TOLD, "document": None, "evidence": [], "kind": "collection"}
SMALL_TALK = {**COLLECTION, "must_say": [], "kind": "small-talk"}


@pytest.mark.parametrize("line", [COLLECTION, SMALL_TALK])
def test_a_question_about_no_document_may_be_answerable(tmp_path: Path, line: dict) -> None:
    (question,) = read_questions(written(tmp_path, line))

    assert (question.answerability, question.is_located) == ("answerable", False)
    check_spans([question], tmp_path, {}.get)
    assert place_words([question], {}.get) == [question]


def test_where_there_is_no_answer_nothing_must_be_said(tmp_path: Path) -> None:
    told = {**TOLD, "answerable": False}

    _, question = read_questions(written(tmp_path, ASKED, told))

    assert (question.must_say, question.words, question.answerability) == ((), (), "look-alike")


def test_a_question_with_neither_answers_nor_what_must_be_said_is_told(tmp_path: Path) -> None:
    neither = {name: value for name, value in TOLD.items() if name != "must_say"}

    with pytest.raises(EvaluationInvalid, match="without 'answers' or 'must_say'"):
        read_questions(written(tmp_path, neither))


def placed(words: str, text: str, *must_say: str) -> list[str]:
    """Return what stands at the spans that words get in a text."""
    question = GoldQuestion("1", "When?", "a.txt", (), (), must_say=(must_say or ("1820",),), words=(("a.txt", words),))
    (found,) = place_words([question], {"a.txt": text}.get)
    return [text[span.start : span.end] for span in found.spans]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("built in 1820", TEXT, ["built in 1820"]),
        ("built in 1820", "built in\n    1820, rebuilt", ["built in\n    1820"]),
        ("| built | 1820 |", "Deed: built; Year: 1820", []),
        ("| Aurora | 1820 |", "Aurora; 1820", ["Aurora; 1820"]),
        ("**built** in *1820*", TEXT, ["built in 1820"]),
        ("in 1820", "in 1820 and in 1820", ["in 1820", "in 1820"]),
        ("in 1820", "begin 1820, in 18201", []),
        ("built in 1821 or 1820", TEXT, []),
        ("***", TEXT, []),
    ],
)
def test_words_are_placed_whatever_stands_between_them(words: str, text: str, found: list[str]) -> None:
    assert placed(words, text) == found


def test_words_that_hold_nothing_of_what_must_be_said_are_not_placed() -> None:
    assert placed("The ferry", TEXT) == []
    assert placed("The ferry", TEXT, "ferry") == ["The ferry"]


def test_a_document_that_is_not_indexed_or_words_that_are_nowhere_give_no_span() -> None:
    question = GoldQuestion("1", "When?", "b.txt", (), (), must_say=(("1820",),), words=(("b.txt", "in 1820"),))

    assert place_words([question], {"a.txt": TEXT}.get) == [question]


def test_spans_that_are_known_stay_before_those_of_the_words() -> None:
    known, words = Span(4, 9), (("a.txt", "in 1820"),)
    question = GoldQuestion("1", "When?", "a.txt", ("ferry",), (known,), must_say=(("1820",),), words=words)

    (found,) = place_words([question], {"a.txt": TEXT}.get)

    assert found.spans == (known, Span(27, 34))
    assert (found.answers, found.must_say) == (("ferry",), (("1820",),))


def test_words_of_another_document_give_spans_there(tmp_path: Path) -> None:
    other = "The ferry left in 1820."

    (question,) = place_words(read_questions(written(tmp_path, TOLD)), {"a.txt": TEXT, "b.txt": other}.get)

    assert question.spans == question.spans_in("a.txt") == (Span(10, 34),)
    assert question.spans_in("b.txt") == (Span(0, 22),)
    assert question.spans_in("c.txt") == ()


def test_a_question_of_which_nobody_knows_the_place_needs_its_documents_alone(tmp_path: Path) -> None:
    questions = read_questions(written(tmp_path, TOLD))

    check_spans(questions, tmp_path, {"a.txt": TEXT, "b.txt": TEXT}.get)
    with pytest.raises(EvaluationInvalid, match=r"line 1: asks about 'b.txt', which is not indexed"):
        check_spans(questions, tmp_path, {"a.txt": TEXT}.get)


def test_a_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {**ASKED, "question": "When\u2028was it?"}))

    assert question.question == "When\u2028was it?"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"questions.jsonl cannot be read; give a folder"):
        read_questions(tmp_path / "missing")


def test_an_empty_file_holds_no_question(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="holds no question"):
        read_questions(written(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "",
        {**ASKED, "answers": "1820"},
        {**ASKED, "answers": []},
        {**ASKED, "passage": [0]},
        {**ASKED, "passage": ["0", "35"]},
        {"id": "1"},
        {**ASKED, "document": None},
        {**ASKED, "document": " "},
        {**UNANSWERABLE, "document": 3},
        {**ASKED, "answerable": "yes"},
        {**ASKED, "answers": [{"text": "1820", "start": 30}]},
        {**ASKED, "history": "When?"},
        {**ASKED, "history": [{"question": "When?"}]},
        {**ASKED, "must_say": "1820"},
        {**ASKED, "must_say": ["1820"]},
        {**ASKED, "must_say": [[]]},
        {**ASKED, "enough": 1},
        {**TOLD, "id": "1", "enough": 0},
        {**TOLD, "id": "1", "enough": 3},
        {**ASKED, "kind": 3},
        {**SMALL_TALK, "answerable": False},
        {**COLLECTION, "must_say": []},
        {**ASKED, "evidence": "1820"},
        {**ASKED, "evidence": ["1820"]},
        {**ASKED, "evidence": [{"document": "a.txt"}]},
    ],
)
def test_a_line_that_is_no_question_is_told_with_its_number(tmp_path: Path, line: object) -> None:
    with pytest.raises(EvaluationInvalid, match=r"questions.jsonl, line 2: .* is not a question") as raised:
        read_questions(written(tmp_path, ASKED, line, UNANSWERABLE))

    assert not re.search("nput should|alue error|nvalid JSON", str(raised.value))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({**ASKED, "answers": "1820"}, "is not a question: answers must be a list; see"),
        ({**ASKED, "document": " "}, "is not a question: document: it is empty; see"),
        ({**ASKED, "answers": [{"text": "1820", "start": 30}]}, "is not a question: answers.0.end is missing; see"),
        ("[]", "is not a question: it must be an object; see"),
        ({**ASKED, "document": None}, "is not a question: it has 'answers', but 'document' is null; see"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_in_plain_words(tmp_path: Path, line: object, told: str) -> None:
    with pytest.raises(EvaluationInvalid, match=told):
        read_questions(written(tmp_path, line))


def test_two_questions_of_one_id_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"line 3: id '1' is also the id of line 1"):
        read_questions(written(tmp_path, ASKED, UNANSWERABLE, ASKED))


def test_a_set_without_answerable_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="holds no answerable question"):
        read_questions(written(tmp_path, UNANSWERABLE))


def checked(folder: Path, asked: dict) -> None:
    check_spans(read_questions(written(folder, UNANSWERABLE, asked)), folder, {"a.txt": TEXT}.get)


def test_spans_that_hold_their_texts_pass(tmp_path: Path) -> None:
    checked(tmp_path, {**ASKED, "also_right": ["in words"]})


def test_a_span_with_other_words_is_told_with_what_stands_there(tmp_path: Path) -> None:
    wrong = {**ASKED, "answers": [{"text": "1820", "start": 29, "end": 33}]}

    with pytest.raises(EvaluationInvalid, match=r"line 2: answer 1 should be '1820' but a.txt has ' 182' at 29 to 33"):
        checked(tmp_path, wrong)


@pytest.mark.parametrize(("start", "end"), [(30, 36), (-5, 3), (9, 9), (40, 44)])
def test_a_span_outside_of_its_document_is_told(tmp_path: Path, start: int, end: int) -> None:
    wrong = {**ASKED, "answers": [{"text": "1820", "start": start, "end": end}]}

    with pytest.raises(EvaluationInvalid, match=rf"line 2: answer 1 is {start} to {end}, outside of a document"):
        checked(tmp_path, wrong)


def test_a_paragraph_outside_of_its_document_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="line 2: passage is 0 to 36, outside of a document of 35"):
        checked(tmp_path, {**ASKED, "passage": [0, 36]})


def test_a_document_that_is_not_indexed_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"line 2: asks about 'b.txt', which is not indexed"):
        checked(tmp_path, {**ASKED, "document": "b.txt"})


def test_a_sample_is_the_same_for_the_same_seed_and_in_the_sets_order() -> None:
    questions = [make_question(number) for number in range(100)]

    sample = draw_sample(questions, 10, seed=1)

    assert len(sample) == 10
    assert sample == draw_sample(questions, 10, seed=1) != draw_sample(questions, 10, seed=2)
    assert sample == sorted(sample, key=questions.index)


def test_a_set_of_fewer_questions_is_taken_whole() -> None:
    questions = [make_question(number) for number in range(5)]

    assert draw_sample(questions, 5, seed=1) == questions


def test_a_question_without_an_answer_is_look_alike_where_it_names_a_document_and_absent_where_it_names_none(
    tmp_path: Path,
) -> None:
    absent = {**UNANSWERABLE, "id": "3", "document": None}

    questions = read_questions(written(tmp_path, ASKED, UNANSWERABLE, absent))

    assert [question.answerability for question in questions] == ["answerable", "look-alike", "absent"]


def test_an_absent_question_needs_no_document_to_be_checked_against(tmp_path: Path) -> None:
    absent = {**UNANSWERABLE, "document": None}

    check_spans(read_questions(written(tmp_path, ASKED, absent)), tmp_path, {"a.txt": TEXT}.get)


def test_a_follow_up_comes_with_the_turns_before_it(tmp_path: Path) -> None:
    turns = [{"question": "Which ferry?", "answer": "Aurora."}, {"question": "Where?", "answer": "In Bergen."}]

    (question,) = read_questions(written(tmp_path, {**ASKED, "history": turns}))

    assert question.history == (Turn("Which ferry?", "Aurora."), Turn("Where?", "In Bergen."))


def make_each(n_answerable: int, n_look_alike: int, n_absent: int) -> list[GoldQuestion]:
    return [
        *(make_question(number) for number in range(n_answerable)),
        *(make_question(100 + number, is_answerable=False) for number in range(n_look_alike)),
        *(GoldQuestion(f"q{200 + number}", "Where?", None, (), ()) for number in range(n_absent)),
    ]


def test_so_many_of_each_kind_are_drawn_and_all_of_a_kind_that_has_no_more() -> None:
    sample = draw_sample(make_each(50, 20, 3), 10, seed=1)

    drawn = [question.answerability for question in sample]
    assert [drawn.count(name) for name in ("answerable", "look-alike", "absent")] == [10, 10, 3]


def test_what_is_drawn_of_one_kind_does_not_depend_on_the_others() -> None:
    alone = draw_sample(make_each(50, 0, 0), 10, seed=1)

    assert draw_sample(make_each(50, 20, 30), 10, seed=1)[:10] == alone


def entry(uri: str, text: str, reason: str | None = None) -> FileEntry:
    return FileEntry(uri=uri, sha256=hashlib.sha256(text.encode()).hexdigest(), id="d1", reason=reason)


def with_corpus(folder: Path, text: str) -> Path:
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_text(text, encoding="utf-8")
    return written(folder, ASKED, UNANSWERABLE)


def test_questions_of_another_set_are_absent_the_answerable_ones_too(tmp_path: Path) -> None:
    (tmp_path / "ferries").mkdir()
    folder = with_corpus(tmp_path / "ferries", TEXT)

    questions = read_absent_questions(folder, [entry("b.txt", "Bread is baked.")])

    assert [(question.id, question.answerability) for question in questions] == [
        ("ferries/1", "absent"),
        ("ferries/2", "absent"),
    ]
    assert [question.answers for question in questions] == [(), ()]


def test_of_a_question_that_is_absent_nothing_must_be_said(tmp_path: Path) -> None:
    (question,) = read_absent_questions(written(tmp_path, {**TOLD, "document": "c.txt"}), [])

    assert (question.must_say, question.words, question.answerability) == ((), (), "absent")


def test_another_document_of_the_same_name_is_no_hindrance(tmp_path: Path) -> None:
    questions = read_absent_questions(with_corpus(tmp_path, TEXT), [entry("a.txt", "Bread is baked.")])

    assert len(questions) == 2


def test_questions_about_an_indexed_document_are_not_absent_whatever_it_is_called(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"asks about 'a.txt', which is indexed"):
        read_absent_questions(with_corpus(tmp_path, TEXT), [entry("ferries/aurora.txt", TEXT)])


def test_without_the_files_at_hand_the_name_decides(tmp_path: Path) -> None:
    folder = written(tmp_path, ASKED)

    with pytest.raises(EvaluationInvalid, match="give --absent-from a set about other documents"):
        read_absent_questions(folder, [entry("a.txt", "Bread is baked.")])


def test_a_file_that_could_not_be_read_is_not_among_the_indexed(tmp_path: Path) -> None:
    assert len(read_absent_questions(with_corpus(tmp_path, TEXT), [entry("a.txt", TEXT, "damaged")])) == 2


def test_a_set_of_absent_questions_needs_no_answerable_one(tmp_path: Path) -> None:
    assert [question.answerability for question in read_absent_questions(written(tmp_path, UNANSWERABLE), [])] == [
        "absent"
    ]
