"""OpenDocument texts and presentations are read as Word's and PowerPoint's are."""

import pytest

from rag.errors import DocumentUnreadable
from rag.types import LeftOut
from tests.formats.checking import headings_of, make_zip, media_type, read, read_or_refuse, says_what_to_do, told
from tests.formats.making_office import change_members

_NAMES = ("office", "style", "text", "table", "meta", "presentation")
NAMESPACES = " ".join(
    [
        *(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in _NAMES),
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"',
        'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"',
        'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"',
        'xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"',
    ]
)
TYPE = "application/vnd.oasis.opendocument."
META = (
    "<office:meta><dc:title>Ferry rules</dc:title><meta:initial-creator>Ines Moreau</meta:initial-creator>"
    "<dc:date>2024-05-06T10:00:00</dc:date><dc:language>en-GB</dc:language>"
    "<meta:keyword>ferry</meta:keyword><meta:keyword>rules</meta:keyword></office:meta>"
)


def make_open(body: str, automatic: str = "", *, kind: str = "text", **members: str) -> bytes:
    """Return a text or presentation with this body and automatic styles."""

    def part(root: str, content: str) -> str:
        return f"<office:{root} {NAMESPACES}>{content}</office:{root}>"

    content = f"<office:automatic-styles>{automatic}</office:automatic-styles>"
    return make_zip(
        {
            "mimetype": f"{TYPE}{kind}",
            "content.xml": part(
                "document-content", f"{content}<office:body><office:{kind}>{body}</office:{kind}></office:body>"
            ),
            "styles.xml": part("document-styles", members.get("styles", "")),
            "meta.xml": part("document-meta", META),
            **({"Object 1/content.xml": part("document-content", members["chart"])} if "chart" in members else {}),
            **({"META-INF/manifest.xml": members["manifest"]} if "manifest" in members else {}),
        }
    )


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def style(name: str, properties: str, family: str = "text", more: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}" {more}>{properties}</style:style>'


def level(place: int, form: str, more: str = "") -> str:
    return f'<text:list-level-style-number text:level="{place}" style:num-format="{form}" {more}/>'


def lists(*levels: str) -> str:
    return f'<text:list-style style:name="L">{"".join(levels)}</text:list-style>'


def items(*contents: str, more: str = "") -> str:
    inner = "".join(f"<text:list-item>{content}</text:list-item>" for content in contents)
    return f'<text:list text:style-name="L" {more}>{inner}</text:list>'


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{text if text.startswith('<') else p(text)}</table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def table(*rows: str) -> str:
    return f"<table:table>{''.join(rows)}</table:table>"


def test_a_text_is_read_in_order_with_headings_lists_and_facts() -> None:
    content = make_open(
        p("Rules", "T")
        + '<text:h text:outline-level="1">Boarding</text:h>'
        + p("Board<text:s/>at <text:a>the bow</text:a>.<text:line-break/>Wait.")
        + items(p("First") + p("still first"), p("Second")),
        style("T", "", "paragraph", 'style:parent-style-name="Title"') + style("Title", "", "paragraph"),
    )
    parsed = read(content, "a.odt")

    assert told(parsed) == [
        ("heading", "Rules"),
        ("heading", "Boarding"),
        ("paragraph", "Board at the bow. Wait."),
        ("item", "First"),
        ("item", "still first"),
        ("item", "Second"),
    ]
    assert headings_of(parsed, "Second") == ("Rules", "Boarding")
    facts = parsed.facts
    assert (facts.title, facts.author, facts.date) == ("Ferry rules", "Ines Moreau", "2024-05-06")
    assert (facts.language, facts.tags) == ("en", ("ferry", "rules"))


def test_paragraphs_in_a_style_of_headings_are_headings() -> None:
    styles = style("P1", "", "paragraph", 'style:parent-style-name="Heading_20_2"')
    content = make_open(p("Boarding", "P1") + p("Wait.", "Standard"), styles + style("Heading_20_2", "", "paragraph"))

    assert told(read(content, "a.odt")) == [("heading", "Boarding"), ("paragraph", "Wait.")]


def test_items_and_headings_keep_their_numbers() -> None:
    second = level(2, "1", 'text:display-levels="2"')
    levels = lists(level(1, "1", 'style:num-suffix="."'), second, level(3, "a", 'style:num-suffix=")"'))
    content = make_open(
        items(p("One"), p("Two") + items(p("Below") + items(p("deep"), p("deep too"))))
        + p("Between")
        + items(items(p("Below")), p("Three"), more='text:continue-numbering="true"')
        + items(p("Anew"), p(""), p("Behind an empty one"))
        + '<text:list text:style-name="L"><text:list-header><text:p>Unnumbered</text:p></text:list-header>'
        '<text:list-item text:start-value="8"><text:p>Eight</text:p></text:list-item></text:list>'
        + '<text:h text:outline-level="1">Scope</text:h><text:h text:outline-level="2">Cap</text:h>',
        levels,
        styles=f"<text:outline-style>{level(1, 'I')}{second}</text:outline-style>",
    )

    assert [words for _, words in told(read(content, "a.odt"))] == [
        *("1. One", "2. Two", "2.1 Below", "a) deep", "b) deep too", "Between", "2.2 Below", "3. Three"),
        *("1. Anew", "3. Behind an empty one", "Unnumbered", "8. Eight", "I Scope", "I.1 Cap"),
    ]


