from datetime import date, datetime
from io import BytesIO

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml

from rag.documents.formats import Limits
from rag.errors import DocumentUnreadable
from tests.formats.checking import headings_of, read, told
from tests.formats.making import make_slides, make_word, make_workbook, save_word

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_a_word_document_is_read_in_the_order_of_its_body() -> None:
    assert told(read(make_word(), "a.docx")) == [
        ("heading", "Rules"),
        ("heading", "Boarding"),
        ("paragraph", "Passengers board at the bow."),
        ("heading", "Bicycles"),
        ("item", "First"),
        ("item", "1. Second"),
        ("row", "Kind: Adult; Fare: 4"),
        ("row", "Kind: Child"),
        ("heading", "Leaving"),
        ("paragraph", "Leave by the stern."),
    ]


def test_a_word_document_tells_its_headings_and_facts() -> None:
    parsed = read(make_word(), "a.docx")

    assert headings_of(parsed, "Adult") == ("Rules", "Boarding", "Bicycles")
    assert headings_of(parsed, "stern") == ("Rules", "Leaving")
    assert (parsed.facts.title, parsed.facts.language, parsed.facts.tags) == ("Ferry rules", "en", ("ferry", "rules"))


@pytest.mark.parametrize(
    ("creator", "author"), [("Ines Moreau", "Ines Moreau"), ("python-docx", None), ("Admin", None)]
)
def test_the_author_of_a_word_document_is_no_default_of_a_program(creator: str, author: str | None) -> None:
    document = docx.Document()
    document.add_paragraph("Words.")
    document.core_properties.author = creator

    assert read(save_word(document), "a.docx").facts.author == author


def test_what_was_added_in_a_revision_is_read_and_what_was_deleted_or_hidden_is_not() -> None:
    document = docx.Document()
    paragraph = (
        f"<w:p {NAMESPACE}><w:r><w:t>Kept </w:t></w:r><w:ins><w:r><w:t>added</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p>"
    )
    document.element.body.insert(0, parse_xml(f"<w:sdt {NAMESPACE}><w:sdtContent>{paragraph}</w:sdtContent></w:sdt>"))

    assert read(save_word(document), "a.docx").text == "Kept added"


def test_slides_are_pages_with_titles_items_tables_and_notes() -> None:
    parsed = read(make_slides(), "a.pptx")

    assert told(parsed) == [
        ("heading", "Why ferries"),
        ("item", "Cheap"),
        ("item", "Slow"),
        ("paragraph", "Speaker notes: Say hello first."),
        ("row", "Port: Northport; Berths: 12"),
        ("paragraph", "Source: harbour office"),
    ]
    assert [block.page for block in parsed.blocks] == [1, 1, 1, 1, 2, 2]
    assert headings_of(parsed, "Slow") == ("Why ferries",)
    assert headings_of(parsed, "Northport") == ()
    assert parsed.facts.title == "Ferry talk"


def test_too_many_slides_are_refused() -> None:
    with pytest.raises(DocumentUnreadable, match="holds more than 1 slides"):
        read(make_slides(), "a.pptx", Limits(max_pages=1))


def test_a_workbook_is_read_row_by_row_under_the_names_of_its_sheets() -> None:
    rows = [
        [],
        ["Port", "Berths", "Since", "Open", "Depth"],
        ["Northport", 12, date(2019, 5, 6), True, 3.5],
        [None, 7.0],
    ]
    parsed = read(make_workbook({"Ports": rows, "Boats": [["Name"], ["Aurora"]]}), "a.xlsx")

    assert told(parsed) == [
        ("heading", "Ports"),
        ("row", "Port: Northport; Berths: 12; Since: 2019-05-06; Open: True; Depth: 3.5"),
        ("row", "Berths: 7"),
        ("heading", "Boats"),
        ("row", "Name: Aurora"),
    ]
    assert headings_of(parsed, "Aurora") == ("Boats",)
    assert parsed.facts.title is None


def test_the_name_of_an_only_sheet_is_not_told_and_a_lone_row_is() -> None:
    parsed = read(
        make_workbook(
            {
                "Sheet1": [
                    ["Name", datetime(2024, 3, 4, 10, 30)]  # noqa: DTZ001 - a sheet knows no zones
                ]
            }
        ),
        "a.xlsx",
    )

    assert told(parsed) == [("row", "Name: 2024-03-04 10:30:00")]


def test_a_sheet_with_cells_in_far_corners_is_refused() -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "a"
    workbook.active["XFD1048576"] = "z"
    written = BytesIO()
    workbook.save(written)

    with pytest.raises(DocumentUnreadable, match="has a sheet of 1,048,576 rows by 16,384 columns"):
        read(written.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Port,Berths\nNorthport,12\n"),
        ("a.csv", "Port;Berths\r\nNorthport;12\r\n"),
        ("a.tsv", "Port\tBerths\nNorthport\t12\n"),
        ("a.csv", '\ufeff\n"Port","Berths"\n"North\nport","12",\n'),
    ],
)
def test_rows_of_separated_values_repeat_the_names_of_their_columns(name: str, text: str) -> None:
    words = "Port: North port; Berths: 12" if "North\n" in text else "Port: Northport; Berths: 12"

    assert told(read(text.encode(), name)) == [("row", words)]


def test_values_in_utf16_are_read() -> None:
    assert read("Hafen,Tag\nÖland,1".encode("utf-16"), "a.csv").text == "Hafen: Öland; Tag: 1"
