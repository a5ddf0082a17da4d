"""Read the values of form fields, and text that was written onto a page, with their labels."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # ships no annotations
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # ships no annotations

from rag.documents.formats.pdf.segments import Segment
from rag.documents.formats.pdf.words import upright

# Each looks for its label among the words of the page.
_MAX_ANNOTATIONS, _MAX_SEGMENTS = 1_000, 3_000
_MAX_BYTES = 40_000
_PASSWORD_FLAG = 1 << 13
# Bits of an annotation: invisible, hidden, not to be seen.
_HIDDEN_FLAGS = 1 | 2 | 32
# Of a segment's height: how far a label may be from its field.
_MAX_BESIDE, _MAX_ABOVE = 12.0, 1.2
_TEXT_KINDS = {pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX}
_BUTTON_KINDS = {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}
_Box = tuple[float, float, float, float]


class Marks(NamedTuple):
    """What was filled in or written onto a page.

    Attributes:
        fields: Label and value of each field that has one; a label may be empty.
        texts: Of boxes that were written onto the page.
        n_comments: Of notes that only open with a click.
    """

    fields: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    n_comments: int = 0


def read_marks(page: "pypdfium2.PdfPage", turn: int, segments: Sequence[Segment]) -> Marks:
    """Return the fields, texts and comments of a page.

    Args:
        segments: The words of the page, among which the labels are.
    """
    fields: list[tuple[str, str]] = []
    texts: list[str] = []
    n_comments = 0
    for annotation in _annotations(page):
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN_FLAGS:
            continue
        if kind == pdfium.FPDF_ANNOT_WIDGET and page.formenv is not None:
            field = _field(page.formenv.raw, annotation, turn, segments[:_MAX_SEGMENTS])
            fields += [field] if field is not None else []
        elif kind == pdfium.FPDF_ANNOT_FREETEXT:
            texts.append(_string(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents"))
        elif kind == pdfium.FPDF_ANNOT_TEXT:
            n_comments += 1
    return Marks(tuple(dict.fromkeys(fields)), tuple(text for text in texts if text.strip()), n_comments)


def _annotations(page: "pypdfium2.PdfPage") -> Iterator[object]:
    for i in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MAX_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, i)
        if annotation:
            try:
                yield annotation
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)


def _field(form: object, annotation: object, turn: int, segments: Sequence[Segment]) -> tuple[str, str] | None:
    """Return the label and value of a field; None without a value."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _BUTTON_KINDS and not pdfium.FPDFAnnot_IsChecked(form, annotation):
        return None
    if pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD_FLAG and kind not in _BUTTON_KINDS:
        return None
    box = _box(annotation, turn)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    if kind in _TEXT_KINDS:
        value = " ".join(_string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation).split())
        label = _left_of(box, segments) or _above(box, segments) or name or _own_name(form, annotation)
        return (label, value) if value else None
    if kind in _BUTTON_KINDS:
        beside = _right_of(box, segments) or _left_of(box, segments)
        if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
            return beside or name or _own_name(form, annotation), "yes"
        value = beside or _string(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        return (name or _own_name(form, annotation), value) if value else None
    return None


def _own_name(form: object, annotation: object) -> str:
    """Return the last part of a field's name; empty if only a program can read it."""
    name = _string(pdfium.FPDFAnnot_GetFormFieldName, form, annotation).rpartition(".")[2]
    return "" if "[" in name else name.replace("_", " ").strip()


def _left_of(box: _Box, segments: Sequence[Segment]) -> str:
    beside = [one for one in _in_line(box, segments) if 0 <= box[0] - one.right + 3 <= _MAX_BESIDE * one.height]
    return max(beside, key=lambda one: (one.right, one.place)).text.rstrip(": .") if beside else ""


def _right_of(box: _Box, segments: Sequence[Segment]) -> str:
    beside = [one for one in _in_line(box, segments) if 0 <= one.left - box[2] + 3 <= 2 * one.height]
    return min(beside, key=lambda one: (one.left, one.place)).text if beside else ""


def _above(box: _Box, segments: Sequence[Segment]) -> str:
    above = [
        one
        for one in segments
        if one.left < box[2] and one.right > box[0] and -3 <= box[1] - one.bottom <= _MAX_ABOVE * one.height
    ]
    return max(above, key=lambda one: (one.bottom, -one.left)).text.rstrip(": .") if above else ""


def _in_line(box: _Box, segments: Sequence[Segment]) -> list[Segment]:
    return [one for one in segments if box[1] - 2 <= (one.top + one.bottom) / 2 <= box[3] + 2]


def _box(annotation: object, turn: int) -> _Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rect)
    sides = (min(rect.left, rect.right), min(rect.bottom, rect.top), max(rect.left, rect.right))
    return upright((*sides, max(rect.bottom, rect.top)), turn)


def _string(get: Callable[..., int], *about: object) -> str:
    """Return a text that PDFium writes into a buffer, as UTF-16."""
    n_bytes = min(get(*about, None, 0), _MAX_BYTES)
    if n_bytes <= 2:
        return ""
    buffer = (ctypes.c_ushort * (n_bytes // 2 + 1))()
    get(*about, buffer, n_bytes)
    return bytes(buffer)[:n_bytes].decode("utf-16-le", errors="ignore").rstrip("\x00").strip()