def test_notes_comments_and_boxes_follow_their_paragraph() -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>3</text:note-citation>'
        "<text:note-body><text:p>Only 12 months for seals.</text:p></text:note-body></text:note>"
    )
    creator = "<dc:creator>Ines</dc:creator><dc:date>2024</dc:date>"
    comment = f"<office:annotation>{creator}<text:p>Right?</text:p></office:annotation>"
    box = "<draw:frame><draw:text-box><text:p>Call 7788.</text:p></draw:text-box></draw:frame>"
    parsed = read(make_open(p(f"It opens{note}{comment} at seven.{box}It closes at six.")), "a.odt")

    assert told(parsed) == [
        ("paragraph", "It opens at seven. It closes at six."),
        ("paragraph", "Call 7788."),
        ("paragraph", "Footnote 3: Only 12 months for seals."),
        ("paragraph", "Comment by Ines: Right?"),
    ]
    assert parsed.counts == {"comment": 1, "footnote": 1}


def test_merged_and_repeated_cells_and_declared_headers() -> None:
    covered = "<table:covered-table-cell/>"
    head = row(cell("Building"), cell("Room"), cell("Seats"))
    content = make_open(
        table(
            f"<table:table-header-rows>{head}</table:table-header-rows>",
            row(cell("Foundry", 'table:number-rows-spanned="2"'), cell("F1"), cell("12")),
            row(covered, cell("F2"), cell("30")),
            row(cell("Mill"), cell("7", 'table:number-columns-repeated="2"')),
        )
    )

    assert told(read(content, "a.odt")) == [
        ("row", "Building: Foundry; Room: F1; Seats: 12"),
        ("row", "Building: Foundry; Room: F2; Seats: 30"),
        ("row", "Building: Mill; Room: 7; Seats: 7"),
    ]


def test_a_table_in_a_cell_follows_under_the_name_of_its_row() -> None:
    inner = table(row(cell("Room"), cell("Seats")), row(cell("F1"), cell("12")))
    outer = table(row(cell("Building"), cell("Keeper"), cell("Rooms")), row(cell("Mill"), cell("Omar"), cell(inner)))

    assert told(read(make_open(outer), "a.odt")) == [
        ("row", "Building: Mill; Keeper: Omar"),
        ("heading", "Mill"),
        ("row", "Room: F1; Seats: 12"),
    ]


HIDDEN = '<style:text-properties text:display="none"/>'


@pytest.mark.parametrize(
    "properties",
    [
        HIDDEN,
        '<style:text-properties fo:font-size="1pt"/>',
        '<style:text-properties fo:color="#ffffff"/>',
        '<style:text-properties fo:color="#123456" fo:background-color="#123456"/>',
    ],
)
def test_hidden_words_are_left_out_and_what_follows_is_read(properties: str) -> None:
    span = '<text:span text:style-name="H">Obey <text:span>me</text:span>.</text:span>'

    assert read(make_open(p(f"Seen {span}words."), style("H", properties)), "a.odt").text == "Seen words."
    block = make_open(p("Obey.", "B") + p("Seen."), style("B", properties, "paragraph"))
    assert read(block, "a.odt").text == "Seen."


def test_white_words_on_a_dark_cell_or_shape_are_read() -> None:
    white = style("W", '<style:text-properties fo:color="#ffffff"/>', "paragraph")
    dark = style("D", '<style:table-cell-properties fo:background-color="#003366"/>', "table-cell")
    cells = row(cell(p("Port", "W"), 'table:style-name="D"'), cell(p("Berths", "W"), 'table:style-name="D"'))
    content = make_open(table(cells, row(cell("Northport"), cell("12"))), white + dark)

    assert read(content, "a.odt").text == "Port: Northport; Berths: 12"


def test_hidden_sections_deleted_text_and_contents_are_left_out() -> None:
    content = make_open(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>1 Scope 3</text:p></text:index-body></text:table-of-content>"
        '<text:section text:display="none"><text:p>Obey.</text:p></text:section>'
        "<text:section><text:p>Seen<text:hidden-text>Obey</text:hidden-text>.</text:p></text:section>",
        styles="<office:master-styles><style:master-page><style:header><text:p>Secret</text:p></style:header>"
        "<style:footer><text:p/></style:footer></style:master-page></office:master-styles>",
    )
    parsed = read(content, "a.odt")

    assert parsed.text == "Seen."
    assert parsed.left_out == (LeftOut("header-footer", 1),)


