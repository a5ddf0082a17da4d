import re
import struct
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from rag.documents.formats import SUFFIXES, Limits
from rag.errors import DocumentUnreadable
from tests.formats.checking import make_zip, media_type, read, read_or_refuse, says_what_to_do
from tests.formats.making import make_epub, make_pdf, make_slides, make_word, make_workbook

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def test_every_format_has_a_suffix() -> None:
    texts = ".txt .text .md .markdown .html .htm .xhtml .csv .tsv .eml"
    listed = f"{texts} .pdf .docx .docm .pptx .pptm .xlsx .epub .odt .odp .ods .doc .ppt .rtf"
    listed += " .png .jpg .jpeg .tif .tiff .webp"

    assert frozenset(listed.split()) == SUFFIXES


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (make_pdf([["Words."]]), "a.txt", "application/pdf"),
        (b"junk\n" + make_pdf([["Words."]]), "a.pdf", "application/pdf"),
        (b"<!doctype HTML><p>Words.", "a.txt", "text/html"),
        (b'<?xml version="1.0"?>\n<!-- x --><html><body>Words.</body></html>', "a.pdf", "text/html"),
        (b"<!-- note --> Words.", "a.md", "text/markdown"),
        (b"Words, words", "a.csv", "text/csv"),
        (b"Words.", "a.markdown", "text/markdown"),
        (b"Words.", "README", "text/plain"),
        (make_epub(), "a.docx", "application/epub+zip"),
        (make_word(), "a.xlsx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (make_slides(), "a.zip", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (
            make_workbook({"S": [["Words"]]}),
            "A.XLSX",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_content_decides_before_the_name(content: bytes, name: str, expected: str) -> None:
    assert media_type(content, name) == expected


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"Words.", "a.pdf", "is no .pdf file though its name says so"),
        (b"Words.", "a.docx", "is no .docx file though its name says so"),
        (OLD_OFFICE, "a.docx", "is in the Office format of before 2007; save it as"),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "is encrypted; save it without a password"),
        (make_zip({"a.txt": "Words."}), "a.docx", "is a zip archive and no document"),
        (make_zip({"content.xml": "<x/>"}), "a.docx", "is an OpenDocument file"),
        (make_zip({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "a.docx", "is damaged"),
        (make_zip({"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>"}), "a.pptx", "is damaged"),
        (make_zip({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "a.xlsx", "is damaged|holds no text"),
        (make_zip({"META-INF/container.xml": "<x/>"}), "a.epub", "is damaged"),
        (make_zip({"META-INF/container.xml": "not XML"}), "a.epub", "is damaged"),
    ],
)
def test_what_cannot_be_read_says_what_it_is(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(DocumentUnreadable, match=reason):
        read(content, name)


@pytest.mark.parametrize("make", [make_word, make_slides, make_epub, lambda: make_workbook({"S": [["Words"]]})])
def test_a_file_cut_off_or_overwritten_in_parts_says_so(make) -> None:
    content = make()

    with pytest.raises(DocumentUnreadable, match="is damaged"):
        read(content[: len(content) // 2], "a.docx")
    for start in range(0, len(content), max(1, len(content) // 12)):
        assert says_what_to_do(read_or_refuse(content[:start] + b"\xaa" * 40 + content[start + 40 :], "a.docx"))


def test_an_archive_with_encrypted_members_is_refused() -> None:
    content = bytearray(make_word())
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1

    with pytest.raises(DocumentUnreadable, match="is encrypted"):
        read(bytes(content), "a.docx")


def test_a_slide_list_that_names_no_slide_is_damage() -> None:
    packed = BytesIO()
    with ZipFile(BytesIO(make_slides())) as old, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name in old.namelist():
            content = old.read(name)
            is_list = name == "ppt/presentation.xml"
            archive.writestr(name, re.sub(rb'(<p:sldId [^>]*?)r:id="[^"]*"', rb"\1", content) if is_list else content)

    with pytest.raises(DocumentUnreadable, match="is damaged"):
        read(packed.getvalue(), "a.pptx")


def test_a_sheet_that_unpacks_to_more_than_it_declares_is_cut_there() -> None:
    honest = make_workbook({"S": [["a"], ["b"]]})
    packed = BytesIO()
    with ZipFile(BytesIO(honest)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        declared = len(old.read("xl/worksheets/sheet1.xml"))
        for name in old.namelist():
            padding = b" " * 5_000_000 if name == "xl/worksheets/sheet1.xml" else b""
            archive.writestr(name, old.read(name) + padding)
    lying = packed.getvalue().replace(struct.pack("<I", declared + 5_000_000), struct.pack("<I", declared))

    assert lying != packed.getvalue()
    assert len(read_or_refuse(lying, "a.xlsx")) < 100


def test_an_archive_that_would_unpack_to_too_much_is_refused_unread() -> None:
    packed = BytesIO(make_word())
    with ZipFile(packed, "a", ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros", b"\0" * 30_000_000)

    with pytest.raises(DocumentUnreadable, match="unpacks to"):
        read(packed.getvalue(), "a.docx")
    with pytest.raises(DocumentUnreadable, match="unpacks to"):
        read(make_word(), "a.docx", Limits(max_unpacked_bytes=1_000))


def test_entities_of_a_word_document_do_not_grow() -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    body = (
        f'<!DOCTYPE x [{entities}]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>Words &j;</w:t></w:r></w:p></w:body></w:document>"
    )
    packed = BytesIO()
    with ZipFile(BytesIO(make_word())) as old, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name in old.namelist():
            archive.writestr(name, body if name == "word/document.xml" else old.read(name))

    assert len(read_or_refuse(packed.getvalue(), "a.docx")) < 100
