"""Look for the parts of a question that an answer does not speak of.

Goes in: what was found for the question, and the citations that were told. Comes out: the parts that are left, each
with the best sentence that the documents have for it. What an LLM wrote does not count: it may repeat the question's
words before something else. Nothing here writes or decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.question.parts import split_question
from rag.answering.question.rewriting import Rewriter
from rag.retrieval.evidence_finder import EvidenceFinder, FoundEvidence
from rag.text.words import Stem, coverage, split_words, stems_of
from rag.types import Citation, Evidence, Turn

# Of the content words of a part of the question, what stands in the words that answer it or above them.
_SHARE_OF_PART = 0.5


@dataclass(frozen=True, slots=True)
class UnansweredPart:
    """A part of a question of which nothing was told.

    Attributes:
        best: The best sentence for it; None where there is none.
        confidence: That its best passage answers it, 0 to 1.
    """

    text: str
    best: Evidence | None
    confidence: float


class UnansweredParts:
    """Finds what is left of a question."""

    def __init__(self, finder: EvidenceFinder, rewriter: Rewriter, stem: Stem, min_odds: float) -> None:
        """Take the collaborators.

        Args:
            min_odds: A part is answered where a sentence is cited whose odds against the part's best are at least this.
        """
        self._finder = finder
        self._rewriter = rewriter
        self._stem = stem
        self._min_odds = min_odds

    def find(self, found: FoundEvidence, cited: Sequence[Citation]) -> list[UnansweredPart]:
        """Return the parts that are left, in their order; none where the question asks one thing."""
        parts = split_question(found.query)
        left = []
        for part in parts if len(parts) > 1 else ():
            # "And when does it leave?" leans on the first part.
            asked = part if part == parts[0] else self._rewriter.rewrite_by_rule(part, [Turn(parts[0], "")])
            for_part = self._finder.find(asked, top_k=found.top_k, filters=found.filters)
            best = [one for one in for_part.evidence if one.odds >= self._min_odds]
            is_answered = any(_is_cited(one, place) for one in best for place in cited)
            if not is_answered and not self._is_spoken_of(part, cited):
                left.append(UnansweredPart(part, best[0] if best else None, for_part.confidence))
        return left

    def _is_spoken_of(self, part: str, cited: Sequence[Citation]) -> bool:
        content = [word.stem for word in split_words(part, self._stem) if word.is_content]
        texts = [text for one in cited for text in (one.title, *one.headings, one.quote)]
        said = stems_of(split_words("\n".join(texts), self._stem))
        return bool(content) and coverage(content, said) >= _SHARE_OF_PART


def _is_cited(evidence: Evidence, citation: Citation) -> bool:
    """Tell whether a citation holds a sentence, or a part of it."""
    sentence = evidence.sentence
    overlaps = sentence.start < citation.end and citation.start < sentence.end
    return evidence.hit.passage.document_id == citation.document_id and overlaps
