"""Make a question set for `rag eval` of the answers that readers judged.

Goes in: kept questions with thumbs up or a corrected answer. Comes out: lines of questions.jsonl,
as evals/README.md describes them. An answer without kept words or without an indexed document gives
none.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.api.feedback.reading import ListedAnswer, list_conversation_before, list_judged
from rag.api.feedback.store import FeedbackStore
from rag.types import Outcome

if TYPE_CHECKING:
    from rag.retrieval.retriever import Retriever

FindDocument = Callable[[str], str | None]
"""Returns the uri of the document that is nearest to a text, if there is one."""

_ANSWERABLE: dict[Outcome, str] = {"answered": "yes", "partly": "partly", "possible": "yes", "declined": "no"}
_MAX_TURNS = 5
_MAX_SEARCHED_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class ExportedSet:
    """The lines of questions.jsonl.

    Attributes:
        n_left_out: Judged answers that give no line.
    """

    lines: tuple[str, ...]
    n_left_out: int

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def export_judged(store: FeedbackStore, uris: Collection[str], find_document: FindDocument) -> ExportedSet:
    """Return the judged questions, the oldest first.

    Args:
        uris: The indexed documents.
        find_document: Finds the document of a corrected answer, whose reader named none.
    """
    judged = list_judged(store)
    lines = []
    for one in judged:
        line = _line_of(one, uris, find_document)
        if line is not None:
            history = _history(list_conversation_before(store, one.number, _MAX_TURNS))
            lines.append(json.dumps({**line, "history": history}, ensure_ascii=False))
    return ExportedSet(tuple(lines), len(judged) - len(lines))


def nearest_document(retriever: "Retriever") -> FindDocument:
    """Return what searches an index for the document of a text."""

    def find_document(text: str) -> str | None:
        hits = retriever.search(text[:_MAX_SEARCHED_CHARACTERS], k=1)
        return retriever.entry(hits[0].passage.document_id).uri if hits else None

    return find_document


def _line_of(one: ListedAnswer, uris: Collection[str], find_document: FindDocument) -> dict[str, object] | None:
    if one.question is None or one.answer is None:
        return None
    body = json.loads(one.answer)
    cited = list(dict.fromkeys(citation["uri"] for citation in body["citations"] if citation["uri"] in uris))
    if one.corrected_answer:
        found = find_document(one.corrected_answer)
        answerable, reference, documents = "yes", one.corrected_answer, [found] if found else cited
    else:
        said = " ".join(sentence["text"] for sentence in body["sentences"])
        answerable, reference, documents = _ANSWERABLE[one.outcome], said or body["answer"], cited
    if (answerable != "no" and not documents) or not reference.strip():
        return None
    return {
        "id": one.id,
        "question": one.question,
        "answerable": answerable,
        "kinds": [one.kind] if one.kind else [],
        "documents": documents if answerable != "no" else [],
        "reference": reference,
    }


def _history(earlier: list[ListedAnswer]) -> list[dict[str, str]]:
    """Return the turns before a question, the oldest first."""
    turns = []
    for one in earlier:
        body = json.loads(one.answer or "{}")
        said = "" if body["abstained"] else " ".join(sentence["text"] for sentence in body["sentences"])
        turns.append({"question": body["query"], "answer": said})
    return turns
