import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing
from rag.model_files.download import Progress
from rag.model_files.hub import fetch_snapshot, is_hub_name, locate_snapshot
from tests.fake_hub import FIRST_COMMIT, SECOND_COMMIT, FakeHub, serve_hub
from tests.model_files import encoder_files, make_weights

NAME = "maker/tiny"


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serve_hub() as serving:
        serving.offer(NAME, encoder_files())
        yield serving


def ignore(_progress: Progress) -> None:
    pass


def fail_if_reported(progress: Progress) -> None:
    pytest.fail(f"nothing should be fetched, but {progress} was reported")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("BAAI/bge-small-en-v1.5", True),
        ("intfloat/e5_base", True),
        ("all-MiniLM-L6-v2", False),
        ("models/mine/one", False),
        ("/models", False),
        ("./model", False),
        ("../model", False),
        ("a/..", False),
        ("a/b--c", False),
        ("a/b c", False),
        ("a/b\n", False),
        ("ä/b", False),
    ],
)
def test_a_hub_name_is_an_owner_a_slash_and_a_name(name: str, *, is_one: bool) -> None:
    assert is_hub_name(name) == is_one


def test_a_fetched_model_lies_in_its_folder_with_commit_and_hashes_beside_it(hub: FakeHub, tmp_path: Path) -> None:
    found = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    record = json.loads((tmp_path / "hub" / "maker--tiny.json").read_text())
    assert (found.folder, found.commit) == (tmp_path / "hub" / "maker--tiny", FIRST_COMMIT)
    assert {path: (found.folder / path).read_bytes() for path in encoder_files()} == encoder_files()
    assert record["commit"] == FIRST_COMMIT
    assert record["files"]["model.safetensors"]["sha256"] == hashlib.sha256(make_weights()).hexdigest()
    assert sorted(entry.name for entry in (tmp_path / "hub").iterdir()) == [
        "maker--tiny",
        "maker--tiny.json",
        "maker--tiny.lock",
    ]


def test_only_files_of_data_are_fetched(hub: FakeHub, tmp_path: Path) -> None:
    others = (
        "pytorch_model.bin",
        "modeling.py",
        "README.md",
        "onnx/config.json",
        "openvino/m.json",
        ".gitattributes.json",
        "../up.json",
    )
    hub.offer(NAME, encoder_files() | dict.fromkeys(others, b"no"))

    found = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    files = {file.relative_to(found.folder).as_posix() for file in found.folder.rglob("*") if file.is_file()}
    assert files == set(encoder_files())
    assert not (tmp_path / "hub" / "up.json").exists()


