import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.documents.scan import Scan, make_facts, merge_facts, path_of, scan_folder, uri_of
from rag.errors import NothingToIndex
from rag.types import Facts

SUFFIXES = {".txt", ".md"}


def scan(folder: Path, max_bytes: int = 1000) -> Scan:
    return scan_folder(folder, SUFFIXES, max_bytes)


def write(path: Path, text: str = "Words.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_documents_are_found_in_all_folders_in_order_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.MD", "a/.hidden.txt", ".git/d.txt", "picture.png"):
        write(tmp_path / name)

    found = scan(tmp_path)

    assert [file.uri for file in found.files] == ["a/c.MD", "b.txt"]
    assert (found.other, found.skipped) == (("picture.png",), {})


def test_what_cannot_be_read_is_named_with_its_reason(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.txt")
    folder = tmp_path / "docs"
    write(folder / "empty.txt", "")
    write(folder / "large.txt", "x" * 2000)
    (folder / "gone.txt").symlink_to(tmp_path / "nothing")
    (folder / "out.txt").symlink_to(outside)
    (folder / "circle").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    write(folder / "odd\nname.txt")

    found = scan(folder)

    assert [file.uri for file in found.files] == ["odd\nname.txt"]
    assert {uri: reason.split(";")[0] for uri, reason in found.skipped.items()} == {
        "circle/": "is a link to a folder",
        "empty.txt": "is empty",
        "gone.txt": "is a link that leads nowhere",
        "large.txt": "has 0 MB, at most 0 MB are read",
        "out.txt": "is a link out of the folder",
        "pipe.txt": "is no ordinary file",
    }


def test_a_name_that_is_not_utf8_is_shown_with_escapes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("Words.")

    assert [file.uri for file in scan(tmp_path).files] == ["caf\\xe9.txt"]


@pytest.mark.parametrize(
    "name", [b"plain.txt", b"a/b c.txt", b"caf\xe9.txt", b"\xff\xfe/caf\xe9.txt", b"back\\xe9.txt", "für.txt".encode()]
)
def test_a_uri_leads_back_to_its_path(tmp_path: Path, name: bytes) -> None:
    path = write(tmp_path / os.fsdecode(name))

    assert path_of(uri_of(path, tmp_path), tmp_path) == path


def test_a_uri_that_nothing_has_is_the_path_it_would_be(tmp_path: Path) -> None:
    assert path_of("no\\xe9/b.txt", tmp_path) == tmp_path / "no\\xe9/b.txt"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match="is not a folder"):
        scan(tmp_path / "nope")


def test_the_nearest_word_on_a_file_wins_and_tags_add_up(tmp_path: Path) -> None:
    write(
        tmp_path / "metadata.toml",
        '[defaults]\nauthor = "Harbour office"\ngroup = "staff"\ntags = ["all"]\ndate = 2020-01-01\n',
    )
    write(
        tmp_path / "a/metadata.toml", '["c.txt"]\ntitle = "Charter"\nlink = "https://example.org/c"\ntags = "old, law"'
    )
    write(tmp_path / "a/c.txt")
    own = Facts(title="C", date="2024-05-06")

    said = merge_facts("a/c.txt", own, scan(tmp_path).metadata)

    assert said == Facts(
        title="Charter",
        date="2024-05-06",
        link="https://example.org/c",
        author="Harbour office",
        tags=("all", "law", "old"),
        group="staff",
    )


@pytest.mark.parametrize("text", ["title = ", '[defaults]\ncolour = "red"', "defaults = 3"])
def test_metadata_that_makes_no_sense_is_named_and_stops_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / "metadata.toml", text)
    write(tmp_path / "a.txt")

    found = scan(tmp_path)

    assert len(found.files) == 1
    assert list(found.skipped) == ["metadata.toml"]


def test_only_web_addresses_and_days_are_taken() -> None:
    said = make_facts({"link": "javascript:alert(1)", "date": "soon", "tags": [1, "a"], "title": ["x"]})

    assert said == Facts(tags=("1", "a"))


def test_two_names_never_have_one_uri(tmp_path: Path) -> None:
    odd, literal = tmp_path / os.fsdecode(b"caf\xe9.txt"), tmp_path / "caf\\xe9.txt"
    for path in (odd, literal):
        path.write_text("words")

    uris = {file.path: file.uri for file in scan_folder(tmp_path, {".txt"}, 100).files}

    assert uris == {odd: "caf\\xe9.txt", literal: "caf\\\\xe9.txt"}
    assert path_of(uris[odd], tmp_path) == odd
    assert path_of(uris[literal], tmp_path) == literal


def test_an_unknown_field_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "metadata.toml").write_text('[defaults]\ngroup = "staff"\nlanguage = "en"\n')

    found = scan_folder(tmp_path, {".txt"}, 100)

    assert found.metadata["."].defaults.group == "staff"
    assert found.skipped["metadata.toml"].startswith("'language' in 'defaults' is none of author, date, group")


def test_a_metadata_file_that_is_a_pipe_or_leads_out_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/metadata.toml")

    assert scan_folder(tmp_path / "in", {".txt"}, 100).skipped == {"metadata.toml": "is no ordinary file"}


def test_titles_keep_nothing_that_readers_cannot_see() -> None:
    said = make_facts({"title": "Safe\u202e\U000e0041 title\x1b[31m", "tags": ["a\u202eb"]})

    assert (said.title, said.tags) == ("Safe title[31m", ("ab",))


def test_folders_nested_as_deep_as_the_system_allows_are_walked(tmp_path: Path) -> None:
    write(tmp_path / "top.md")
    with nested_folders(tmp_path, 1500):
        found = scan(tmp_path)

    assert [file.uri.count("/") for file in found.files] == [1500, 0]


def test_a_folder_deeper_than_a_path_may_be_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "top.md")
    with nested_folders(tmp_path, 40, name="n" * 200):
        found = scan(tmp_path)

    assert [file.uri for file in found.files] == ["top.md"]
    (reason,) = found.skipped.values()
    assert reason == "the folder cannot be read (File name too long); check its permissions"


@contextmanager
def nested_folders(folder: Path, n_deep: int, name: str = "d") -> Iterator[None]:
    """Make nested folders with a file in the deepest one; remove them in the end."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(n_deep):
            Path(name).mkdir()
            os.chdir(name)
        Path("deep.md").write_text("Words.", encoding="utf-8")
        yield
    finally:
        os.chdir(before)
        # Python's own rmtree is recursive.
        subprocess.run(["/bin/rm", "-r", folder / name], check=True)
