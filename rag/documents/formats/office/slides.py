"""Read PowerPoint files: a slide is a page, its title a heading, and its notes come last."""

import io
from collections.abc import Iterable, Iterator

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape

from rag.documents.formats.hidden.slides import ground_of, is_hidden, paragraphs_of
from rag.documents.formats.shared.archives import open_archive
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.shared.office import read_facts
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_BULLETED = {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY, PP_PLACEHOLDER.VERTICAL_OBJECT}
_REPEATED = {PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER}


def read_slides(content: bytes, limits: Limits) -> Parsed:
    """Return the text that the slides show, in order; hidden slides and notes are read too.

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
    builder = TextBuilder(limits)
    for number, slide in enumerate(presentation.slides, start=1):
        builder.leave_sections()
        builder.end_group()
        title = slide.shapes.title
        if title is not None:
            builder.heading(1, " ".join(paragraphs_of(title.text_frame, ground_of(title))), number)
        for shape in _seen(slide.shapes, presentation):
            if title is None or shape.shape_id != title.shape_id:
                _add_shape(shape, builder, number)
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        for text in paragraphs_of(notes) if notes else ():
            builder.add("paragraph", text, number)
    return builder


def _seen(shapes: Iterable[BaseShape], presentation: Presentation) -> Iterator[BaseShape]:
    """Yield the shapes that are seen on a slide, including those in groups."""
    size = (presentation.slide_width or 0, presentation.slide_height or 0)
    pending = [shape for shape in shapes if not is_hidden(shape, *size)][::-1]
    while pending:
        shape = pending.pop()
        if isinstance(shape, GroupShape):
            pending += list(shape.shapes)[::-1]
        else:
            yield shape


def _add_shape(shape: BaseShape, builder: TextBuilder, number: int) -> None:
    if isinstance(shape, GraphicFrame) and shape.has_table:
        rows = [[" ".join(paragraphs_of(cell.text_frame)) for cell in row.cells] for row in shape.table.rows]
        has_header = shape.table.first_row and len(rows) > 1
        builder.table(rows[0] if has_header else [], rows[1:] if has_header else rows, number)
        return
    role = shape.placeholder_format.type if shape.is_placeholder else None
    if not isinstance(shape, Shape) or role in _REPEATED:
        return
    builder.end_group()
    for text in paragraphs_of(shape.text_frame, ground_of(shape)):
        builder.add("item" if role in _BULLETED else "paragraph", text, number)
