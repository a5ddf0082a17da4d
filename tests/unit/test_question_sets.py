import json
from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.question_sets import check_spans, draw_sample, read_questions
from rag.types import Span
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
UNANSWERABLE = {"id": "2", "question": "Who?", "answerable": False, "document": "a.txt", "answers": []}


def written(folder: Path, *lines: object) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines)
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_a_line_becomes_a_question_with_its_spans_and_paragraph(tmp_path: Path) -> None:
    first, second = read_questions(written(tmp_path, {**ASKED, "also_right": ["eighteen twenty"]}, UNANSWERABLE))

    assert (first.answers, first.spans, first.passage) == (("1820", "eighteen twenty"), (Span(30, 34),), Span(0, 35))
    assert (second.is_answerable, second.passage) == (False, None)


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
    ],
)
def test_a_line_that_is_no_question_is_told_with_its_number(tmp_path: Path, line: object) -> None:
    with pytest.raises(EvaluationInvalid, match=r"questions.jsonl, line 2: .* is not a question"):
        read_questions(written(tmp_path, ASKED, line, UNANSWERABLE))


def test_two_questions_of_one_id_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"line 3: id '1' is that of line 1 as well"):
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

    with pytest.raises(EvaluationInvalid, match=rf"line 2: answer 1 is {start} to {end}, which is no range"):
        checked(tmp_path, wrong)


def test_a_paragraph_outside_of_its_document_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="line 2: passage is 0 to 36, which is no range of a document of 35"):
        checked(tmp_path, {**ASKED, "passage": [0, 36]})


def test_a_document_that_is_not_indexed_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"line 2: asks about 'b.txt', which is not among the documents"):
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
