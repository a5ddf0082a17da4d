"""What stands beside the text of a Word document is read where it stands."""

import docx
import pytest
from docx.oxml import parse_xml

from rag.documents.formats.office.numbers import format_number
from rag.types import LeftOut
from tests.formats.checking import headings_of, read, told
from tests.formats.making import save_word
from tests.formats.making_office import NAMESPACES, add_part, make_word_of


def paragraph(text: str, more: str = "", properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r>{more}</w:p>"


def numbered(text: str, level: int, number: int = 7, style: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, properties=named + numbers)


def lists_of(*levels: str, number: str = "", abstract: str = "") -> str:
    """Return a part with one list, which replaces the one of the template."""
    written = "".join(f'<w:lvl w:ilvl="{i}">{level}</w:lvl>' for i, level in enumerate(levels))
    return (
        f'<w:abstractNum w:abstractNumId="7">{abstract}{written}</w:abstractNum>'
        f'<w:num w:numId="7"><w:abstractNumId w:val="7"/></w:num>'
        f'<w:num w:numId="8"><w:abstractNumId w:val="7"/>{number}</w:num>'
    )


def level(form: str, text: str, start: int = 1, more: str = "") -> str:
    return f'<w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'


def texts_of(body: str, lists: str) -> list[str]:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    for child in list(parse_xml(f"<w:numbering {NAMESPACES}>{lists}</w:numbering>")):
        numbering.append(child)
    for element in reversed(list(parse_xml(f"<w:body {NAMESPACES}>{body}</w:body>"))):
        document.element.body.insert(0, element)
    return [words for _, words in told(read(save_word(document), "a.docx"))]


def test_headings_and_items_keep_the_numbers_that_word_computes() -> None:
    lists = lists_of(level("decimal", "%1"), level("decimal", "%1.%2"), level("lowerLetter", "%3)"))
    body = (
        numbered("Scope", 0, style="Heading1")
        + numbered("Liability", 0, style="Heading1")
        + numbered("Cap", 1, style="Heading2")
        + numbered("Exceptions", 1, style="Heading2")
        + numbered("injury", 2)
        + numbered("intent", 2)
        + numbered("Costs", 1, style="Heading2")
        + numbered("fees", 2)
    )

    assert texts_of(body, lists) == [
        "1 Scope",
        "2 Liability",
        "2.1 Cap",
        "2.2 Exceptions",
        "a) injury",
        "b) intent",
        "2.3 Costs",
        "a) fees",
    ]


def test_bullets_and_paragraphs_out_of_their_list_have_no_number() -> None:
    lists = lists_of(level("bullet", "\u2022"), level("none", "%2"))

    assert texts_of(numbered("One", 0) + numbered("Two", 1) + numbered("Three", 0, number=0), lists) == [
        "One",
        "Two",
        "Three",
    ]


def test_a_list_begins_where_it_is_told_and_goes_on_behind_other_text() -> None:
    start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="6"/></w:lvlOverride>'
    lists = lists_of(level("upperRoman", "%1.", start=3), number=start)
    body = numbered("a", 0) + paragraph("between") + numbered("b", 0) + numbered("c", 0, 8) + numbered("d", 0, 8)

    assert texts_of(body, lists) == ["III. a", "between", "IV. b", "VI. c", "VII. d"]


def test_legal_levels_write_all_numbers_decimal_and_skipped_levels_count_as_begun() -> None:
    legal = level("decimal", "%1.%2", more="<w:isLgl/>")
    lists = lists_of(level("upperRoman", "Article %1"), legal, level("decimal", "%1.%2.%3", more="<w:isLgl/>"))

    assert texts_of(numbered("A", 0) + numbered("B", 2) + numbered("C", 1), lists) == [
        "Article I A",
        "1.1.1 B",
        "1.2 C",
    ]


def test_a_level_that_never_restarts_counts_on() -> None:
    lists = lists_of(level("decimal", "%1."), level("decimal", "Rule %2", more='<w:lvlRestart w:val="0"/>'))

    assert texts_of(numbered("A", 0) + numbered("B", 1) + numbered("C", 0) + numbered("D", 1), lists) == [
        "1. A",
        "Rule 1 B",
        "2. C",
        "Rule 2 D",
    ]


@pytest.mark.parametrize(
    ("count", "form", "number"),
    [
        (4, "lowerRoman", "iv"),
        (1994, "upperRoman", "MCMXCIV"),
        (27, "lowerLetter", "aa"),
        (52, "upperLetter", "ZZ"),
        (7, "decimalZero", "07"),
        (22, "ordinal", "22nd"),
        (13, "ordinal", "13th"),
        (3, "ideographDigital", "3"),
        (999_999, "upperLetter", "999999"),
        (0, "lowerRoman", "0"),
    ],
)
def test_numbers_are_written_in_the_form_of_their_level(count: int, form: str, number: str) -> None:
    assert format_number(count, form) == number


def test_notes_and_comments_follow_the_paragraph_that_names_them() -> None:
    note = '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="2">{}{}</w:footnote>'
    marks = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:endnoteReference w:id="5"/></w:r>'
    content = make_word_of(
        paragraph("Every pump has a warranty", marks + "<w:r><w:t>.</w:t><w:commentReference w:id='0'/></w:r>")
        + paragraph("Claims are made in writing."),
        footnotes=note.format(paragraph("Only 12 months for seals."), paragraph("See the list.")),
        endnotes=f'<w:endnote w:id="5">{paragraph("Since 2024.")}</w:endnote>',
        comments=f'<w:comment w:id="0" w:author="Ines Moreau">{paragraph("Is this right?")}</w:comment>',
    )
    parsed = read(content, "a.docx")

    assert parsed.text.split("\n\n") == [
        "Every pump has a warranty.",
        "Footnote 1: Only 12 months for seals.",
        "See the list.",
        "Endnote 1: Since 2024.",
        "Comment by Ines Moreau: Is this right?",
        "Claims are made in writing.",
    ]
    assert parsed.counts == {"comment": 1, "footnote": 2}


def test_a_note_that_names_itself_is_read_once() -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    notes = f'<w:footnote w:id="2">{paragraph("Note.", mark)}</w:footnote>'

    assert read(make_word_of(paragraph("Text.", mark) + paragraph("More.", mark), footnotes=notes), "a.docx").text == (
        "Text.\n\nFootnote 1: Note.\n\nMore."
    )


def test_a_text_box_is_a_block_of_its_own_and_parts_the_words_around_it() -> None:
    box = f"<w:r><w:pict><v:textbox><w:txbxContent>{paragraph('Call 7788.')}</w:txbxContent></v:textbox></w:pict></w:r>"
    content = make_word_of(paragraph("It opens at seven.", box + "<w:r><w:t>It closes at six.</w:t></w:r>"))

    assert told(read(content, "a.docx")) == [
        ("paragraph", "It opens at seven. It closes at six."),
        ("paragraph", "Call 7788."),
    ]


def test_a_paragraph_whose_end_is_deleted_goes_on_in_the_next() -> None:
    content = make_word_of(
        paragraph("The fee is ", properties="<w:rPr><w:del/></w:rPr>")
        + paragraph("40 pounds.")
        + "<w:p><w:moveFrom><w:r><w:t>Moved.</w:t></w:r></w:moveFrom></w:p>"
        + "<w:p><w:moveTo><w:r><w:t>Moved.</w:t></w:r></w:moveTo></w:p>"
    )

    assert read(content, "a.docx").text == "The fee is 40 pounds.\n\nMoved."


def test_the_table_of_contents_is_left_out_and_so_are_headers_which_are_reported() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("1 Scope 3", style="toc 1")
    document.add_paragraph("Words.")
    document.sections[0].header.paragraphs[0].text = "Confidential"
    parsed = read(save_word(document), "a.docx")

    assert parsed.text == "Words."
    assert parsed.left_out == (LeftOut("header-footer", 1),)


def test_a_level_of_the_outline_makes_a_short_paragraph_a_heading() -> None:
    outline = '<w:outlineLvl w:val="1"/>'
    content = make_word_of(
        paragraph("Payment", properties=outline)
        + paragraph("The buyer pays. " * 12, properties=outline)
        + paragraph("Plain text.", properties='<w:outlineLvl w:val="9"/>')
    )

    assert [kind for kind, _ in told(read(content, "a.docx"))] == ["heading", "paragraph", "paragraph"]


def cell(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


START, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_a_merged_cell_counts_for_all_rows_and_columns_that_it_covers() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    content = make_word_of(
        table(
            row(cell("Building", START), cell("Rooms in 2025", wide), properties="<w:tblHeader/>"),
            row(cell("", GOES_ON), cell("Room"), cell("Seats"), properties="<w:tblHeader/>"),
            row(cell("Foundry", START), cell("F1"), cell("12")),
            row(cell("", GOES_ON), cell("F2"), cell("30")),
            row(cell("Mill", START), cell("M1"), cell("45")),
        )
    )

    assert told(read(content, "a.docx")) == [
        ("row", "Building: Foundry; Rooms in 2025 Room: F1; Rooms in 2025 Seats: 12"),
        ("row", "Building: Foundry; Rooms in 2025 Room: F2; Rooms in 2025 Seats: 30"),
        ("row", "Building: Mill; Rooms in 2025 Room: M1; Rooms in 2025 Seats: 45"),
    ]


def bold(text: str) -> str:
    return cell(f"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>")


def test_rows_at_the_top_that_alone_are_bold_are_the_header() -> None:
    codes = [row(cell("A-1"), cell("B-1")), row(cell("A-2"), cell("B-2"))]
    content = make_word_of(table(row(bold("A-0"), bold("B-0")), *codes))
    assert read(content, "a.docx").text == "A-0: A-1; B-0: B-1\nA-0: A-2; B-0: B-2"

    content = make_word_of(table(row(bold("A-0"), bold("B-0")), row(bold("A-1"), bold("B-1"))))
    assert "A-0: A-1" not in read(content, "a.docx").text

    content = make_word_of(table(row(bold("A-0"), cell("B-0")), *codes))
    assert "A-0: A-1" not in read(content, "a.docx").text


@pytest.mark.parametrize(("style", "n_headed"), [("Light Grid Accent 1", 2), ("Table Grid", 0)])
def test_a_style_that_sets_the_first_row_apart_makes_it_the_header(style: str, n_headed: int) -> None:
    document = docx.Document()
    made = document.add_table(rows=3, cols=2, style=style)
    for place, word in enumerate(("A-0", "B-0", "A-1", "B-1", "A-2", "B-2")):
        made.cell(place // 2, place % 2).text = word

    assert read(save_word(document), "a.docx").text.count("A-0: A-") == n_headed


def test_rows_that_begin_later_keep_their_columns_and_deleted_ones_are_out() -> None:
    content = make_word_of(
        table(
            row(cell("Port"), cell("Berths"), cell("Depth")),
            row(cell("Northport"), cell("12"), cell("9 m")),
            row(cell("Gone"), cell("1"), cell("1 m"), properties="<w:del/>"),
            row(cell("7"), cell("4 m"), properties='<w:gridBefore w:val="1"/>'),
        )
    )

    assert told(read(content, "a.docx")) == [
        ("row", "Port: Northport; Berths: 12; Depth: 9 m"),
        ("row", "Berths: 7; Depth: 4 m"),
    ]


def test_a_table_in_a_cell_follows_under_the_name_of_its_row() -> None:
    inner = table(row(cell("Room"), cell("Seats")), row(cell("F1"), cell("12")), row(cell("F2"), cell("30")))
    content = make_word_of(
        table(
            row(cell("Building"), cell("Keeper"), cell("Rooms")),
            row(cell("Foundry"), cell("Ines"), cell(inner + "<w:p/>")),
            row(cell("Mill"), cell("Omar"), cell("none")),
        )
    )
    parsed = read(content, "a.docx")

    assert told(parsed) == [
        ("row", "Building: Foundry; Keeper: Ines"),
        ("row", "Building: Mill; Keeper: Omar; Rooms: none"),
        ("heading", "Foundry"),
        ("row", "Room: F1; Seats: 12"),
        ("row", "Room: F2; Seats: 30"),
    ]
    assert headings_of(parsed, "F2") == ("Foundry",)


def test_a_frame_of_one_column_is_read_as_the_text_in_it() -> None:
    inner = table(row(cell("Port"), cell("Berths")), row(cell("Northport"), cell("12")))
    content = make_word_of(table(row(cell(paragraph("First.") + paragraph("Second.") + inner + "<w:p/>"))))

    assert told(read(content, "a.docx")) == [
        ("paragraph", "First."),
        ("paragraph", "Second."),
        ("row", "Port: Northport; Berths: 12"),
    ]


def test_tables_nested_very_deeply_are_read_or_refused_without_a_crash() -> None:
    nested = paragraph("Deep.")
    for _ in range(60):
        nested = table(row(cell(nested + "<w:p/>")))

    assert read(make_word_of(paragraph("Words.") + nested), "a.docx").text == "Words."


def test_a_page_embedded_in_the_body_is_read() -> None:
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f'<w:altChunk {NAMESPACES} r:id="r_chunk"/>'))
    page = b"<html><body><h1>Ports</h1><p>Northport has 12 berths.</p></body></html>"
    add_part(document, "chunk", page, kind="aFChunk", suffix="htm")

    assert told(read(save_word(document), "a.docx")) == [
        ("heading", "Ports"),
        ("paragraph", "Northport has 12 berths."),
    ]


def test_the_values_of_a_chart_are_rows() -> None:
    def points(*values: str) -> str:
        return "".join(f'<c:pt idx="{i}"><c:v>{value}</c:v></c:pt>' for i, value in enumerate(values))

    def series(name: str, form: str, *values: str) -> str:
        return (
            f"<c:ser><c:tx><c:strRef><c:strCache>{points(name)}</c:strCache></c:strRef></c:tx>"
            f"<c:cat><c:strRef><c:strCache>{points('North', 'South')}</c:strCache></c:strRef></c:cat>"
            f"<c:val><c:numRef><c:numCache><c:formatCode>{form}</c:formatCode>{points(*values)}</c:numCache>"
            "</c:numRef></c:val></c:ser>"
        )

    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>Sales by region</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    plots = series("2024", "General", "12", "7.300000000000001") + series("Share", "0.0%", "0.625", "0.375")
    chart = f"<c:chart>{title}<c:plotArea><c:barChart>{plots}</c:barChart></c:plotArea></c:chart>"
    content = make_word_of(
        paragraph("See below.", '<w:r><w:drawing><c:chart r:id="r_chartSpace"/></w:drawing></w:r>'), chartSpace=chart
    )
    parsed = read(content, "a.docx")

    assert told(parsed) == [
        ("paragraph", "See below."),
        ("heading", "Sales by region"),
        ("row", "Category: North; 2024: 12; Share: 62.5%"),
        ("row", "Category: South; 2024: 7.3; Share: 37.5%"),
    ]
    assert parsed.counts == {"chart": 1, "table": 1}
