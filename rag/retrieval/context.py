"""Choose what the LLM reads: the sentences around the evidence, within a budget of tokens.

Goes in: one piece of evidence and one label for each hit. Comes out: the context. Each packed
passage is a run of the original passage's sentences, unchanged.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.text.tools import CountTokens
from rag.types import Context, Evidence, FileEntry, Hit

_MAX_LABEL_CHARACTERS = 160
_N_SHARES = 3


def pack_context(
    evidence: Sequence[Evidence], labels: Sequence[str], count_tokens: CountTokens, max_tokens: int
) -> Context:
    """Return the passages that fit into the budget, in the order given.

    A passage above its share of the budget is cut to the sentences around its evidence. A share is
    a third if there are three or more, so that the LLM reads three. The first passage is always
    packed. Of passages with the same text, only the first is.

    Args:
        evidence: One for each hit, most useful first.
        max_tokens: The budget for all passages and labels.
    """
    n_shares = min(_N_SHARES, max(1, len(evidence)))
    chosen: list[Hit] = []
    shown: list[str] = []
    n_tokens = 0
    for one, label in zip(evidence, labels, strict=True):
        n_label = count_tokens(label)
        room = max_tokens - n_tokens
        hit = window_around(one, count_tokens, min(room - n_label, max_tokens // n_shares))
        n_window = n_label + count_tokens(hit.passage.text)
        is_duplicate = any(hit.passage.text == other.passage.text for other in chosen)
        if is_duplicate or (chosen and n_tokens + n_window > max_tokens):
            continue
        chosen.append(hit)
        shown.append(label)
        n_tokens += n_window
    return Context(tuple(chosen), tuple(shown), n_tokens)


def label_of(hit: Hit, document: FileEntry) -> str:
    """Return where a passage stands, in one line: `Tides > High water (2026-03-01)`."""
    parts = dict.fromkeys(" ".join(part.split()) for part in (document.title, *hit.passage.headings))
    label = " > ".join(part for part in parts if part)[:_MAX_LABEL_CHARACTERS]
    return f"{label} ({document.date})" if document.date else label


def window_around(evidence: Evidence, count_tokens: CountTokens, max_tokens: int) -> Hit:
    """Return a hit cut to the sentences around its evidence that fit, at least the evidence itself.

    Sentences are added in turn after and before the evidence, after it first: explanations follow
    an answer more often than they precede it.
    """
    hit, sentences = evidence.hit, evidence.hit.passage.sentences
    if count_tokens(hit.passage.text) <= max_tokens:
        return hit
    first = sentences.index(evidence.sentence)
    end = first + 1
    is_growing = True
    while is_growing:
        is_growing = False
        for more_first, more_end in ((first, end + 1), (first - 1, end)):
            first_now, end_now = min(first, more_first), max(end, more_end)
            if first_now >= 0 and end_now <= len(sentences):
                wider = _cut(hit, first_now, end_now)
                if count_tokens(wider.passage.text) <= max_tokens:
                    first, end, is_growing = first_now, end_now, True
    return _cut(hit, first, end)


def _cut(hit: Hit, first: int, end: int) -> Hit:
    """Return a hit whose passage keeps only the sentences from `first` to before `end`."""
    passage = hit.passage
    sentences = passage.sentences[first:end]
    start, stop = sentences[0].start, sentences[-1].end
    text = passage.text[start - passage.start : stop - passage.start]
    return replace(
        hit,
        passage=replace(passage, start=start, end=stop, text=text, sentences=sentences),
        sentence_scores=hit.sentence_scores[first:end],
        best_sentence=hit.best_sentence if hit.best_sentence in sentences else None,
        first_sentence_row=hit.first_sentence_row + first,
    )
