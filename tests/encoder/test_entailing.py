"""Models that tell whether a text entails a statement: small ones made here, loaded as a real one would be."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoConfig, AutoModelForSequenceClassification

from rag.encoders.entailment import open_entailment
from rag.errors import ModelCorrupt
from rag.model_files.folders import check_entailment

TEXT, STATEMENT = "The ferry leaves at seven.", "It leaves at seven."


def make_model(small_reranker: Path, folder: Path, labels: list[str]) -> Path:
    shutil.copytree(small_reranker, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(9)
    AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
    return folder


def test_the_share_of_entailment_among_three_labels_is_told(small_reranker: Path, tmp_path: Path) -> None:
    folder = make_model(small_reranker, tmp_path / "nli", ["contradiction", "Entailment", "neutral"])
    check_entailment(folder)

    told = open_entailment(folder, "cpu")(TEXT, STATEMENT)

    numbers = torch.tensor(CrossEncoder(str(folder), device="cpu").predict([(TEXT, STATEMENT)])[0])
    assert told == pytest.approx(float(torch.softmax(numbers, 0)[1]), abs=1e-4)


def test_a_single_label_is_taken_for_groundedness(small_reranker: Path) -> None:
    check_entailment(small_reranker)

    told = open_entailment(small_reranker, "cpu")(TEXT, STATEMENT)

    bare = CrossEncoder(str(small_reranker), device="cpu", activation_fn=torch.nn.Identity())
    number = torch.tensor(bare.predict([(TEXT, STATEMENT)])[0])
    assert told == pytest.approx(float(torch.sigmoid(number)), abs=1e-4)
    assert told != pytest.approx(float(torch.sigmoid(torch.sigmoid(number))), abs=1e-4)


def test_a_classifier_of_something_else_is_refused_by_its_labels(small_reranker: Path, tmp_path: Path) -> None:
    folder = make_model(small_reranker, tmp_path / "mood", ["good", "bad", "so so"])

    with pytest.raises(ModelCorrupt, match="good, bad, so so, expected one of them to be entailment; set RAG_ENTAIL"):
        check_entailment(folder)
