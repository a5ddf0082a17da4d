"""Read a set of questions and check it against the documents that it asks about.

A set is a folder with `questions.jsonl` and, unless it asks about the documents already indexed, the documents in
`corpus/`. What is wrong with a set is told with its file and line: a figure over a broken set means nothing.
"""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.metrics import GoldQuestion
from rag.types import Span

QUESTIONS_FILE = "questions.jsonl"
CORPUS_FOLDER = "corpus"
_SHOWN_CHARACTERS = 80


def read_questions(folder: Path) -> list[GoldQuestion]:
    """Read a set's questions, one a line.

    Raises:
        EvaluationInvalid: The file is missing, a line is not a question, two have one id, or none is answerable.
    """
    path = folder / QUESTIONS_FILE
    try:
        # Not splitlines: a text may hold separators that only Unicode takes for the end of a line.
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path} cannot be read; give a folder that holds {QUESTIONS_FILE}") from error
    if lines == [""]:
        raise EvaluationInvalid(f"{path} holds no question; see evals/README.md")
    questions = [_read_line(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]
    _require_distinct_ids(questions, path)
    if not any(question.is_answerable for question in questions):
        raise EvaluationInvalid(
            f"{path} holds no answerable question, so nothing can be found; add one, see evals/README.md"
        )
    return questions


def check_spans(questions: Sequence[GoldQuestion], folder: Path, text_of: Callable[[str], str | None]) -> None:
    """Check that each answer stands where its span says.

    Args:
        questions: All of the set, as `read_questions` returns them.
        text_of: The text of a document by its uri; None where it is not indexed.

    Raises:
        EvaluationInvalid: A document is not indexed, or a span lies outside of it or holds other words.
    """
    corpus = folder / CORPUS_FOLDER
    mend = f"put it into {corpus}" if corpus.is_dir() else "run `rag index FOLDER` with its folder"
    for number, question in enumerate(questions, start=1):
        place = f"{folder / QUESTIONS_FILE}, line {number}"
        text = text_of(question.document)
        if text is None:
            raise EvaluationInvalid(
                f"{place}: asks about {question.document!r}, which is not among the documents; {mend}"
            )
        if question.passage is not None:
            _require_inside(question.passage, text, f"{place}: passage")
        for number_of_answer, (span, quote) in enumerate(zip(question.spans, question.answers, strict=False), start=1):
            _require_inside(span, text, f"{place}: answer {number_of_answer}")
            if text[span.start : span.end] != quote:
                raise EvaluationInvalid(
                    f"{place}: answer {number_of_answer} should be {_shorten(quote)} but {question.document} has "
                    f"{_shorten(text[span.start : span.end])} at {span.start} to {span.end}; correct its start and end"
                )


def draw_sample(questions: Sequence[GoldQuestion], n_wanted: int, *, seed: int) -> list[GoldQuestion]:
    """Return a random part of the questions in the set's order; all where there are no more than wanted."""
    if len(questions) <= n_wanted:
        return list(questions)
    places = random.Random(seed).sample(range(len(questions)), n_wanted)  # noqa: S311 -- nothing secret about it
    return [questions[place] for place in sorted(places)]


def _read_line(line: str, place: str) -> GoldQuestion:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise _no_question(place, line, "it is no JSON") from error
    if not isinstance(fields, dict):
        raise _no_question(place, line, "it is no JSON object")
    try:
        return _question(fields)
    except KeyError as error:
        problem = f"an answer has no {error.args[0]!r}"
    except (ValueError, TypeError, AttributeError) as error:
        problem = str(error)
    raise _no_question(place, line, problem)


def _no_question(place: str, line: str, problem: str) -> EvaluationInvalid:
    return EvaluationInvalid(f"{place}: {_shorten(line)} is not a question: {problem}; see evals/README.md")


def _question(fields: dict[str, object]) -> GoldQuestion:
    missing = [name for name in ("id", "question", "answerable", "document") if name not in fields]
    if missing:
        raise ValueError(f"it has no {missing[0]!r}")
    is_answerable = fields["answerable"]
    if not isinstance(is_answerable, bool):
        raise TypeError("'answerable' must be true or false")
    for name in ("question", "document"):
        if not isinstance(fields[name], str) or not str(fields[name]).strip():
            raise TypeError(f"{name!r} must be a text that is not empty")
    answers = fields.get("answers") if is_answerable else []
    also_right = fields.get("also_right", []) if is_answerable else []
    if not isinstance(answers, list) or not isinstance(also_right, list):
        raise TypeError("'answers' and 'also_right' must be lists")
    if is_answerable and not answers:
        raise ValueError("answerable, but without answers")
    passage = fields.get("passage")
    return GoldQuestion(
        id=str(fields["id"]),
        question=str(fields["question"]),
        document=str(fields["document"]),
        answers=(*(str(answer["text"]) for answer in answers), *map(str, also_right)),
        spans=tuple(_span([answer["start"], answer["end"]]) for answer in answers),
        passage=_span(passage) if passage is not None and is_answerable else None,
    )


def _span(ends: object) -> Span:
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise TypeError(f"{ends!r} must be two whole numbers, start and end")
    return Span(*ends)


def _require_distinct_ids(questions: Sequence[GoldQuestion], path: Path) -> None:
    line_by_id: dict[str, int] = {}
    for number, question in enumerate(questions, start=1):
        earlier = line_by_id.setdefault(question.id, number)
        if earlier != number:
            raise EvaluationInvalid(f"{path}, line {number}: id {question.id!r} is that of line {earlier} as well")


def _require_inside(span: Span, text: str, place: str) -> None:
    if not 0 <= span.start < span.end <= len(text):
        raise EvaluationInvalid(
            f"{place} is {span.start} to {span.end}, which is no range of a document of {len(text)} characters; "
            "correct its start and end"
        )


def _shorten(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
