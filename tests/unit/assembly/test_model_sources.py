from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assembly.model_sources import (
    describe_hub_model,
    encoder_sha256,
    fetch_model,
    find_encoder,
    find_judge,
    find_reranker,
    hub_names,
)
from rag.assembly.settings import Settings
from rag.errors import ModelCorrupt, ModelMissing
from rag.model_files.builtin import ENCODER
from rag.model_files.download import Progress
from rag.model_files.folders import hash_folder
from tests.fake_hub import FakeHub, serve_hub
from tests.model_files import encoder_files, judge_files, reranker_files, write_files


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serve_hub() as serving:
        serving.offer("maker/encoder", encoder_files())
        serving.offer("maker/order", reranker_files())
        serving.offer("maker/judge", judge_files())
        yield serving


def ignore(_progress: Progress) -> None:
    pass


def test_the_built_in_encoder_is_the_default() -> None:
    assert find_encoder(Settings()).sha256 == encoder_sha256(Settings()) == ENCODER.sha256


def test_an_encoder_in_a_folder_is_found_there(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "model", encoder_files())

    assert find_encoder(Settings(encoder=str(folder))).folder == folder


def test_a_folder_beats_a_name_at_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "maker" / "encoder", encoder_files())
    monkeypatch.chdir(tmp_path)
    settings = Settings(encoder="maker/encoder", models_folder=tmp_path / "models")

    assert find_encoder(settings).folder == Path("maker/encoder")
    assert hub_names(settings) == ()


def test_a_name_at_a_hub_is_found_where_it_was_fetched(hub: FakeHub, tmp_path: Path) -> None:
    settings = Settings(encoder="maker/encoder", reranker="maker/order", judge="maker/judge", models_folder=tmp_path)
    for name in hub_names(settings):
        fetch_model(settings, name, hub.endpoint, ignore)

    assert find_encoder(settings).folder == tmp_path / "hub" / "maker--encoder"
    assert find_reranker(settings) == tmp_path / "hub" / "maker--order"
    judge = find_judge(settings)
    assert judge is not None
    assert judge.folder == tmp_path / "hub" / "maker--judge"
    assert judge.sha256 == hash_folder(judge.folder)


@pytest.mark.parametrize("name", ["maker/encoder", "maker/order"])
def test_a_fetched_model_of_the_wrong_kind_is_refused(hub: FakeHub, tmp_path: Path, name: str) -> None:
    swapped = Settings(encoder="maker/order", reranker="maker/encoder", models_folder=tmp_path)
    fetch_model(swapped, name, hub.endpoint, ignore)

    with pytest.raises(ModelCorrupt, match=r"is no (sentence|cross-)"):
        find_encoder(swapped) if name == "maker/order" else find_reranker(swapped)


@pytest.mark.parametrize("name", ["mini", "models/of/mine", "/nowhere/model", "./model", "a/../b"])
def test_what_is_neither_folder_nor_hub_name_is_told_with_the_setting(name: str) -> None:
    with pytest.raises(
        ModelMissing,
        match=r"^encoder '.*' is neither 'all-.*' nor 'multi.*', nor a folder.*set RAG_ENCODER$",
    ):
        find_encoder(Settings(encoder=name))
    with pytest.raises(ModelMissing, match=r"^reranker '.*' is neither a folder nor a name.*; set RAG_RERANKER$"):
        find_reranker(Settings(reranker=name))
    with pytest.raises(ModelMissing, match=r"^judge '.*' is neither a folder nor a name.*; set RAG_JUDGE$"):
        find_judge(Settings(judge=name))


def test_by_default_there_is_no_reranker_or_other_judge_and_nothing_to_fetch() -> None:
    assert find_reranker(Settings()) is None
    assert find_judge(Settings()) is None
    assert hub_names(Settings()) == ()


def test_the_list_tells_whether_a_model_of_a_hub_is_here(hub: FakeHub, tmp_path: Path) -> None:
    settings = Settings(encoder="maker/encoder", models_folder=tmp_path)

    before = describe_hub_model(settings, "maker/encoder")
    after = fetch_model(settings, "maker/encoder", hub.endpoint, ignore)
    (tmp_path / "hub" / "maker--encoder" / "config.json").write_text("{}")
    spoilt = describe_hub_model(settings, "maker/encoder")

    assert (before.state, before.path, before.size_bytes) == ("missing", None, 0)
    assert (after.state, after.path) == ("verified", tmp_path / "hub" / "maker--encoder")
    assert after.size_bytes == sum(len(content) for content in encoder_files().values())
    assert spoilt.state == "corrupt"