def test_a_model_that_is_here_is_found_without_asking(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    n_asked = len(hub.requests)

    again = fetch_snapshot(tmp_path, NAME, hub.endpoint, fail_if_reported)

    assert again == fetched == locate_snapshot(tmp_path, NAME)
    assert len(hub.requests) == n_asked


def test_a_model_stays_at_its_commit(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    hub.offer(NAME, encoder_files() | {"model.safetensors": make_weights(9)}, SECOND_COMMIT)
    shutil.rmtree(fetched.folder)

    again = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    assert again == fetched


def test_a_model_without_a_record_is_fetched_at_the_newest_commit(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    hub.offer(NAME, encoder_files() | {"model.safetensors": make_weights(9)}, SECOND_COMMIT)
    (tmp_path / "hub" / "maker--tiny.json").unlink()

    again = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    assert again.commit == SECOND_COMMIT
    assert again.sha256 != fetched.sha256


def test_a_fetch_that_broke_off_goes_on_where_it_was(hub: FakeHub, tmp_path: Path) -> None:
    whole = make_weights(1000)
    hub.offer(NAME, encoder_files() | {"model.safetensors": whole})

    def stop_at_weights(_progress: Progress) -> None:
        if hub.fetched[-1] == f"{FIRST_COMMIT}/model.safetensors":
            raise KeyboardInterrupt

    hub.breaks_after_bytes = 3000
    with pytest.raises(KeyboardInterrupt):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, stop_at_weights)
    hub.requests.clear()
    found = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    ranges = [request.partition("bytes=")[2] for request in hub.requests if request.startswith("GET /maker/tiny")]
    assert (found.folder / "model.safetensors").read_bytes() == whole
    assert ranges[0] == "3000-"
    assert hub.fetched[0] == f"{FIRST_COMMIT}/model.safetensors bytes=3000-"


def test_an_empty_file_is_fetched_too(hub: FakeHub, tmp_path: Path) -> None:
    hub.offer(NAME, encoder_files() | {"merges.txt": b""})

    found = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    assert (found.folder / "merges.txt").read_bytes() == b""


def test_progress_counts_all_files_together(hub: FakeHub, tmp_path: Path) -> None:
    reports: list[Progress] = []

    fetch_snapshot(tmp_path, NAME, hub.endpoint, reports.append)

    n_bytes = sum(len(content) for content in encoder_files().values())
    done = [progress.done_bytes for progress in reports]
    assert done == sorted(done)
    assert reports[-1] == Progress("downloading", "the model hub (maker/tiny)", n_bytes, n_bytes)


def test_weights_that_are_not_what_the_hub_announced_are_refused_and_deleted(hub: FakeHub, tmp_path: Path) -> None:
    hub.sends_instead["model.safetensors"] = bytes(len(make_weights()))

    with pytest.raises(ModelCorrupt, match=r"sent [\d,]+ bytes with sha256 \w+, the hub announced [\d,]+ with"):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    assert not list(tmp_path.rglob("model.safetensors"))
    with pytest.raises(ModelMissing):
        locate_snapshot(tmp_path, NAME)


@pytest.mark.parametrize("path", ["model.safetensors", "config.json"])
def test_a_file_that_was_changed_since_is_refused_and_fetched_again(hub: FakeHub, tmp_path: Path, path: str) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    (fetched.folder / path).write_bytes(b"changed")

    with pytest.raises(ModelCorrupt, match=rf"{path} has sha256 \w+, \w+ was downloaded; run `rag models pull`"):
        locate_snapshot(tmp_path, NAME)

    assert fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore) == fetched


def test_a_file_that_is_gone_is_noticed(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    (fetched.folder / "tokenizer.json").unlink()

    with pytest.raises(ModelCorrupt, match=r"tokenizer\.json cannot be read .*; run `rag models pull`"):
        locate_snapshot(tmp_path, NAME)


def test_a_copied_cache_is_hashed_once(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    weights = fetched.folder / "model.safetensors"
    os.utime(weights, ns=(1, 1))

    assert locate_snapshot(tmp_path, NAME) == fetched

    record = json.loads((tmp_path / "hub" / "maker--tiny.json").read_text())
    assert record["files"]["model.safetensors"]["mtime_ns"] == 1


@pytest.mark.parametrize("record", ["", "{", "[]", '{"name": "maker/tiny", "commit": "x", "files": {"a": 1}}'])
def test_a_broken_record_counts_as_none(hub: FakeHub, tmp_path: Path, record: str) -> None:
    fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)
    (tmp_path / "hub" / "maker--tiny.json").write_text(record)

    with pytest.raises(
        ModelMissing,
        match=r"no folder maker/tiny here, .* in .*hub; correct the name, or run `rag models pull`",
    ):
        locate_snapshot(tmp_path, NAME)


def test_a_model_that_is_nowhere_is_one_clear_error(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed) as caught:
        fetch_snapshot(tmp_path, "maker/none", hub.endpoint, ignore)

    assert str(caught.value) == (
        f"no folder here and no model at {hub.endpoint} is named 'maker/none'; set another one, or HF_TOKEN if it "
        "is private"
    )


def test_a_gated_model_names_the_page_with_its_terms(hub: FakeHub, tmp_path: Path) -> None:
    hub.gated.add(NAME)

    with pytest.raises(DownloadFailed, match=rf"is gated.*accept them at {hub.endpoint}/maker/tiny, set HF_TOKEN"):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)


def test_a_gated_model_is_fetched_with_a_token(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated.add(NAME)
    monkeypatch.setenv("HF_TOKEN", hub.token)

    assert fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore).commit == FIRST_COMMIT


def test_a_model_that_is_there_only_as_a_pickle_is_not_fetched(hub: FakeHub, tmp_path: Path) -> None:
    files = encoder_files()
    files["pytorch_model.bin"] = files.pop("model.safetensors")
    hub.commits.clear()
    hub.offer(NAME, files)

    with pytest.raises(DownloadFailed, match=r"no weights as safetensors, and a pickle.*not downloaded; set"):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)

    assert hub.fetched == []


def test_a_hub_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"http://127\.0\.0\.1:1 cannot be reached \(ConnectError\); run `rag mod"):
        fetch_snapshot(tmp_path, NAME, "http://127.0.0.1:1", ignore)


def test_a_hub_that_is_out_of_order_is_one_clear_error(hub: FakeHub, tmp_path: Path) -> None:
    hub.status = 503

    with pytest.raises(DownloadFailed, match=r"answered 503 when asked for maker/tiny; run `rag models pull` later"):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)


def test_something_else_than_a_hub_is_one_clear_error(hub: FakeHub, tmp_path: Path) -> None:
    hub.offer(NAME, {})

    with pytest.raises(
        DownloadFailed, match=r"does not answer as a model hub does when asked for maker/tiny.*correct HF_"
    ):
        fetch_snapshot(tmp_path, NAME, hub.endpoint, ignore)


def test_without_a_hub_to_ask_the_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"HF_HUB_OFFLINE forbids its download; unset that and run `rag mod"):
        fetch_snapshot(tmp_path, NAME, None, ignore)


def test_a_place_that_cannot_be_a_folder_is_one_clear_error(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DownloadFailed, match=r"maker--tiny could not be written: Not a directory"):
        fetch_snapshot(tmp_path / "file", NAME, hub.endpoint, ignore)
