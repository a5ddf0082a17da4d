"""Tables, charts, diagrams, notes and comments of slides are read."""

from io import BytesIO
from zipfile import ZipFile

import pptx
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml as parse_slide_xml
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Inches

from rag.documents.formats.markup.parse import parse_xml
from rag.documents.formats.office.drawings import read_diagram
from rag.types import LeftOut, Parsed
from tests.formats.checking import read, told
from tests.formats.making_office import PNG, change_members

MAIN = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
PLACE = (Inches(1), Inches(1), Inches(4), Inches(2))


def blank() -> tuple[Presentation, Slide]:
    presentation = pptx.Presentation()
    return presentation, presentation.slides.add_slide(presentation.slide_layouts[6])


def read_saved(presentation: Presentation) -> Parsed:
    written = BytesIO()
    presentation.save(written)
    return read(written.getvalue(), "a.pptx")


def test_merged_cells_of_a_table_count_for_all_that_they_cover() -> None:
    presentation, slide = blank()
    table = slide.shapes.add_table(4, 3, *PLACE).table
    words = ["Port", "Berths", "", "", "old", "new", "Northport", "3", "9", "", "4", "2"]
    for i, word in enumerate(words):
        table.cell(i // 3, i % 3).text = word
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(3, 0))

    assert told(read_saved(presentation)) == [
        ("row", "Port: Northport; Berths old: 3; Berths new: 9"),
        ("row", "Port: Northport; Berths old: 4; Berths new: 2"),
    ]


def test_the_values_of_a_chart_are_rows_under_its_title() -> None:
    presentation, slide = blank()
    data = CategoryChartData(number_format="0%")
    data.categories = ["North", "South"]
    data.add_series("2024", (0.25, 0.5))
    data.add_series("2025", (0.75, None))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Berths in use"
    parsed = read_saved(presentation)

    assert told(parsed) == [
        ("heading", "Berths in use"),
        ("row", "Category: North; 2024: 25%; 2025: 75%"),
        ("row", "Category: South; 2024: 50%"),
    ]
    assert parsed.counts["chart"] == 1


def test_the_categories_of_a_chart_may_have_levels_and_days() -> None:
    presentation, slide = blank()
    data = CategoryChartData()
    for region, ports in (("North", ("Alba", "Bree")), ("South", ("Cove",))):
        category = data.add_category(region)
        for port in ports:
            category.add_sub_category(port)
    data.add_series("Berths", (3, 4, 5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data)

    assert told(read_saved(presentation)) == [
        ("row", "Category: North Alba; Berths: 3"),
        ("row", "Category: North Bree; Berths: 4"),
        ("row", "Category: South Cove; Berths: 5"),
    ]


def test_the_points_of_a_scatter_chart_are_rows() -> None:
    presentation, slide = blank()
    data = XyChartData()
    series = data.add_series("Depth")
    series.add_data_point(1.5, 9)
    series.add_data_point(2, 7.25)
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *PLACE, data)

    assert told(read_saved(presentation)) == [
        ("row", "Series: Depth; X: 1.5; Y: 9"),
        ("row", "Series: Depth; X: 2; Y: 7.25"),
    ]


def test_the_words_of_a_diagram_come_in_the_order_of_its_shapes() -> None:
    def point(name: str, text: str, kind: str = "node") -> str:
        return f'<pt modelId="{name}" type="{kind}"><t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></t></pt>'

    root = parse_xml(
        (
            f"<dataModel {DRAWING}><ptLst>{point('0', '', 'doc')}{point('3', 'Third')}{point('1', 'First')}"
            f"{point('2', 'Below')}{point('9', 'Shown twice', 'pres')}</ptLst><cxnLst>"
            '<cxn srcId="0" destId="3" srcOrd="1"/><cxn srcId="0" destId="1" srcOrd="0"/>'
            '<cxn srcId="1" destId="2" srcOrd="0"/><cxn srcId="2" destId="1" srcOrd="0"/>'
            '<cxn type="presOf" srcId="9" destId="1"/></cxnLst></dataModel>'
        ).encode()
    )

    assert read_diagram(root) == ["First", "Below", "Third"]


