"""Read sets of questions, check them against their documents, and draw samples.

A set is a folder with `questions.jsonl`. Its documents are in `corpus/`, unless they are indexed
already. A line is a question, or the last turn of a conversation. A broken line is an error,
because a figure over a broken set means nothing.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from rag.errors import EvaluationInvalid
from rag.evaluation.metrics.correctness import holds_answer
from rag.evaluation.metrics.verdicts import ANSWERABILITIES, SMALL_TALK, GoldQuestion
from rag.files import hash_file
from rag.types import FileEntry, Span, Turn
from rag.wire.invalid_fields import explain_field, explain_value

QUESTIONS_FILE = "questions.jsonl"
CORPUS_FOLDER = "corpus"
_SHOWN_CHARACTERS = 80
_WORD = re.compile(r"\w+")


def read_questions(folder: Path) -> list[GoldQuestion]:
    """Read the questions of a set.

    Raises:
        EvaluationInvalid: The file is missing, a line is not a question, two questions have the
            same id, or none is answerable.
    """
    questions = _read_lines(folder)
    if not any(question.is_answerable for question in questions):
        raise EvaluationInvalid(
            f"{folder / QUESTIONS_FILE} holds no answerable question",
            next_step="add one as evals/README.md describes",
        )
    return questions


def read_absent_questions(folder: Path, entries: Iterable[FileEntry]) -> list[GoldQuestion]:
    """Read the questions of another set as questions that no indexed document answers.

    Args:
        entries: The indexed files.

    Returns:
        All questions as absent ones, the answerable ones too. Ids begin with the folder's name.

    Raises:
        EvaluationInvalid: As in `read_questions`, or a question asks about an indexed document.
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
        # splitlines() would also split at Unicode separators within a text.
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(
            f"{path} cannot be read", next_step=f"give a folder that holds {QUESTIONS_FILE}"
        ) from error
    if lines == [""]:
        raise EvaluationInvalid(f"{path} holds no question", next_step="add one as evals/README.md describes")
    questions = [_read_line(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]
    _require_distinct_ids(questions, path)
    return questions


def check_spans(questions: Sequence[GoldQuestion], folder: Path, text_of: Callable[[str], str | None]) -> None:
    """Check that each answer is the text at its span.

    Args:
        questions: The whole set, as `read_questions` returns it.
        text_of: Returns the text of a document by its uri, or None if it is not indexed.

    Raises:
        EvaluationInvalid: A document is not indexed, or a span is outside it or has other text.
    """
    corpus = folder / CORPUS_FOLDER
    next_step = f"put it into {corpus}" if corpus.is_dir() else "run `rag index FOLDER` with its folder"
    for number, question in enumerate(questions, start=1):
        place = f"{folder / QUESTIONS_FILE}, line {number}"
        for uri in documents_of(question):
            text = text_of(uri)
            if text is None:
                raise EvaluationInvalid(f"{place}: asks about {uri!r}, which is not indexed", next_step=next_step)
            if uri == question.document:
                _require_answers(question, text, place)


def documents_of(question: GoldQuestion) -> list[str]:
    """Return the uris of the documents that a question names, its own first."""
    own = [question.document] if question.document else []
    return list(dict.fromkeys([*own, *question.documents, *(uri for uri, _ in question.words)]))


def place_words(questions: Sequence[GoldQuestion], text_of: Callable[[str], str | None]) -> list[GoldQuestion]:
    """Return the questions with the spans of their `words`.

    White space and punctuation between words may differ, since a set is written from the file and
    the text is extracted from it. Words give no span if they are not found, or if they hold nothing
    that an answer must say.

    Args:
        text_of: Returns the text of a document by its uri, or None if it is not indexed.
    """
    placed = []
    for question in questions:
        found = [
            (uri, span)
            for uri, words in question.words
            if any(holds_answer(words, group) for group in question.must_say)
            for span in _find_words(words, text_of(uri) or "")
        ]
        own = [span for uri, span in found if uri == question.document]
        elsewhere = [one for one in found if one[0] != question.document]
        spans, spans_elsewhere = (*question.spans, *own), (*question.spans_elsewhere, *elsewhere)
        placed.append(replace(question, spans=spans, spans_elsewhere=spans_elsewhere))
    return placed


def draw_sample(questions: Sequence[GoldQuestion], n_each: int, *, seed: int) -> list[GoldQuestion]:
    """Return up to `n_each` random questions of each answerability, in the given order.

    The draw from one does not depend on the others.
    """
    drawn: list[int] = []
    for answerability in ANSWERABILITIES:
        places = [place for place, question in enumerate(questions) if question.answerability == answerability]
        if len(places) > n_each:
            places = random.Random(seed).sample(places, n_each)  # noqa: S311 -- not secret
        drawn += places
    return [questions[place] for place in sorted(drawn)]


def _read_line(line: str, place: str) -> GoldQuestion:
    try:
        return _READ_LINE(line).as_question()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # The first part is the tag of the form.
        where = ".".join(map(str, first["loc"][1:]))
        problem = explain_field(where, first) if where else explain_value(first)
        raise EvaluationInvalid(
            f"{place}: {_shorten(line)} is not a question: {problem}", next_step="see evals/README.md"
        ) from error


class _Answer(BaseModel):
    text: str
    start: int
    end: int


class _Evidence(BaseModel):
    document: str
    words: str


def _require_text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


_Text = Annotated[str, AfterValidator(_require_text)]


class _Line(BaseModel):
    """A line of questions.jsonl, whose fields evals/README.md describes."""

    model_config = ConfigDict(strict=True)

    id: str
    question: _Text
    answerable: bool
    document: _Text | None
    passage: Span | None = None
    answers: tuple[_Answer, ...] = ()
    also_right: tuple[str, ...] = ()
    must_say: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = ()
    enough: Annotated[int, Field(ge=1)] | None = None
    evidence: tuple[_Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    kind: str = ""

    @model_validator(mode="after")
    def _require_answer(self) -> Self:
        if self.kind == SMALL_TALK and not self.answerable:
            raise ValueError(f"{SMALL_TALK} is answerable")
        if self.answers and self.document is None:
            raise ValueError("it has 'answers', but 'document' is null")
        if self.answerable and not self.answers and not self.must_say and self.kind != SMALL_TALK:
            raise ValueError("answerable, but without 'answers' or 'must_say'")
        if self.answerable and (self.enough or 0) > len(self.must_say):
            raise ValueError(f"'enough' is {self.enough}, but 'must_say' has {len(self.must_say)} groups")
        return self

    def as_question(self) -> GoldQuestion:
        if not self.answerable:
            return GoldQuestion(self.id, self.question, self.document, (), (), history=self.history, kind=self.kind)
        return GoldQuestion(
            id=self.id,
            question=self.question,
            document=self.document,
            answers=(*(answer.text for answer in self.answers), *self.also_right),
            spans=tuple(Span(answer.start, answer.end) for answer in self.answers),
            passage=self.passage,
            history=self.history,
            must_say=self.must_say,
            words=tuple((part.document, part.words) for part in self.evidence),
            enough=self.enough,
            kind=self.kind,
        )


class _TurnLine(BaseModel):
    """The last turn of a conversation, with an answer that people accepted."""

    model_config = ConfigDict(strict=True)

    id: str
    question: _Text
    history: tuple[Turn, ...] = ()
    answerable: Literal["yes", "partly", "no", "underspecified"]
    kinds: tuple[str, ...] = ()
    documents: tuple[str, ...]
    reference: _Text

    @model_validator(mode="after")
    def _require_documents(self) -> Self:
        if self.answerable in {"yes", "partly"} and not self.documents:
            raise ValueError("answerable, but without 'documents'")
        return self

    def as_question(self) -> GoldQuestion:
        is_answerable = self.answerable != "no" and bool(self.documents)
        kind = {"no": "absent", "underspecified": "underspecified"}.get(self.answerable, next(iter(self.kinds), ""))
        return GoldQuestion(
            id=self.id,
            question=self.question,
            document=None,
            answers=(self.reference,) if is_answerable else (),
            spans=(),
            history=self.history,
            documents=self.documents if is_answerable else (),
            kind=kind,
        )


def _form_of(line: object) -> str:
    return "turn" if isinstance(line, dict) and "reference" in line else "question"


_READ_LINE = TypeAdapter[_Line | _TurnLine](
    Annotated[Annotated[_Line, Tag("question")] | Annotated[_TurnLine, Tag("turn")], Discriminator(_form_of)]
).validate_json


def _find_words(words: str, text: str) -> list[Span]:
    """Return where the words are; markup, line ends or table marks may be between them."""
    pattern = r"\W+".join(map(re.escape, _WORD.findall(words)))
    return [Span(*match.span()) for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)] if pattern else []


def _require_distinct_ids(questions: Sequence[GoldQuestion], path: Path) -> None:
    line_by_id: dict[str, int] = {}
    for number, question in enumerate(questions, start=1):
        earlier = line_by_id.setdefault(question.id, number)
        if earlier != number:
            raise EvaluationInvalid(f"{path}, line {number}: id {question.id!r} is also the id of line {earlier}")


def _require_strangers(questions: Sequence[GoldQuestion], folder: Path, indexed: Sequence[FileEntry]) -> None:
    uris, hashes = {entry.uri for entry in indexed}, {entry.sha256 for entry in indexed}
    for document in sorted({question.document for question in questions if question.document}):
        # Two corpora may each have an index.html, so contents are compared if the file is here.
        sha256 = _hash_of(folder / CORPUS_FOLDER, document)
        if sha256 in hashes or (sha256 is None and document in uris):
            raise EvaluationInvalid(
                f"{folder / QUESTIONS_FILE} asks about {document!r}, which is indexed, so it is not absent",
                next_step="give --absent-from a set about other documents",
            )


def _hash_of(corpus: Path, document: str) -> str | None:
    """Return the SHA-256 of a document's file; None if it is not in the corpus."""
    path = (corpus / document).resolve()
    try:
        return hash_file(path) if path.is_relative_to(corpus.resolve()) else None
    except OSError:
        return None


def _require_answers(question: GoldQuestion, text: str, place: str) -> None:
    if question.passage is not None:
        _require_inside(question.passage, text, f"{place}: passage")
    for number, (span, quote) in enumerate(zip(question.spans, question.answers, strict=False), start=1):
        _require_inside(span, text, f"{place}: answer {number}")
        if text[span.start : span.end] != quote:
            raise EvaluationInvalid(
                f"{place}: answer {number} should be {_shorten(quote)} but {question.document} has "
                f"{_shorten(text[span.start : span.end])} at {span.start} to {span.end}",
                next_step="correct its start and end",
            )


def _require_inside(span: Span, text: str, place: str) -> None:
    if not 0 <= span.start < span.end <= len(text):
        raise EvaluationInvalid(
            f"{place} is {span.start} to {span.end}, outside of a document of {len(text)} characters",
            next_step="correct its start and end",
        )


def _shorten(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
