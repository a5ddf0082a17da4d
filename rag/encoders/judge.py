"""The built-in judge: a small cross-encoder in 8 bits on ONNX Runtime.

`training/` makes its file; the model card beside the file has its figures. Each pair is judged
alone, because in a batch the quantised model takes the range of its numbers from all pairs.
"""

from functools import cache, cached_property
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
    """A judge that is loaded when it is first asked: without an LLM nothing asks it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reads(self, language: str) -> bool:
        """Tell whether its judgements in a language can be trusted."""
        return language in _LANGUAGES

    def judge_statement(self, text: str, statement: str) -> Judgement:
        """Return how likely the text says the statement; both are cut at the model's limit.

        Raises:
            ModelCorrupt: The judge's files are missing or damaged.
        """
        logits = self._run("says", text, statement)
        shares = np.exp(logits - np.logaddexp.reduce(logits))
        return Judgement(*(float(share) for share in shares))

    def judge_answer(self, text: str, question: str) -> float:
        """Return the probability, 0 to 1, that the text answers the question.

        Raises:
            ModelCorrupt: The judge's files are missing or damaged.
        """
        return float(1 / (1 + np.exp(-self._run("answers", text, question)[0])))

    @cached_property
    def _model(self) -> tuple[onnxruntime.InferenceSession, Tokenizer]:
        try:
            session = open_session(self._folder / _MODEL_FILE, n_threads=_N_THREADS)
            return session, Tokenizer.from_file(str(self._folder / _TOKENIZER_FILE))
        except Exception as error:  # both libraries raise bare exceptions
            raise ModelCorrupt(
                f"the judge in {self._folder} cannot be loaded: {error}", next_step="reinstall the package"
            ) from error

    def _run(self, head: str, text: str, other: str) -> FloatArray:
        session, tokenizer = self._model
        (tokens,) = join_pairs(tokenizer, find_special_tokens(tokenizer), [text], [other])
        inputs = {"input_ids": [tokens.ids], "token_type_ids": [tokens.types]}
        arrays = {name: np.array(values, dtype=np.int64) for name, values in inputs.items()}
        logits: FloatArray = session.run([head], arrays)[0].reshape(-1)
        return logits


@cache
def open_judge(folder: Path = JUDGE_FOLDER) -> OnnxJudge:
    """Return the judge, one for each folder."""
    return OnnxJudge(folder)