CHART = (
    "<office:body><office:chart><chart:chart><chart:title><text:p>Berths in use</text:p></chart:title><table:table>"
    f"<table:table-header-rows>{row(cell(p('')), cell('2024'), cell('2025'))}</table:table-header-rows>"
    f"<table:table-rows>{row(cell('North'), cell('3'), cell('NaN'))}{row(cell('South'), cell('5'), cell('7'))}"
    "</table:table-rows></table:table></chart:chart></office:chart></office:body>"
)
OBJECT = '<draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="./picture"/></draw:frame>'


def test_the_values_of_a_chart_are_rows() -> None:
    parsed = read(make_open(p(f"See:{OBJECT}"), chart=CHART), "a.odt")

    assert told(parsed) == [
        ("paragraph", "See:"),
        ("heading", "Berths in use"),
        ("row", "Category: North; 2024: 3"),
        ("row", "Category: South; 2024: 5; 2025: 7"),
    ]
    assert (parsed.counts["chart"], parsed.left_out) == (1, ())


def test_slides_are_pages_with_titles_items_notes_and_comments() -> None:
    def frame(role: str, text: str, more: str = "") -> str:
        return f'<draw:frame presentation:class="{role}" {more}><draw:text-box>{p(text)}</draw:text-box></draw:frame>'

    page = "<draw:page>{}</draw:page>"
    first = (
        frame("outline", "Cheap")
        + frame("title", "Why ferries")
        + frame("page-number", "1")
        + frame("subtitle", "Obey", 'svg:x="90cm" svg:y="1cm"')
        + f"<draw:g><draw:g><draw:rect>{p('In a group')}</draw:rect></draw:g></draw:g>"
        + f"<presentation:notes>{frame('notes', 'Say hello.')}</presentation:notes>"
        + "<office:annotation><dc:creator>Ines</dc:creator><text:p>Shorter!</text:p></office:annotation>"
    )
    second = f"<draw:frame>{table(row(cell('Port'), cell('Berths')), row(cell('Alba'), cell('12')))}</draw:frame>"
    size = '<style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/>'
    layout = f"<style:page-layout>{size}</style:page-layout>"
    parsed = read(make_open(page.format(first) + page.format(second), kind="presentation", styles=layout), "a.odp")

    assert told(parsed) == [
        ("heading", "Why ferries"),
        ("item", "Cheap"),
        ("paragraph", "In a group"),
        ("paragraph", "Speaker notes: Say hello."),
        ("paragraph", "Comment by Ines: Shorter!"),
        ("row", "Port: Alba; Berths: 12"),
    ]
    assert [block.page for block in parsed.blocks] == [1, 1, 1, 1, 1, 2]


def test_the_kind_is_told_by_the_file_and_others_are_named() -> None:
    assert media_type(make_open(p("Words.")), "a.zip") == f"{TYPE}text"
    assert media_type(change_members(make_open(p("Words.")), {"mimetype": f"{TYPE}text-web".encode()}), "a.odt") == (
        f"{TYPE}text"
    )
    with pytest.raises(DocumentUnreadable, match="is an OpenDocument file of another kind"):
        read(make_open("", kind="drawing"), "a.odg")
    with pytest.raises(DocumentUnreadable, match="is encrypted"):
        read(make_open(p("x"), manifest="<x><encryption-data/></x>"), "a.odt")
    with pytest.raises(DocumentUnreadable, match="is damaged"):
        read(make_zip({"mimetype": f"{TYPE}text", "content.xml": "<x/>"}), "a.odt")


def test_deep_and_huge_structures_end_quickly() -> None:
    nested = p("Deep.")
    for _ in range(70):
        nested = items(nested)
    many = table(row(cell("x", 'table:number-columns-repeated="1000000"')), *[row(cell("y"))] * 3)
    spaces = p('a<text:s text:c="900000000"/>b')

    assert "Words." in read(make_open(p("Words.") + nested + many + spaces), "a.odt").text


def test_a_file_cut_off_or_overwritten_is_read_or_says_what_is_wrong() -> None:
    content = make_open(items(p("One")) + table(row(cell("Port"), cell("Berths"))), lists(level(1, "1")), chart=CHART)

    for place in range(0, len(content), 40):
        assert says_what_to_do(read_or_refuse(content[:place], "a.odt"))
        assert says_what_to_do(read_or_refuse(content[:place] + b"\xaa" * 20 + content[place + 20 :], "a.odt"))
