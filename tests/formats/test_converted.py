"""Office files of before 2007 are converted by LibreOffice, or the reason says that it is missing."""

import shutil
import subprocess
from pathlib import Path

import docx
import pytest

from rag.documents.formats import Limits, sniffing
from rag.errors import DocumentUnreadable, ProgramMissing
from tests.formats.checking import read, told
from tests.formats.making import make_slides, save_word

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
WORD_STREAM = "WordDocument".encode("utf-16-le")
SLIDES_STREAM = "PowerPoint Document".encode("utf-16-le")
needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def save_as(content: bytes, old: str, new: str, folder: Path) -> bytes:
    """Return the file as LibreOffice saves it in another format."""
    (folder / f"a.{old}").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", new, "--outdir", str(folder), str(folder / f"a.{old}")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (folder / f"a.{new}").read_bytes()


@needs_libreoffice
def test_an_old_word_file_is_read_with_headings_and_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Prices", 1)
    table = document.add_table(rows=2, cols=2)
    for place, word in enumerate(("Tool", "Price", "Drill", "4")):
        table.cell(place // 2, place % 2).text = word
    document.add_paragraph("Prices hold until May.")

    assert told(read(save_as(save_word(document), "docx", "doc", tmp_path), "a.doc")) == [
        ("heading", "Prices"),
        ("row", "Tool: Drill; Price: 4"),
        ("paragraph", "Prices hold until May."),
    ]


@needs_libreoffice
def test_an_old_presentation_is_read_slide_by_slide(tmp_path: Path) -> None:
    parsed = read(save_as(make_slides(), "pptx", "ppt", tmp_path), "a.ppt")

    assert ("row", "Port: Northport; Berths: 12") in told(parsed)
    assert parsed.blocks[0].page == 1
    assert parsed.blocks[-1].page == 2


@needs_libreoffice
def test_a_damaged_old_file_says_so() -> None:
    with pytest.raises(DocumentUnreadable, match=r"cannot be converted|is damaged|holds no text"):
        read(OLD + WORD_STREAM, "a.doc")


def test_without_libreoffice_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ProgramMissing, match="install LibreOffice so that `soffice` is on the PATH"):
        read(OLD + WORD_STREAM, "a.doc")


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (OLD + WORD_STREAM, "a.bin", sniffing.OLD_WORD),
        (OLD + SLIDES_STREAM, "a.doc", sniffing.OLD_SLIDES),
        (OLD + WORD_STREAM + SLIDES_STREAM, "a.ppt", sniffing.OLD_SLIDES),
        (OLD + WORD_STREAM + SLIDES_STREAM, "a.txt", sniffing.OLD_WORD),
    ],
)
def test_the_kind_of_an_old_file_is_told_by_its_streams(content: bytes, name: str, kind: str) -> None:
    assert sniffing.find_media_type(content, name, Limits()) == kind
