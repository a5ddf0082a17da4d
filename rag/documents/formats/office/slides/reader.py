"""Read PowerPoint files: a slide is a page, its title a heading; notes and comments come last."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table

from rag.documents.formats.hidden.slides import ground_of, is_hidden, is_marked_hidden, paragraphs_in, paragraphs_of
from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml
from rag.documents.formats.office.drawings import read_chart, read_diagram
from rag.documents.formats.office.slides.bullets import bullets_of
from rag.documents.formats.office.slides.comments import authors_of, comments_of
from rag.documents.formats.office.word.text import RELATION
from rag.documents.formats.shared.archives import open_archive
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_BULLETED = {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY, PP_PLACEHOLDER.VERTICAL_OBJECT}
_REPEATED = {PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER}


def read_slides(content: bytes, limits: Limits) -> Parsed:
    """Return the text that the slides show, in order, with tables, charts, diagrams and notes.

    Hidden slides are read too.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    try:
        builder = _read_presentation(pptx.Presentation(io.BytesIO(content)), limits)
    except PythonPptxError as error:
        raise DocumentUnreadable("is damaged (no presentation in it)", next_step="open and save it again") from error
    return builder.build(read_facts(archive))


def _read_presentation(presentation: Presentation, limits: Limits) -> TextBuilder:
    if len(presentation.slides) > limits.max_pages:
        raise DocumentUnreadable(f"holds more than {limits.max_pages:,} slides", next_step="split it")
    builder, authors = TextBuilder(limits), authors_of(presentation.part)
    for number, slide in enumerate(presentation.slides, start=1):
        builder.leave_sections()
        builder.end_group()
        title = slide.shapes.title
        if title is not None:
            builder.heading(1, " ".join(paragraphs_of(title.text_frame, ground_of(title))), number)
        for shape in _seen(slide.shapes, presentation):
            if title is None or shape.shape_id != title.shape_id:
                _add_shape(shape, builder, number)
        for text in _texts_of_choices(slide):
            builder.add("paragraph", text, number)
        _add_notes(slide, builder, number)
        for author, text in comments_of(slide.part, authors):
            builder.count("comment")
            builder.add("paragraph", f"Comment by {author}: {text}" if author else f"Comment: {text}", number)
    return builder


def _seen(shapes: Iterable[BaseShape], presentation: Presentation) -> Iterator[BaseShape]:
    """Yield the shapes that are seen on a slide, including those in groups."""
    size = (presentation.slide_width or 0, presentation.slide_height or 0)
    pending = [shape for shape in shapes if not is_hidden(shape, *size)][::-1]
    while pending:
        shape = pending.pop()
        if isinstance(shape, GroupShape):
            pending += [inner for inner in shape.shapes if not is_marked_hidden(inner)][::-1]
        else:
            yield shape


def _add_shape(shape: BaseShape, builder: TextBuilder, number: int) -> None:
    if isinstance(shape, GraphicFrame):
        _add_frame(shape, builder, number)
        return
    role = shape.placeholder_format.type if shape.is_placeholder else None
    if next(find_all(_element_of(shape), "blip"), None) is not None:
        builder.leave_out("picture", page=number)
    if not isinstance(shape, Shape) or role in _REPEATED:
        return
    builder.end_group()
    texts = paragraphs_of(shape.text_frame, ground_of(shape))
    for text, bullet in zip(texts, bullets_of(shape.text_frame), strict=True):
        is_item = role in _BULLETED if bullet.is_item is None else bullet.is_item
        numbered = f"{bullet.number} {text}" if bullet.number and text.strip() else text
        builder.add("item" if is_item else "paragraph", numbered, number)


def _add_frame(frame: GraphicFrame, builder: TextBuilder, number: int) -> None:
    """Add a table, chart or diagram."""
    if frame.has_table:
        builder.add_grid(_read_table(frame.table), number)
        return
    for element in _element_of(frame).iter():
        name = local_name(element)
        link = element.get(f"{RELATION}{'dm' if name == 'relids' else 'id'}")
        if name == "oleobj":
            builder.leave_out("embedded-file", page=number, name=element.get("progId") or "")
        elif name == "chart" and link:
            grid = read_chart(parse_xml(frame.part.related_part(link).blob))
            if grid is None:
                builder.leave_out("picture", page=number)
                continue
            builder.count("chart")
            builder.add_grid(grid, number)
        elif name == "relids" and link:
            builder.end_group()
            for text in read_diagram(parse_xml(frame.part.related_part(link).blob)):
                builder.add("item", text, number)


def _read_table(table: Table) -> Grid:
    """Return the cells of a table; a first row with merged cells may need the next one too."""
    rows = []
    for place, row in enumerate(table.rows):
        cells = [cell for cell in row.cells if not cell.is_spanned]
        is_merged = any(cell.is_merge_origin for cell in cells)
        is_head = place == 0 and table.first_row and len(table.rows) > 1 and not is_merged
        rows.append(
            [
                Cell(
                    " ".join(paragraphs_of(cell.text_frame)),
                    cell.span_height if cell.is_merge_origin else 1,
                    cell.span_width if cell.is_merge_origin else 1,
                    is_head or (table.first_col and column == 0),
                )
                for column, cell in enumerate(cells)
            ]
        )
    # Programs mark the first row of every table as its header.
    return replace(make_grid(rows), needs_head=True)


def _texts_of_choices(slide: Slide) -> Iterator[str]:
    """Yield the text of shapes that are stored in two forms, which python-pptx leaves out."""
    for element in _element_of(slide.shapes):
        if local_name(element) == "alternatecontent":
            choice = next((one for one in element if local_name(one) == "choice"), None)
            yield from paragraphs_in(choice) if choice is not None else ()


def _add_notes(slide: Slide, builder: TextBuilder, number: int) -> None:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    label = "Speaker notes: "
    for text in paragraphs_of(frame) if frame else ():
        if text.strip():
            builder.add("paragraph", f"{label}{text}", number)
            label = ""


def _element_of(owner: Any) -> Element:  # noqa: ANN401 -- a class of python-pptx without a common one
    """Return the element of a shape or a list of shapes, which python-pptx gives nowhere else."""
    element: Element = owner._element  # noqa: SLF001
    return element