def test_notes_are_marked_and_comments_name_their_author() -> None:
    presentation, slide = blank()
    slide.shapes.add_textbox(*PLACE).text_frame.text = "Berths"
    slide.notes_slide.notes_text_frame.text = "Say hello.\n\nThen sit."
    parts = {
        "comments": f'<p:cmLst {MAIN}><p:cm authorId="4"><p:text>Too\nlong?</p:text></p:cm></p:cmLst>',
        "commentAuthors": f'<p:cmAuthorLst {MAIN}><p:cmAuthor id="4" name="Ines Moreau"/></p:cmAuthorLst>',
    }
    for name, content in parts.items():
        owner = slide.part if name == "comments" else presentation.part
        part = Part(PackURI(f"/ppt/{name}.xml"), "application/xml", presentation.part.package, content.encode())
        owner.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{name}")
    parsed = read_saved(presentation)

    assert told(parsed) == [
        ("paragraph", "Berths"),
        ("paragraph", "Speaker notes: Say hello."),
        ("paragraph", "Then sit."),
        ("paragraph", "Comment by Ines Moreau: Too long?"),
    ]
    assert parsed.counts == {"comment": 1}


def test_shapes_in_groups_are_read_unless_they_are_switched_off() -> None:
    presentation, slide = blank()
    group = slide.shapes.add_group_shape()
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(*PLACE).text_frame.text = "Seen"
    hidden = group.shapes.add_textbox(*PLACE)
    hidden.text_frame.text = "Obey"
    hidden._element.nvSpPr.cNvPr.set("hidden", "1")

    assert told(read_saved(presentation)) == [("paragraph", "Seen")]


def test_a_shape_that_is_stored_in_two_forms_is_read_once() -> None:
    presentation, slide = blank()
    body = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>"
    slide.shapes._spTree.append(
        parse_slide_xml(
            f'<mc:AlternateContent xmlns:mc="{COMPATIBILITY}" {DRAWING} {MAIN}>'
            f"<mc:Choice><p:sp><p:txBody>{body.format('Area in square metres')}</p:txBody></p:sp></mc:Choice>"
            f"<mc:Fallback><p:sp><p:txBody>{body.format('Area')}</p:txBody></p:sp></mc:Fallback></mc:AlternateContent>"
        )
    )

    assert told(read_saved(presentation)) == [("paragraph", "Area in square metres")]


def test_paragraphs_with_bullets_are_items_and_keep_their_numbers() -> None:
    presentation, slide = blank()
    frame = slide.shapes.add_textbox(*PLACE).text_frame
    lines = [
        ("Steps", ""),
        ("Board", '<a:buAutoNum type="arabicPeriod"/>'),
        ("at the bow", '<a:buAutoNum type="alphaLcParenR"/>'),
        ("Sail", '<a:buAutoNum type="arabicPeriod"/>'),
        ("quickly", '<a:buChar char="-"/>'),
        ("Later", '<a:buAutoNum type="romanUcParenBoth" startAt="4"/>'),
        ("Plain", "<a:buNone/>"),
    ]
    frame.text = "\n".join(text for text, _ in lines)
    for place, (paragraph, (_, bullet)) in enumerate(zip(frame.paragraphs, lines, strict=True)):
        paragraph.level = 1 if place in {2, 4} else 0
        if bullet:
            properties = paragraph._p.get_or_add_pPr()
            properties.append(parse_slide_xml(bullet.replace("/>", f" {DRAWING}/>")))

    assert told(read_saved(presentation)) == [
        ("paragraph", "Steps"),
        ("item", "1. Board"),
        ("item", "a) at the bow"),
        ("item", "2. Sail"),
        ("item", "quickly"),
        ("item", "(IV) Later"),
        ("paragraph", "Plain"),
    ]


def test_a_presentation_with_macros_is_read() -> None:
    presentation, slide = blank()
    slide.shapes.add_textbox(*PLACE).text_frame.text = "Berths"
    written = BytesIO()
    presentation.save(written)
    kinds = ZipFile(written).read("[Content_Types].xml")
    usual = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    changed = kinds.replace(usual, b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml")

    assert changed != kinds
    assert read(change_members(written.getvalue(), {"[Content_Types].xml": changed}), "a.pptm").text == "Berths"


def test_pictures_are_reported_with_their_slides() -> None:
    presentation, slide = blank()
    slide.shapes.add_textbox(*PLACE).text_frame.text = "Berths"
    slide.shapes.add_picture(BytesIO(PNG), Inches(1), Inches(3))

    assert read_saved(presentation).left_out == (LeftOut("picture", 1, (1,)),)
