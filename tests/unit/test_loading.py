import os
from pathlib import Path

import pytest

from rag.errors import DocumentUnreadable, NothingToIndex
from rag.loading import find_files, find_title, load_document


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_come_sorted_without_hidden_ones_other_kinds_and_links_out(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    outside = write(tmp_path, "secret.txt", b"secret")
    write(docs, "b.txt", b"b")
    write(docs, "a/c.md", b"c")
    write(docs, ".git/d.txt", b"d")
    write(docs, "e.exe", b"e")
    (docs / "link.txt").symlink_to(outside)

    assert [path.relative_to(docs).as_posix() for path in find_files(docs)] == ["a/c.md", "b.txt"]


def test_a_name_that_is_not_utf8_is_shown_with_escapes_and_can_be_stored(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_bytes(b"Only one sentence here.")

    document = load_document(path, tmp_path)

    assert document.uri == "caf\\xe9.txt"
    assert document.title.encode()


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match="is not a folder"):
        list(find_files(tmp_path / "nope"))


def test_a_documents_id_follows_its_path_and_its_hash_its_bytes(tmp_path: Path) -> None:
    one = load_document(write(tmp_path, "a.txt", b"One."), tmp_path)
    two = load_document(write(tmp_path, "a.txt", b"Two."), tmp_path)

    assert one.id == two.id
    assert one.sha256 != two.sha256
    assert one.uri == "a.txt"


@pytest.mark.parametrize(
    "content", ["Grüße.\r\nZwei.".encode("utf-8-sig"), "Grüße.\nZwei.".encode("utf-16"), "Grüße.\rZwei.".encode()]
)
def test_encodings_with_a_mark_and_any_line_ends_give_the_same_text(tmp_path: Path, content: bytes) -> None:
    assert load_document(write(tmp_path, "a.txt", content), tmp_path).text == "Grüße.\nZwei."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no text"),
        (b" \n\t", "holds no text"),
        (b"caf\xe9", "byte 3 is not valid UTF-8"),
        (b"a\0b", "control"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnreadable, match=reason) as caught:
        load_document(write(tmp_path, "sub/a.txt", content), tmp_path)
    assert str(caught.value).startswith("sub/a.txt: ")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A summary that ends like a sentence.\nThe Title\n\nText.", "The Title"),
        ("# Heading\n\nText.", "Heading"),
        ("---\nTitle line\n---\nText.", "Title line"),
        ("Only sentences. Here.\nAnd here.", None),
        ("x" * 200 + "\nShort", "Short"),
    ],
)
def test_the_title_is_the_first_opening_line_that_reads_like_one(text: str, title: str | None) -> None:
    assert find_title(text) == title


def test_a_file_without_a_title_is_called_by_its_name(tmp_path: Path) -> None:
    assert (
        load_document(write(tmp_path, "ferry-time_table.txt", b"It leaves at 7."), tmp_path).title == "Ferry time table"
    )
