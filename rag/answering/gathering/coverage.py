"""Order evidence so that the first sentences cover all that a question asks. Pure."""

from collections import Counter
from collections.abc import Sequence

from rag.text.words import Stem, content_stems, split_words
from rag.types import Evidence

# How many sentences are chosen for what they add; the others follow in their order.
_N_CHOSEN = 4
# Sentences below these odds against the best one are not worth what they add.
_MIN_ODDS = 1e-4


def cover_question(question: str, evidence: Sequence[Evidence], stem: Stem) -> list[Evidence]:
    """Return the evidence reordered: the best, then those with words of the question still open.

    A comparison and several questions in one have their answers in several places, and the
    sentences most like the whole question may all be about one side. A word weighs less if many
    sentences hold it. Ties keep the order given.
    """
    asked = content_stems(split_words(question, stem))
    stems = [
        asked & content_stems(split_words("\n".join((*one.hit.passage.headings, one.text)), stem)) for one in evidence
    ]
    n_with = Counter(word for held in stems for word in held)
    first = list(range(len(evidence)))[:1]
    covered = set().union(*(stems[i] for i in first))
    while len(first) < min(_N_CHOSEN, len(evidence)):
        rest = [i for i, one in enumerate(evidence) if i not in first and one.odds >= _MIN_ODDS]
        gains = {i: sum(1 / n_with[word] for word in stems[i] - covered) for i in rest}
        best = max(rest, key=lambda i: (gains[i], -i), default=None)
        if best is None or not gains[best]:
            break
        first.append(best)
        covered |= stems[best]
    return [evidence[i] for i in [*first, *(i for i in range(len(evidence)) if i not in first)]]
