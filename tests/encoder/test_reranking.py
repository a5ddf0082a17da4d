"""Cross-encoders: small ones made here, loaded as a real one would be."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from sentence_transformers import CrossEncoder

from rag.encoders.reranker import CrossEncoderReranker, open_reranker
from rag.errors import ModelCorrupt, SettingsInvalid
from rag.model_files.folders import check_reranker

QUERY = "When does the ferry leave?"
TEXTS = (
    "The ferry leaves at seven.",
    "Dogs are welcome on board.",
    "A bicycle costs six euros. " * 400,
    "",
    "Die Fähre fährt im Winter nur dienstags.",
)


def open_one(folder: Path, device: str = "cpu") -> CrossEncoderReranker:
    # No time passes, so every text is scored on a slow machine, too.
    return open_reranker(folder, device, 60, lambda: 0.0)


def test_scores_are_the_models_own_numbers_through_a_sigmoid(small_reranker: Path) -> None:
    scores = open_one(small_reranker).score(QUERY, TEXTS)

    numbers = CrossEncoder(str(small_reranker), device="cpu").predict([(QUERY, text) for text in TEXTS])
    assert numbers.max() > 1 or numbers.min() < 0, "the model itself gives the bare numbers"
    assert scores == pytest.approx(torch.sigmoid(torch.tensor(numbers)).tolist(), abs=1e-4)


def test_what_the_model_cannot_read_of_a_long_text_does_not_count(small_reranker: Path) -> None:
    reranker = open_one(small_reranker)

    first, second = reranker.score(QUERY, ["word " * 2000 + "seven", "word " * 2000 + "eight"])

    assert first == second


def test_texts_with_the_models_own_marks_are_only_texts(small_reranker: Path) -> None:
    scores = open_one(small_reranker).score(QUERY, ["[SEP] [CLS] yes", "😀 {0} %s\n"])

    assert len(scores) == 2
    assert all(0 <= score <= 1 for score in scores)


def test_queries_at_the_same_time_get_what_they_get_alone(small_reranker: Path) -> None:
    reranker = open_one(small_reranker)
    queries = [f"When does ferry {number} leave?" for number in range(16)]
    texts = TEXTS[:2]
    alone = [reranker.score(query, texts) for query in queries]

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda query: reranker.score(query, texts), queries))

    assert together == alone


def test_a_cross_encoder_saved_with_its_modules_is_checked_and_loaded(small_reranker: Path, tmp_path: Path) -> None:
    CrossEncoder(str(small_reranker), device="cpu").save(str(tmp_path / "saved"))

    check_reranker(tmp_path / "saved")

    again = open_one(tmp_path / "saved").score(QUERY, TEXTS)
    assert again == pytest.approx(open_one(small_reranker).score(QUERY, TEXTS), abs=1e-5)


def test_a_model_of_several_scores_is_refused_when_it_is_loaded_too(small_reranker: Path, tmp_path: Path) -> None:
    folder = tmp_path / "three"
    shutil.copytree(small_reranker, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((folder / "config.json").read_text()) | {"id2label": {"0": "a", "1": "b", "2": "c"}}
    (folder / "config.json").write_text(json.dumps(config | {"label2id": {"a": 0, "b": 1, "c": 2}}))
    from transformers import AutoConfig, AutoModelForSequenceClassification

    AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder)).save_pretrained(folder)

    with pytest.raises(ModelCorrupt, match=r"has 3 scores for a query and a text, expected one; set RAG_RERANKER"):
        open_one(folder)


def test_a_model_that_the_library_cannot_read_is_one_clear_error(small_reranker: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unknown"
    shutil.copytree(small_reranker, folder)
    config = json.loads((folder / "config.json").read_text()) | {"model_type": "no-such-model"}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(
        ModelCorrupt, match=rf"the model in {folder} cannot be loaded \(.*\); set another one"
    ) as caught:
        open_one(folder)

    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is such a device here")
def test_a_device_that_is_not_there_is_one_clear_error(small_reranker: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"device is 'cuda', but torch .* finds none here; set RAG_DEVICE=cpu"):
        open_one(small_reranker, "cuda")
