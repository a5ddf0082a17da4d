"""Read sets of questions, check them against the documents that are asked about, and draw samples.

A set is a folder with `questions.jsonl` and, unless it asks about the documents already indexed, the documents in
`corpus/`. What is wrong with a set is told with its file and line: a figure over a broken set means nothing.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.evaluation.metrics.correctness import holds_answer
from rag.evaluation.metrics.outcomes import KINDS, GoldQuestion
from rag.types import FileEntry, Span, Turn

QUESTIONS_FILE = "questions.jsonl"
CORPUS_FOLDER = "corpus"
_SHOWN_CHARACTERS = 80
_WORD = re.compile(r"\w+")


def read_questions(folder: Path) -> list[GoldQuestion]:
    """Read a set's questions, one a line.

    Raises:
        EvaluationInvalid: The file is missing, a line is not a question, two have one id, or none is answerable.
    """
    questions = _read_lines(folder)
    if not any(question.is_answerable for question in questions):
        raise EvaluationInvalid(
            f"{folder / QUESTIONS_FILE} holds no answerable question, so nothing can be found",
            next_step="add one, see evals/README.md",
        )
    return questions


def read_absent_questions(folder: Path, entries: Iterable[FileEntry]) -> list[GoldQuestion]:
    """Read the questions of another set as such that the indexed documents say nothing of.

    Args:
        entries: The files that are indexed.

    Returns:
        All of them, answerable ones too, as absent; ids are led by the folder's name, so that they meet no other's.

    Raises:
        EvaluationInvalid: As for `read_questions`, or one asks about a document that is indexed.
    """
    questions = _read_lines(folder)
    _require_strangers(questions, folder, [entry for entry in entries if entry.reason is None])
    name = folder.resolve().name
    return [
        GoldQuestion(f"{name}/{question.id}", question.question, None, (), (), history=question.history)
        for question in questions
    ]


def _read_lines(folder: Path) -> list[GoldQuestion]:
    path = folder / QUESTIONS_FILE
    try:
        # Not splitlines: a text may hold separators that only Unicode takes for the end of a line.
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(
            f"{path} cannot be read", next_step=f"give a folder that holds {QUESTIONS_FILE}"
        ) from error
    if lines == [""]:
        raise EvaluationInvalid(f"{path} holds no question", next_step="see evals/README.md")
    questions = [_read_line(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]
    _require_distinct_ids(questions, path)
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
        if question.document is None:
            continue
        text = text_of(question.document)
        if text is None:
            raise EvaluationInvalid(
                f"{place}: asks about {question.document!r}, which is not among the documents", next_step=mend
            )
        if question.passage is not None:
            _require_inside(question.passage, text, f"{place}: passage")
        for number_of_answer, (span, quote) in enumerate(zip(question.spans, question.answers, strict=False), start=1):
            _require_inside(span, text, f"{place}: answer {number_of_answer}")
            if text[span.start : span.end] != quote:
                raise EvaluationInvalid(
                    f"{place}: answer {number_of_answer} should be {_shorten(quote)} but {question.document} has "
                    f"{_shorten(text[span.start : span.end])} at {span.start} to {span.end}",
                    next_step="correct its start and end",
                )


def place_words(questions: Sequence[GoldQuestion], text_of: Callable[[str], str | None]) -> list[GoldQuestion]:
    """Return the questions with spans of the words that are said to stand in their documents.

    What stands between words may differ: who writes a set copies from the file, whose text is laid out anew when it is
    read. Words that are nowhere give no span, nor do those that hold nothing of what an answer must say.

    Args:
        text_of: The text of a document by its uri; None where it is not indexed.
    """
    placed = []
    for question in questions:
        text = text_of(question.document) if question.document and question.words else None
        telling = [words for words in question.words if any(holds_answer(words, group) for group in question.must_say)]
        found = [span for words in telling for span in _find_words(words, text or "")]
        placed.append(replace(question, spans=(*question.spans, *found)) if found else question)
    return placed


def draw_sample(questions: Sequence[GoldQuestion], n_each: int, *, seed: int) -> list[GoldQuestion]:
    """Return so many random questions of each kind in the given order; all of a kind that has no more.

    What is drawn of one kind does not depend on the others.
    """
    drawn: list[int] = []
    for kind in KINDS:
        places = [place for place, question in enumerate(questions) if question.kind == kind]
        if len(places) > n_each:
            places = random.Random(seed).sample(places, n_each)  # noqa: S311 -- nothing secret about it
        drawn += places
    return [questions[place] for place in sorted(drawn)]


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
    document = fields["document"]
    if is_answerable and document is None:
        raise ValueError("answerable, but about no document")
    for name in ("question", "document") if document is not None else ("question",):
        if not isinstance(fields[name], str) or not str(fields[name]).strip():
            raise TypeError(f"{name!r} must be a text that is not empty")
    answers = fields.get("answers", []) if is_answerable else []
    also_right = fields.get("also_right", []) if is_answerable else []
    if not isinstance(answers, list) or not isinstance(also_right, list):
        raise TypeError("'answers' and 'also_right' must be lists")
    must_say, evidence = fields.get("must_say", []), fields.get("evidence", [])
    if is_answerable and not answers and not must_say:
        raise ValueError("answerable, but without 'answers' or 'must_say'")
    passage = fields.get("passage")
    return GoldQuestion(
        id=str(fields["id"]),
        question=str(fields["question"]),
        document=None if document is None else str(document),
        answers=(*(str(answer["text"]) for answer in answers), *map(str, also_right)),
        spans=tuple(_span([answer["start"], answer["end"]]) for answer in answers),
        passage=_span(passage) if passage is not None and is_answerable else None,
        history=_history(fields.get("history", [])),
        must_say=_groups(must_say) if is_answerable else (),
        words=_words_in(document, evidence) if is_answerable else (),
    )


def _groups(groups: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(groups, list) or not all(isinstance(group, list) and group for group in groups):
        raise TypeError("'must_say' must be a list of lists of texts, none of them empty")
    return tuple(tuple(map(str, group)) for group in groups)


def _words_in(document: object, evidence: object) -> tuple[str, ...]:
    """Return what is said to stand in a question's own document."""
    if not isinstance(evidence, list):
        raise TypeError("'evidence' must be a list")
    for one in evidence:
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("document", "words")):
            raise TypeError("each part of 'evidence' must have the texts 'document' and 'words'")
    return tuple(one["words"] for one in evidence if one["document"] == document)


