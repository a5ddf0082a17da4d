"""Other models than the built-in ones, by the settings that name them."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.assembly.open_index import open_encoder, open_retriever, recipe_of
from rag.assembly.settings import Settings
from rag.encoders.onnx import OnnxEncoder
from rag.encoders.reference import ReferenceEncoder
from rag.errors import IndexStale, ModelCorrupt, SettingsInvalid
from tests.encoder.conftest import make_small_encoder
from tests.fake_hub import FIRST_COMMIT, serve_hub
from tests.running import run_rag

DOCUMENT = "The ferry Aurora leaves Northport at seven. Dogs are welcome on board. A bicycle costs six euros."


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def make_documents(folder: Path) -> Path:
    folder.mkdir()
    (folder / "ferry.txt").write_text(DOCUMENT)
    return folder


def settings_for(tmp_path: Path, **more: object) -> Settings:
    return Settings(index_folder=tmp_path / "index", models_folder=tmp_path / "models", llm="extractive", **more)


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    named = {"RAG_RERANKER": settings.reranker} if settings.reranker else {}
    return {
        "RAG_INDEX_FOLDER": str(settings.index_folder),
        "RAG_MODELS_FOLDER": str(settings.models_folder),
        "RAG_ENCODER": settings.encoder,
        "RAG_LLM": "extractive",
        **named,
        **more,
    }


def test_models_named_at_a_hub_are_fetched_once_and_then_work_offline(
    small_model: Path, small_reranker: Path, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, encoder="maker/small", reranker="maker/order")
    docs = make_documents(tmp_path / "docs")
    with serve_hub() as hub:
        hub.offer("maker/small", files_of(small_model))
        hub.offer("maker/order", files_of(small_reranker))
        online = environment_of(settings, HF_ENDPOINT=hub.endpoint)
        pulled = run_rag("models", "pull", "--json", **online)
        hub.requests.clear()
        indexed = run_rag("index", str(docs), **online)
        searched = run_rag("search", "ferry", "--json", **online)
        asked_after_pull = list(hub.requests)
    offline = run_rag("search", "ferry", "--json", **environment_of(settings, HF_HUB_OFFLINE="1"))

    assert (pulled.returncode, indexed.returncode, searched.returncode) == (0, 0, 0), pulled.stderr + searched.stderr
    assert [(model["name"], model["state"]) for model in json.loads(pulled.stdout)] == [
        ("maker/small", "verified"),
        ("maker/order", "verified"),
    ]
    assert asked_after_pull == []
    assert searched.stderr == ""
    assert json.loads(searched.stdout)["hits"] == json.loads(offline.stdout)["hits"]
    assert json.loads(searched.stdout)["hits"][0]["text"].startswith("The ferry Aurora")
    assert json.loads((tmp_path / "models" / "hub" / "maker--small.json").read_text())["commit"] == FIRST_COMMIT


def test_the_first_index_fetches_the_encoder_and_a_search_before_it_says_what_to_run(
    small_model: Path, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, encoder="maker/small")
    docs = make_documents(tmp_path / "docs")
    with serve_hub() as hub:
        hub.offer("maker/small", files_of(small_model))
        environment = environment_of(settings, HF_ENDPOINT=hub.endpoint)
        indexed = run_rag("index", str(docs), **environment)
        shutil.rmtree(settings.models_folder)
        searched = run_rag("search", "ferry", **environment)

    assert indexed.returncode == 0, indexed.stderr
    assert searched.returncode == 1
    assert searched.stderr.endswith("hub; correct the name, or run `rag models pull` to download it from a hub\n")


def test_an_index_of_another_encoder_is_refused_by_the_settings(small_model: Path, tmp_path: Path) -> None:
    wider = make_small_encoder(tmp_path / "wider", "cls", n_dimensions=48)
    settings = settings_for(tmp_path, encoder=str(small_model))
    run_rag("index", str(make_documents(tmp_path / "docs")), **environment_of(settings))

    with pytest.raises(
        IndexStale, match=r"was built with encoder '.*' \(\w+\), settings ask for '.*' \(\w+\); run `rag index FOLDER`"
    ):
        open_retriever(settings_for(tmp_path, encoder=str(wider)))

    assert open_retriever(settings).search("ferry", k=1)[0].passage.text == DOCUMENT


def test_the_same_folder_with_another_prefix_is_another_encoder(small_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_model, tmp_path / "model")
    before = recipe_of(settings_for(tmp_path, encoder=str(folder)))
    told = json.loads((folder / "config_sentence_transformers.json").read_text())
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told | {"prompts": {"query": "find: "}}))

    after = recipe_of(settings_for(tmp_path, encoder=str(folder)))

    assert before.encoder_sha256 != after.encoder_sha256


def test_the_exported_encoder_and_the_model_itself_may_be_mixed(small_model: Path, tmp_path: Path) -> None:
    served = open_encoder(settings_for(tmp_path, encoder=str(small_model)))
    itself = ReferenceEncoder(small_model)

    texts = DOCUMENT.split(". ")

    assert isinstance(served, OnnxEncoder)
    assert np.sum(served.encode_texts(texts) * itself.encode_texts(texts), 1).min() > 0.97


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is such a device here")
def test_a_device_that_is_not_there_is_refused_before_a_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsInvalid, match=r"device is 'cuda', but torch .* finds none here; set RAG_DEVICE=cpu, or"
    ):
        open_encoder(settings_for(tmp_path, device="cuda"))

    assert not list(tmp_path.rglob("*.export"))


def test_code_in_a_folder_is_never_run(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(small_model, tmp_path / "model")
    trap = tmp_path / "trap"
    (folder / "trap_module.py").write_text(f"open({str(trap)!r}, 'w').close()\nclass Pooling: pass\n")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "trap_module.Pooling"
    (folder / "modules.json").write_text(json.dumps(modules))
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])

    with pytest.raises(ModelCorrupt, match="holds code"):
        open_encoder(settings_for(tmp_path, encoder=str(folder)))
    with pytest.raises(ModelCorrupt, match="cannot be loaded"):
        ReferenceEncoder(folder)

    assert not trap.exists()


def test_a_gated_encoder_ends_the_pull_with_one_line(tmp_path: Path, small_model: Path) -> None:
    settings = settings_for(tmp_path, encoder="maker/small")
    with serve_hub() as hub:
        hub.offer("maker/small", files_of(small_model))
        hub.gated.add("maker/small")
        done = run_rag("models", "pull", **environment_of(settings, HF_ENDPOINT=hub.endpoint, HF_TOKEN=""))

    assert done.returncode == 1
    assert done.stderr.startswith("rag: the model maker/small is gated")
    assert done.stderr.count("\n") == 1
