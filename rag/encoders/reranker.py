"""Score how well texts answer a query with a cross-encoder, slower and better than vectors.

It scores as many of the first texts as the time allows. Opening a cross-encoder imports torch.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import ModelCorrupt

ScorePairs = Callable[[Sequence[tuple[str, str]]], Sequence[float]]

# Larger batches gain nothing on two cores. The first is always scored, however slow the model is.
_BATCH_SIZE = 2


class CrossEncoderReranker:
    """Scores within a time limit; the texts for which there is no time get no score."""

    def __init__(self, score_pairs: ScorePairs, budget_seconds: float, clock: Callable[[], float]) -> None:
        """Create a reranker.

        Args:
            score_pairs: Returns a number from 0 to 1 for each pair of a query and a text.
            budget_seconds: For one query; 0 scores nothing.
        """
        self._score_pairs = score_pairs
        self._budget_seconds = budget_seconds
        self._clock = clock
        # Tokenizers are not thread-safe, and two queries at once would only slow each other down.
        self._lock = threading.Lock()

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the scores of the first texts, as many as fit in the time, in their order.

        The first batch is always scored. The next one starts only if it should end in time, judged
        by the length and duration of those before. Waiting for another query counts as well.

        Args:
            texts: The likeliest first; cut at the model's limit.
        """
        began = self._clock()
        scores: list[float] = []
        if self._budget_seconds <= 0:
            return scores
        length_done, seconds_scoring = 0, 0.0
        for start in range(0, len(texts), _BATCH_SIZE):
            pairs = [(query, text) for text in texts[start : start + _BATCH_SIZE]]
            length = _padded_length(pairs)
            with self._lock:
                starts = self._clock()
                if scores and starts - began + seconds_scoring * length / length_done > self._budget_seconds:
                    break
                scores.extend(self._score_pairs(pairs))
                seconds_scoring += self._clock() - starts
            length_done += length
        return scores


def open_reranker(folder: Path, device: str, budget_seconds: float, clock: Callable[[], float]) -> CrossEncoderReranker:
    """Load a cross-encoder.

    Args:
        folder: Checked by `check_reranker`.

    Raises:
        SettingsInvalid: The device does not exist.
        ModelCorrupt: It cannot be loaded, or gives more than one score.
    """
    from rag.encoders.torch_loading import load_model  # isort: split

    import torch
    from sentence_transformers import CrossEncoder

    # A sigmoid of the raw number is from 0 to 1, whatever activation the model has.
    sigmoid = torch.nn.Sigmoid()
    model = load_model(lambda *place, **options: CrossEncoder(*place, **options, activation_fn=sigmoid), folder, device)
    if model.num_labels != 1:
        raise ModelCorrupt(
            f"{folder} has {model.num_labels} scores for a query and a text, expected one",
            next_step="set RAG_RERANKER to another model",
        )

    def score_pairs(pairs: Sequence[tuple[str, str]]) -> list[float]:
        scores = model.predict(list(pairs), batch_size=len(pairs), show_progress_bar=False)
        return [float(score) for score in scores]

    # The first run of a model is slow, so no query should pay for it.
    score_pairs([("Ready?", "Ready.")])
    return CrossEncoderReranker(score_pairs, budget_seconds, clock)


def _padded_length(pairs: Sequence[tuple[str, str]]) -> int:
    """Return the cost of a batch in characters: each pair is padded to the longest."""
    return len(pairs) * max(len(query) + len(text) + 1 for query, text in pairs)