def _history(turns: object) -> tuple[Turn, ...]:
    if not isinstance(turns, list):
        raise TypeError("'history' must be a list")
    for turn in turns:
        if not isinstance(turn, dict) or not all(isinstance(turn.get(name), str) for name in ("question", "answer")):
            raise TypeError("each turn of 'history' must have the texts 'question' and 'answer'")
    return tuple(Turn(turn["question"], turn["answer"]) for turn in turns)


def _span(ends: object) -> Span:
    if not isinstance(ends, list) or len(ends) != 2 or not all(type(end) is int for end in ends):
        raise TypeError(f"{ends!r} must be two whole numbers, start and end")
    return Span(*ends)


def _find_words(words: str, text: str) -> list[Span]:
    """Return where the words stand, whatever stands between them: markup, line ends, the marks of a table."""
    pattern = r"\W+".join(map(re.escape, _WORD.findall(words)))
    return [Span(*match.span()) for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)] if pattern else []


def _require_distinct_ids(questions: Sequence[GoldQuestion], path: Path) -> None:
    line_by_id: dict[str, int] = {}
    for number, question in enumerate(questions, start=1):
        earlier = line_by_id.setdefault(question.id, number)
        if earlier != number:
            raise EvaluationInvalid(f"{path}, line {number}: id {question.id!r} is that of line {earlier} as well")


def _require_strangers(questions: Sequence[GoldQuestion], folder: Path, indexed: Sequence[FileEntry]) -> None:
    uris, hashes = {entry.uri for entry in indexed}, {entry.sha256 for entry in indexed}
    for document in sorted({question.document for question in questions if question.document}):
        # Two corpora may have an index.html each; what both hold is told by its content where the file is at hand.
        sha256 = _hash_of(folder / CORPUS_FOLDER, document)
        if sha256 in hashes or (sha256 is None and document in uris):
            raise EvaluationInvalid(
                f"{folder / QUESTIONS_FILE} asks about {document!r}, which is among the indexed documents, so its "
                "questions are not absent",
                next_step="give --absent-from a set about other documents",
            )


def _hash_of(corpus: Path, document: str) -> str | None:
    """Return the SHA-256 of a document's file; None where it is not at hand or its name leads out of the corpus."""
    path = (corpus / document).resolve()
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_relative_to(corpus.resolve()) else None
    except OSError:
        return None


def _require_inside(span: Span, text: str, place: str) -> None:
    if not 0 <= span.start < span.end <= len(text):
        raise EvaluationInvalid(
            f"{place} is {span.start} to {span.end}, which is no range of a document of {len(text)} characters",
            next_step="correct its start and end",
        )


def _shorten(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
