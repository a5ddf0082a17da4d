"""The built-in judge: a small cross-encoder in 8 bits on ONNX Runtime.

`training/` makes its file; the model card beside the file has its figures. Each pair is judged
alone, because in a batch the quantised model takes the range of its numbers from all pairs.
"""

from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rag.encoders.onnx import open_session
from rag.encoders.pair_tokens import find_special_tokens, join_pairs
from rag.errors import ModelCorrupt
from rag.text.tools import Judgement
from rag.types import FloatArray

JUDGE_FOLDER = Path(__file__).with_name("judge_model")
_MODEL_FILE, _TOKENIZER_FILE = "judge.onnx", "tokenizer.json"
_N_THREADS = 2
# In other languages it passes too many false sentences (docs/experiments.md).
_LANGUAGES = frozenset({"en"})


class OnnxJudge:
    """A judge in memory."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._special = find_special_tokens(tokenizer)

    def reads(self, language: str) -> bool:
        """Tell whether its judgements in a language can be trusted."""
        return language in _LANGUAGES

    def judge_statement(self, text: str, statement: str) -> Judgement:
        """Return how likely the text says the statement; both are cut at the model's limit."""
        logits = self._run("says", text, statement)
        shares = np.exp(logits - np.logaddexp.reduce(logits))
        return Judgement(*(float(share) for share in shares))

    def judge_answer(self, text: str, question: str) -> float:
        """Return the probability, 0 to 1, that the text answers the question."""
        return float(1 / (1 + np.exp(-self._run("answers", text, question)[0])))

    def _run(self, head: str, text: str, other: str) -> FloatArray:
        (tokens,) = join_pairs(self._tokenizer, self._special, [text], [other])
        inputs = {"input_ids": [tokens.ids], "token_type_ids": [tokens.types]}
        arrays = {name: np.array(values, dtype=np.int64) for name, values in inputs.items()}
        logits: FloatArray = self._session.run([head], arrays)[0].reshape(-1)
        return logits


@cache
def open_judge(folder: Path = JUDGE_FOLDER) -> OnnxJudge:
    """Load the judge, once for each folder.

    Raises:
        ModelCorrupt: Its files are missing or damaged.
    """
    try:
        session = open_session(folder / _MODEL_FILE, n_threads=_N_THREADS)
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER_FILE))
    except Exception as error:  # both libraries raise bare exceptions
        raise ModelCorrupt(
            f"the judge in {folder} cannot be loaded: {error}", next_step="reinstall the package"
        ) from error
    return OnnxJudge(session, tokenizer)
