"""Read a set in any of its forms, as collections of documents with what is asked about them.

- `questions.jsonl`: one collection, in `corpus/` or indexed already.
- `questions.tsv`: a small collection in each subfolder; answers are judged by regular expressions.
- A folder of sets of the first form.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, QUESTIONS_FILE, read_questions

PATTERNS_FILE = "questions.tsv"
_FIELDS = ("folder", "questions, split by ||", "regular expressions, split by &&")
_NO_ANSWER, _ANY_ANSWER = "NONE", "ANY"


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents and what is asked about them.

    Attributes:
        name: Of its folder in the set; empty if the set is this collection.
        folder: Where its questions are.
        corpus: The folder of its documents; None if they are indexed already.
    """

    name: str
    folder: Path
    corpus: Path | None
    questions: tuple[GoldQuestion, ...]


@dataclass(frozen=True, slots=True)
class PatternQuestion(GoldQuestion):
    """A question whose right answer matches all its regular expressions; without any, none does."""

    patterns: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        return bool(self.patterns)

    def is_answered_by(self, text: str) -> bool:
        return bool(self.patterns) and all(re.search(pattern, text) for pattern in self.patterns)


def read_set(folder: Path) -> list[Collection]:
    """Read a set, at least one collection. Of several, ids begin with the collection's name.

    Raises:
        EvaluationInvalid: The folder holds no set, or a line of it is broken.
    """
    if (folder / PATTERNS_FILE).is_file():
        return _read_cases(folder)
    parts = sorted(path.parent for path in folder.glob(f"*/{QUESTIONS_FILE}"))
    if (folder / QUESTIONS_FILE).is_file() or not parts:
        return [_read_collection(folder)]
    return [_named(part.name, _read_collection(part)) for part in parts]


def _read_collection(folder: Path) -> Collection:
    corpus = folder / CORPUS_FOLDER
    return Collection("", folder, corpus if corpus.is_dir() else None, tuple(read_questions(folder)))


def _named(name: str, collection: Collection) -> Collection:
    questions = tuple(replace(question, id=f"{name}/{question.id}") for question in collection.questions)
    return replace(collection, name=name, questions=questions)


def _read_cases(folder: Path) -> list[Collection]:
    questions: dict[str, list[GoldQuestion]] = {}
    for name, question in _read_patterns(folder / PATTERNS_FILE):
        questions.setdefault(name, []).append(question)
    if not questions:
        raise EvaluationInvalid(f"{folder / PATTERNS_FILE} holds no question")
    return [Collection(name, folder, folder / name, tuple(asked)) for name, asked in questions.items()]


def _read_patterns(path: Path) -> Iterator[tuple[str, PatternQuestion]]:
    """Yield the folder and the question of each line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path} cannot be read") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            yield _read_pattern(line, number, f"{path}, line {number}")


def _read_pattern(line: str, number: int, place: str) -> tuple[str, PatternQuestion]:
    fields = line.split("\t")
    if len(fields) != len(_FIELDS) or not all(field.strip() for field in fields):
        raise EvaluationInvalid(f"{place} needs {len(_FIELDS)} fields, split by tabs: {'; '.join(_FIELDS)}")
    name, asked, expected = fields
    *before, question = asked.split("||")
    # An empty expression matches any answer.
    patterns = ("",) if expected == _ANY_ANSWER else () if expected == _NO_ANSWER else tuple(expected.split("&&"))
    try:
        for pattern in patterns:
            re.compile(pattern)
    except re.error as error:
        raise EvaluationInvalid(f"{place}: {expected!r} is not a regular expression ({error})") from error
    gold = PatternQuestion(f"{name}/{number}", question, None, (), (), kind=name, patterns=patterns)
    return name, replace(gold, asked_before=tuple(before))
