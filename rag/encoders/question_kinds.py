"""Tell what kind of question a user asks: a fact, a list, a summary and so on.

A logistic model reads the question's vector, its common words in order, and its length. All other
words count as one, so a question about ferries looks like one about taxes. `training/kinds.py` fits
the model to the labelled questions in `evals/kinds`, once for each built-in encoder. For other
encoders, a third model does without the vector.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from rag.text.questions import QUESTION_KINDS, QuestionKind
from rag.types import FloatArray

KINDS_FOLDER = Path(__file__).with_name("question_kinds")
VECTORLESS = "no-vector"
# A kind below this probability is not gathered for in a way of its own.
MIN_PROBABILITY = 0.4
# The model without a vector is often sure and wrong.
_MIN_PROBABILITY_OF_WORDS = 0.7
DEFAULT_KIND: QuestionKind = "fact"
_N_HASHED = 4096
_LONGEST_NGRAM = 4
_WORD = re.compile(r"[^\W_]+|[?？؟]")
_SENTENCE_END = re.compile(r"[.!?？؟。](?:\s|$)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WEIGHT_OF_WORDS, _WEIGHT_OF_FORM = 1.5, 0.3


@dataclass(frozen=True, slots=True)
class KindModel:
    """One fitted model.

    Attributes:
        common: Words that count as themselves, lower case.
        centre: float32, shape (dimensions,): the mean vector of the questions fitted on.
        weights: float32, shape (kinds, features), in the order of QUESTION_KINDS.
        bias: float32, shape (kinds,).
    """

    common: frozenset[str]
    centre: FloatArray
    weights: FloatArray
    bias: FloatArray

    def probabilities(self, question: str, vector: FloatArray | None) -> FloatArray:
        """Return the probability of each kind, in the order of QUESTION_KINDS.

        Args:
            vector: Shape (dimensions,), unit length; None if the model does without.
        """
        parts = [] if vector is None else [centred(vector, self.centre)]
        features = np.concatenate([*parts, features_of(question, self.common)])
        logits = self.weights @ features + self.bias
        shares: FloatArray = np.exp(logits - np.logaddexp.reduce(logits))
        return shares

    def classify(self, question: str, vector: FloatArray | None) -> QuestionKind:
        """Return the likeliest kind; `DEFAULT_KIND` if none is likely enough."""
        shares = self.probabilities(question, vector)
        best = int(shares.argmax())
        least = _MIN_PROBABILITY_OF_WORDS if vector is None else MIN_PROBABILITY
        return QUESTION_KINDS[best] if shares[best] >= least else DEFAULT_KIND


class KindClassifier:
    """Classifies questions for one encoder."""

    def __init__(self, encoder: str) -> None:
        """Load the model of an encoder, by its name or that of its folder or hub repository."""
        name = encoder.rstrip("/").rpartition("/")[2]
        self._reads_vector = _file_of(name).exists()
        self._model = load_kind_model(_file_of(name if self._reads_vector else VECTORLESS))

    def classify(self, question: str, vector: FloatArray) -> QuestionKind:
        """Return the kind of a question; `vector` is that of the encoder."""
        return self._model.classify(question, vector if self._reads_vector else None)


def _file_of(name: str) -> Path:
    return KINDS_FOLDER / f"{name}.npz"


@lru_cache(maxsize=4)
def load_kind_model(path: Path) -> KindModel:
    """Read a model that `training/kinds.py` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        common = frozenset(str(arrays["common"]).split())
        return KindModel(common, *(arrays[name].astype(np.float32) for name in ("centre", "weights", "bias")))


def centred(vector: FloatArray, centre: FloatArray) -> FloatArray:
    """Return a vector's direction from the centre, at unit length."""
    moved = vector - centre
    unit: FloatArray = moved / max(float(np.linalg.norm(moved)), 1e-9)
    return unit


def features_of(question: str, common: frozenset[str]) -> FloatArray:
    """Return the features of a question's words and form; float32, shape (4096 + 9,)."""
    hashed = np.zeros(_N_HASHED, dtype=np.float32)
    for ngram in set(_ngrams(question, common)):
        hashed[zlib.crc32(ngram.encode("utf-8", "surrogatepass")) % _N_HASHED] += 1
    hashed *= _WEIGHT_OF_WORDS / max(float(np.linalg.norm(hashed)), 1e-9)
    return np.concatenate([hashed, np.array(_form(question), dtype=np.float32) * _WEIGHT_OF_FORM])


def words_of(question: str) -> list[str]:
    """Return the words and question marks of a question in lower case."""
    return _WORD.findall(question.casefold())


def _ngrams(question: str, common: frozenset[str]) -> Iterator[str]:
    masked = ["^"]
    for word in words_of(question):
        shown = word if word in common else "_"
        if shown != "_" or masked[-1] != "_":
            masked.append(shown)
    masked.append("$")
    for n in range(1, _LONGEST_NGRAM + 1):
        for start in range(len(masked) - n + 1):
            yield " ".join(masked[start : start + n])


def _form(question: str) -> tuple[float, ...]:
    n_words = len(question.split())
    n_asked = sum(question.count(mark) for mark in "?？؟")
    return (
        *(float(n_words <= most) for most in (1, 3, 5, 8, 15)),
        float(question.rstrip().endswith(("?", "？", "؟"))),
        float(n_asked > 1),
        float(len(_SENTENCE_END.findall(question)) > 1),
        float(bool(_YEAR.search(question))),
    )
