"""Claims with a text and a label, from the sets that fit and measure the support check."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import training.written
from rag.checking.claims import ClaimMatch, analyse_claim
from rag.checking.context_sentences import AnalysedContext, analyse_context
from rag.checking.support import Evidence, judge_claim
from rag.documents.formats import Limits, read_file
from rag.documents.passages import chunk_document
from rag.encoders.protocol import Encoder
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import Judge
from rag.types import Document, Hit

CLAIMS_FILE = Path("tests/encoder/claims.json")
SETS_FOLDER = Path("evals/claims")
ANSWERS_FILE = Path("benchmarks/answers/squad2-local.jsonl")
# Documents of claims.json that nothing is fitted on.
UNSEEN_DOCUMENTS = ("council_minutes", "software_manual", "food_leaflet", "rowing_report", "river_entry")
_SEED = 7


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A statement about texts, the question that it answers, and whether they say it.

    Attributes:
        texts: Each stands for a document.
        kind: `true`, or what was made false.
    """

    set: str
    kind: str
    language: str
    texts: tuple[str, ...]
    claim: str
    question: str
    is_true: bool


def read_claims() -> Iterator[LabelledClaim]:
    """Yield those of claims.json; the set's name tells which documents were looked at."""
    content = json.loads(CLAIMS_FILE.read_text(encoding="utf-8"))
    for label in ("true", "false"):
        for document, claim, question in content[label]:
            name = "claims.json, unseen" if document in UNSEEN_DOCUMENTS else "claims.json, seen"
            kind = "true" if label == "true" else "false"
            yield LabelledClaim(name, kind, "en", (content["documents"][document],), claim, question, label == "true")


def read_fresh_claims() -> Iterator[LabelledClaim]:
    """Yield the claims of evals/claims that were written without knowledge of the check."""
    for name in ("english", "languages"):
        for line in (SETS_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            is_true = row["label"] == "supported"
            yield LabelledClaim(
                *(name, "true" if is_true else row["kind"], row["language"], (row["text"],)),
                *(row["statement"], row["question"], is_true),
            )


def read_conversations(folder: Path) -> Iterator[LabelledClaim]:
    """Yield sentences of accepted answers, each with its false version and one of another answer.

    Args:
        folder: The question set of conversations.
    """
    rows = {row["id"]: row for row in _json_lines(folder / "questions.jsonl")}
    changed = list(_json_lines(SETS_FOLDER / "conversations.jsonl"))
    draw = random.Random(_SEED)  # noqa: S311 -- a fixed order, no secret
    for one in changed:
        row = rows[one["id"]]
        texts = tuple((folder / "corpus" / name).read_text(encoding="utf-8") for name in row["documents"])
        about = partial(LabelledClaim, "conversations", language="en", texts=texts, question=row["question"])
        yield about(kind="true", claim=one["sentence"], is_true=True)
        yield about(kind=one["kind"], claim=one["false"], is_true=False)
        other = draw.choice([it for it in changed if it["id"] != one["id"]])
        yield about(kind="another question's", claim=other["sentence"], is_true=False)


def read_written() -> Iterator[LabelledClaim]:
    """Yield the written statements that training left out, one true and one false of each text."""
    seen: set[tuple[str, bool]] = set()
    for pair in training.written.read_written(held_out=True):
        is_true = pair.label == "supported"
        if pair.task == "says" and pair.kind == "written" and (pair.text, is_true) not in seen:
            seen.add((pair.text, is_true))
            kind = "true" if is_true else pair.label
            yield LabelledClaim("written", kind, pair.language, (pair.text,), pair.statement, "", is_true)


def read_answers(squad2: Path) -> Iterator[LabelledClaim]:
    """Yield sentences that the local LLM generated, with the passage that it read and another one.

    A reader judged whether the passage says the sentence; the nearest other passage of the document
    does not.

    Args:
        squad2: The question set that the LLM was asked.
    """
    rows = {row["id"]: row for row in _json_lines(squad2 / "questions.jsonl")}
    passages: dict[str, list[str]] = {}
    for row in rows.values():
        text = (squad2 / "corpus" / row["document"]).read_text(encoding="utf-8")[slice(*row["passage"])]
        of_document = passages.setdefault(row["document"], [])
        if text not in of_document:
            of_document.append(text)
        row["text"] = text
    for one in _json_lines(ANSWERS_FILE):
        if "is_said" not in one:
            continue
        row = rows[one["id"]]
        about = partial(LabelledClaim, "local LLM", language="en", claim=one["answer"], question=row["question"])
        yield about(kind="true" if one["is_said"] else "not said", texts=(row["text"],), is_true=one["is_said"])
        others = [text for text in passages[row["document"]] if text != row["text"]]
        words = set(one["answer"].casefold().split())
        nearest = max(others, key=lambda text: len(words & set(text.casefold().split())), default="")
        yield about(kind="another passage", texts=(nearest,), is_true=False)


def key_of(one: LabelledClaim) -> str:
    """Return what tells a claim about these texts from all others."""
    return hashlib.sha256("\0".join((*one.texts, one.claim)).encode()).hexdigest()[:16]


class ClaimReader:
    """Compares claims with their texts as answering does, without retrieval."""

    def __init__(self, encoder: Encoder, judge: Judge) -> None:
        self._encoder = encoder
        self._judge = judge
        self._contexts: dict[tuple[str, ...], tuple[AnalysedContext, list[object]]] = {}

    def read(self, one: LabelledClaim) -> Evidence | None:
        """Return what the judge and the facts say; None if the claim or the texts have no words."""
        context, vectors = self._context(one.texts, one.language)
        query = self._encoder.encode_query(one.claim)
        cosines = [tuple((of_hit @ query).tolist()) for of_hit in vectors]  # type: ignore[operator]  # arrays
        match = ClaimMatch(analyse_claim(one.claim, one.question, stem), context, cosines)
        if not match.claim.content or not match.sentences:
            return None
        return judge_claim(match, context, self._judge)

    def _context(self, texts: tuple[str, ...], language: str) -> tuple[AnalysedContext, list[object]]:
        if texts not in self._contexts:
            hits = [hit for number, text in enumerate(texts) for hit in hits_of(number, text, language)]
            parts = [[hit.passage.text_of(span) for span in hit.passage.sentences] for hit in hits]
            vectors: list[object] = [self._encoder.encode_texts(part) for part in parts]
            self._contexts[texts] = analyse_context(hits, [""] * len(hits), stem), vectors
        return self._contexts[texts]


def hits_of(number: int, text: str, language: str) -> Iterator[Hit]:
    """Yield the passages of a text as hits, in order."""
    media_type, parsed = read_file(text.encode(), f"{number}.md", Limits())
    document = Document(
        id=f"{number:016}",
        uri=f"{number}.md",
        sha256="0" * 64,
        media_type=media_type,
        title="",
        language=language,
        text=parsed.text,
        blocks=parsed.blocks,
    )
    passages = chunk_document(document, partial(split_sentences, language=language), count_tokens)
    for rank, passage in enumerate(passages, start=1):
        yield Hit(passage, 1.0, rank, "fused", (0.0,) * len(passage.sentences))


def _json_lines(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_text(encoding="utf-8").splitlines())
