"""Read a document as units that can be compared: headings, rows, list items and sentences. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from rag.answering.gathering.comparing.words import compared_words
from rag.text.words import Stem, Word
from rag.types import Block, Document, Passage, Span

SplitSentences = Callable[[str, str], list[Span]]
UnitKind = Literal["heading", "row", "item", "sentence"]

# "W-01", "A2", "7", "K310": a short word with a digit.
_CODE = re.compile(r"(?=\S*\d)[\w./-]{1,12}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_DECIMAL_COMMA = re.compile(r"(\d+),(\d{1,2})")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？]\W*$")
_MAX_WORDS_OF_LABEL = 6


class Cell(NamedTuple):
    """A cell of a table row; the label is the name of its column, or empty."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a document that says one thing.

    Attributes:
        span: Of the document's text; `document.text[span.start:span.end] == text`.
        cells: Of a row, in order; else empty.
        code: What a row or line begins with if that is a code, in lower case; else empty.
        key: The stems that name what the unit is about, in order, without numbers.
        stems: All its content stems, without numbers and column names, in order.
        numbers: Its numbers without those of column names, in order, written alike: 46.00 is 46.
    """

    span: Span
    kind: UnitKind
    text: str
    headings: tuple[str, ...]
    page: int | None
    cells: tuple[Cell, ...]
    code: str
    key: tuple[str, ...]
    stems: tuple[str, ...]
    numbers: tuple[str, ...]


def read_units(document: Document, split_sentences: SplitSentences, stem: Stem) -> tuple[Unit, ...]:
    """Return the units of a document in text order.

    Args:
        document: With all its blocks.
        split_sentences: Takes a paragraph and a language.
        stem: That of the document's language.
    """
    return tuple(
        unit
        for block in document.blocks
        for span, kind in _parts_of(document, block, split_sentences)
        if (unit := _read_unit(document.text, block._replace(start=span.start, end=span.end), kind, stem)).stems
        or unit.numbers
    )


def read_sentence(passage: Passage, sentence: Span, stem: Stem) -> Unit:
    """Return a sentence of a passage as a unit; "Label: value; Label: value" is a row."""
    text = passage.text_of(sentence)
    pieces = text.split("; ")
    is_row = len(pieces) > 1 and 2 * sum(": " in piece for piece in pieces) >= len(pieces)
    place = Block(0, len(text), "paragraph", passage.headings, passage.page)
    return replace(_read_unit(text, place, "row" if is_row else "sentence", stem), span=sentence)


def plain_number(number: str) -> str:
    """Return a number written one way: 46.00, 46,00 and 46 are 46; 1,387.80 is 1387.8."""
    grouped = number
    if _GROUPED.fullmatch(number):
        grouped = re.sub(r"[.,]", "", number)
    elif decimal := _DECIMAL_COMMA.fullmatch(number):
        grouped = f"{decimal[1]}.{decimal[2]}"
    bare = grouped.replace(",", "")
    whole, dot, fraction = bare.partition(".")
    is_decimal = dot and whole.isdigit() and fraction.isdigit()
    return f"{whole}.{fraction}".rstrip("0").rstrip(".") if is_decimal else bare


def numbers_of(text: str, stem: Stem) -> tuple[str, ...]:
    """Return the numbers of a text in order, written alike; number words in English count too."""
    return tuple(_number_of(word) for word in compared_words(text, stem) if word.number)


def read_cells(row: str) -> tuple[Cell, ...]:
    """Return the cells of a row that is written as "Label: value; Label: value"."""
    cells: list[Cell] = []
    for piece in row.split("; "):
        label, colon, value = piece.partition(": ")
        cells.append(Cell(label.strip(), value.strip()) if colon else Cell("", piece.strip()))
    return tuple(cells)


def _parts_of(document: Document, block: Block, split_sentences: SplitSentences) -> Iterator[tuple[Span, UnitKind]]:
    text = document.text[block.start : block.end]
    if block.kind in ("heading", "row"):
        yield Span(block.start, block.end), block.kind
        return
    kind: UnitKind = "item" if block.kind == "item" else "sentence"
    for line in _lines_of(text):
        for start, end in split_sentences(text[line.start : line.end], document.language):
            yield Span(block.start + line.start + start, block.start + line.start + end), kind


def _lines_of(text: str) -> Iterator[Span]:
    """Yield the lines of a block as one if they are wrapped prose, else each line."""
    lines = [Span(*match.span()) for match in re.finditer(r"[^\n]*\S[^\n]*", text)]
    is_wrapped = any(text[line.end - 1] != " " and text[line.end - 1] in ",-" for line in lines[:-1]) or any(
        text[line.start : line.end].lstrip()[0].islower() for line in lines[1:]
    )
    yield from [Span(0, len(text))] if is_wrapped or len(lines) < 2 else lines


def _read_unit(whole: str, place: Block, kind: UnitKind, stem: Stem) -> Unit:
    text = whole[place.start : place.end]
    cells = read_cells(text) if kind == "row" else ()
    said = "; ".join(cell.value for cell in cells) if cells else text
    words = compared_words(said, stem)
    code, name = _name_of(cells, text)
    key = _stems(compared_words(name, stem)) or _stems(words)
    numbers = tuple(_number_of(word) for word in words if word.number)
    span = Span(place.start, place.end)
    return Unit(span, kind, text, place.headings, place.page, cells, code, key, _stems(words), numbers)


def _name_of(cells: tuple[Cell, ...], text: str) -> tuple[str, str]:
    """Return the code that a unit begins with, and the words that name it."""
    if cells:
        code = cells[0].value.lower() if _CODE.fullmatch(cells[0].value) else ""
        named = cells[1:2] if code and len(cells) > 1 else cells[:1]
        return code, named[0].value
    first, _, rest = text.partition(" ")
    code = first.strip(":.").lower() if re.search(r"[^\W\d]", first) and _CODE.fullmatch(first.strip(":.")) else ""
    line = rest if code else text
    label, colon, _ = line.partition(":")
    if colon and len(label.split()) <= _MAX_WORDS_OF_LABEL:
        return code, label
    return code, line if _ENDS_SENTENCE.search(line) else re.split(r"[€$£¥]?\s*\d", line, maxsplit=1)[0]


def _stems(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.stem for word in words if word.is_content and not word.number)


def _number_of(word: Word) -> str:
    return plain_number(word.text) if word.text[0].isdigit() else word.number or ""
