"""Score how well texts answer a query with a cross-encoder, which reads both together: slower than vectors, and better.

Goes in: a query and texts, the likeliest first. Comes out: a score for as many of the first as there is time for. torch
is imported when a cross-encoder is opened, not before.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import ModelCorrupt

ScorePairs = Callable[[Sequence[tuple[str, str]]], Sequence[float]]

# Larger ones gain nothing on two cores, and the first is always scored, however slow the model.
_BATCH_SIZE = 2


class CrossEncoderReranker:
    """Keeps to its time: what it cannot score in that is left unscored."""

    def __init__(self, score_pairs: ScorePairs, budget_seconds: float, clock: Callable[[], float]) -> None:
        """Take what scores pairs of a query and a text.

        Args:
            score_pairs: Gives one number from 0 to 1 a pair.
            budget_seconds: For one query; 0 scores nothing.
        """
        self._score_pairs = score_pairs
        self._budget_seconds = budget_seconds
        self._clock = clock
        # Tokenizers are not made for several threads, and two queries at once would only slow each other down.
        self._lock = threading.Lock()

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the scores of the first texts, as many as fit in the time, in their order.

        The first batch is always scored. A further one is begun if it should end in time, going by how long those
        before it took for their length. To wait for another query's turn counts as well.

        Args:
            texts: What the model cannot read of a long one is cut off.
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
        folder: Checked by `rag.model_files.folders`.

    Raises:
        SettingsInvalid: The device is not there.
        ModelCorrupt: It cannot be loaded, or gives no single score.
    """
    from rag.encoders.torch_loading import load_model  # isort: split

    import torch
    from sentence_transformers import CrossEncoder

    # Whatever a model makes of its number in the end, the number itself through a sigmoid is from 0 to 1.
    sigmoid = torch.nn.Sigmoid()
    model = load_model(lambda *place, **options: CrossEncoder(*place, **options, activation_fn=sigmoid), folder, device)
    if model.num_labels != 1:
        raise ModelCorrupt(
            f"{folder} gives {model.num_labels} scores for a query and a text, expected one",
            next_step="set RAG_RERANKER to another model",
        )

    def score_pairs(pairs: Sequence[tuple[str, str]]) -> list[float]:
        scores = model.predict(list(pairs), batch_size=len(pairs), show_progress_bar=False)
        return [float(score) for score in scores]

    # The first run of a model is slow, and no query's time should go into it.
    score_pairs([("Ready?", "Ready.")])
    return CrossEncoderReranker(score_pairs, budget_seconds, clock)


def _padded_length(pairs: Sequence[tuple[str, str]]) -> int:
    """Return what a batch costs, in characters: each pair is read as if it were as long as the longest."""
    return len(pairs) * max(len(query) + len(text) + 1 for query, text in pairs)
