"""Find the parts of a question that an answer leaves open.

Goes in: the evidence found for the question, and the citations of the answer. Comes out: the open
parts, each with its best evidence. Generated words do not count: an LLM may repeat the question's
words and answer something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.question.parts import split_question
from rag.answering.question.rewriting import Rewriter
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.text.words import Stem, coverage, split_words, stems_of
from rag.types import Citation, Evidence, Span, Turn

# A part is answered if its citations and their headings hold this share of its content words.
_SHARE_OF_PART = 0.5


@dataclass(frozen=True, slots=True)
class UnansweredPart:
    """A part of a question that the answer leaves open.

    Attributes:
        found: What was found for the part.
        best: The best evidence for the part; None if there is none.
    """

    text: str
    found: FoundEvidence
    best: Evidence | None


class UnansweredParts:
    """Finds the open parts of questions."""

    def __init__(self, finder: EvidenceFinder, rewriter: Rewriter, stem: Stem, min_odds: float) -> None:
        """Take the collaborators.

        Args:
            min_odds: A part is answered if the answer cites a sentence with at least these odds
                against the best sentence of the part.
        """
        self._finder = finder
        self._rewriter = rewriter
        self._stem = stem
        self._min_odds = min_odds

    def find(self, found: FoundEvidence, cited: Sequence[Citation]) -> list[UnansweredPart]:
        """Return the open parts in order; none if the question asks one thing."""
        parts = split_question(found.query)
        open_parts = []
        for part in parts if len(parts) > 1 else ():
            # "And when does it leave?" refers to the first part.
            query = part if part == parts[0] else self._rewriter.rewrite_by_rule(part, [Turn(parts[0], "")])
            for_part = self._finder.find(query, top_k=found.top_k, filters=found.filters)
            best = [one for one in for_part.evidence if one.odds >= self._min_odds]
            is_answered = any(_is_cited(one, place) for one in best for place in cited)
            if not is_answered and not self._is_covered(part, cited):
                open_parts.append(UnansweredPart(part, for_part, best[0] if best else None))
        return open_parts

    def _is_covered(self, part: str, cited: Sequence[Citation]) -> bool:
        content = [word.stem for word in split_words(part, self._stem) if word.is_content]
        texts = [text for one in cited for text in (one.title, *one.headings, one.quote)]
        known = stems_of(split_words("\n".join(texts), self._stem))
        return bool(content) and coverage(content, known) >= _SHARE_OF_PART


def _is_cited(evidence: Evidence, citation: Citation) -> bool:
    """Return whether a citation holds the sentence or a part of it."""
    is_of_document = evidence.hit.passage.document_id == citation.document_id
    return is_of_document and evidence.sentence.overlaps(Span(citation.start, citation.end))
