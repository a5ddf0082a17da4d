import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from rag.errors import IndexBusy, IndexCorrupt, IndexMissing, IndexStale
from rag.index.versions import (
    IndexVersion,
    Manifest,
    Recipe,
    lock_index,
    read_manifest,
    read_version,
    write_version,
)

RECIPE = Recipe("mini", "ab" * 32, 1, 128, 32, 1)


def build(folder: Path, content: bytes = b"vectors") -> IndexVersion:
    def write(path: Path) -> None:
        path.write_bytes(content)

    manifest = Manifest(RECIPE, "/docs", "", "", 384, 1, 1, 2, "")
    return write_version(folder, manifest, {"passages.faiss": write})


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    written = build(tmp_path)

    read = read_version(tmp_path)

    assert (read.name, read.manifest, read.fault) == (written.name, written.manifest, None)
    assert (read.folder / "passages.faiss").read_bytes() == b"vectors"
    assert read_manifest(tmp_path) == read.manifest


def test_the_same_contents_give_the_same_version(tmp_path: Path) -> None:
    assert build(tmp_path / "one").name == build(tmp_path / "two").name
    assert build(tmp_path / "one", b"other").name != build(tmp_path / "two").name


def test_no_index_is_an_error_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run `rag index FOLDER`"):
        read_version(tmp_path)
    assert read_manifest(tmp_path) is None


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    file = build(tmp_path).folder / "passages.faiss"
    for position in range(len(b"vectors")):
        broken = bytearray(b"vectors")
        broken[position] ^= 1
        file.write_bytes(broken)
        with pytest.raises(IndexCorrupt, match=r"passages\.faiss is damaged"):
            read_version(tmp_path)


def test_a_missing_file_and_a_broken_manifest_are_noticed(tmp_path: Path) -> None:
    folder = build(tmp_path).folder
    (folder / "passages.faiss").unlink()
    with pytest.raises(IndexCorrupt, match="missing"):
        read_version(tmp_path)

    (folder / "manifest.json").write_text("{")
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        read_version(tmp_path)


def test_another_format_names_the_command_to_run(tmp_path: Path) -> None:
    path = build(tmp_path).folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 99}))

    with pytest.raises(IndexStale, match="rag index --rebuild"):
        read_version(tmp_path)


@pytest.mark.parametrize("pointer", ["../../etc", "nope", "", "\u00e9"])
def test_a_pointer_that_leads_nowhere_is_an_error(tmp_path: Path, pointer: str) -> None:
    build(tmp_path)
    (tmp_path / "live").write_text(pointer, encoding="utf-8")

    with pytest.raises((IndexMissing, IndexCorrupt)):
        read_version(tmp_path)


def test_a_build_that_breaks_off_leaves_the_old_version_serving(tmp_path: Path) -> None:
    old = build(tmp_path)

    def fail(_: Path) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_version(tmp_path, old.manifest, {"passages.faiss": fail})
    assert read_version(tmp_path).name == old.name


def test_building_the_same_again_never_takes_the_live_one_away(tmp_path: Path) -> None:
    live = build(tmp_path)
    made = (live.folder / "manifest.json").stat().st_ino

    again = build(tmp_path)

    assert again.name == live.name
    assert (again.folder / "manifest.json").stat().st_ino == made


def test_building_again_mends_a_damaged_version(tmp_path: Path) -> None:
    (build(tmp_path).folder / "passages.faiss").write_bytes(b"broken!")

    build(tmp_path)

    assert (read_version(tmp_path).folder / "passages.faiss").read_bytes() == b"vectors"
    assert len(list((tmp_path / "versions").iterdir())) == 1


def test_only_the_last_two_versions_are_kept(tmp_path: Path) -> None:
    versions = [build(tmp_path, content).name for content in (b"one", b"two", b"three")]

    assert {folder.name for folder in (tmp_path / "versions").iterdir()} == set(versions[1:])


def test_a_version_that_somebody_reads_is_kept(tmp_path: Path) -> None:
    build(tmp_path, b"one")
    reader = read_version(tmp_path)
    build(tmp_path, b"two")
    build(tmp_path, b"three")
    assert (reader.folder / "passages.faiss").read_bytes() == b"one"

    folder = reader.folder
    del reader
    build(tmp_path, b"four")

    assert not folder.exists()


def test_the_version_before_serves_where_the_live_one_is_damaged(tmp_path: Path) -> None:
    build(tmp_path, b"one")
    live = build(tmp_path, b"two")
    (live.folder / "passages.faiss").write_bytes(b"tw0")

    found = read_version(tmp_path)

    assert (found.folder / "passages.faiss").read_bytes() == b"one"
    assert "passages.faiss is damaged" in str(found.fault)


def test_every_changed_byte_of_manifest_and_pointer_is_noticed(tmp_path: Path) -> None:
    live = build(tmp_path)
    for path in (live.folder / "manifest.json", tmp_path / "live"):
        whole = path.read_bytes()
        for position in range(len(whole.rstrip())):
            broken = bytearray(whole)
            broken[position] ^= 4
            path.write_bytes(broken)
            with pytest.raises((IndexCorrupt, IndexStale)):
                read_version(tmp_path)
        path.write_bytes(whole)


def test_two_builds_at_once_are_refused_and_the_first_is_named(tmp_path: Path) -> None:
    with lock_index(tmp_path), pytest.raises(IndexBusy, match=f"process {os.getpid()} on"), lock_index(tmp_path):
        pass


def test_only_the_owner_can_read_an_index(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with lock_index(tmp_path / "index"):
            version = build(tmp_path / "index")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "index").stat().st_mode) == 0o700
    assert stat.S_IMODE(version.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in version.folder.iterdir()} == {0o600}


def test_a_version_is_private_in_a_folder_that_others_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    version = build(tmp_path)

    assert stat.S_IMODE(version.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_file_that_is_cut_or_overwritten_in_place_is_noticed(tmp_path: Path) -> None:
    version = build(tmp_path)
    file = version.folder / "passages.faiss"
    version.require_unchanged()

    with file.open("r+b") as opened:
        opened.truncate(3)
    with pytest.raises(IndexCorrupt, match=r"passages\.faiss was changed while it was in use"):
        version.require_unchanged()

    file.write_bytes(b"VECTORS")
    os.utime(file, ns=(1, 1))
    with pytest.raises(IndexCorrupt, match=r"passages\.faiss was changed"):
        version.require_unchanged()


def test_a_version_that_is_removed_or_replaced_serves_on(tmp_path: Path) -> None:
    version = build(tmp_path)
    (tmp_path / "copy").write_bytes(b"other")
    (tmp_path / "copy").replace(version.folder / "passages.faiss")
    version.require_unchanged()

    shutil.rmtree(version.folder)
    version.require_unchanged()
