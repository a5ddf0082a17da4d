"""Lay out answers, sources and tables for a terminal.

Text is wrapped to the terminal's width; without a terminal, each paragraph is one line. Documents
and LLM output are hostile: they hold no markup, and control characters become visible escapes.
"""

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from rag.answering.citations import answer_parts
from rag.events import (
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerQueued,
    AnswerStarted,
    SourcesFound,
    TextDelta,
)
from rag.types import Answer, Citation, Source

# C0 except tab and line feed, DEL, C1, invisible direction and line marks, and surrogates.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKERS = re.compile(r"(?:\[\d+\])+")
# A delta is one sentence; a supported one ends with its citations.
_ENDS_WITH_MARKER = re.compile(r"\[\d+\]\s*$")
_MIN_TEXT_WIDTH = 8
_NOT_CONFIRMED = "(not confirmed)"

_MARKER_STYLE = "cyan"
_QUIET_STYLE = "dim"
_NOTE_STYLE = "italic"
_WARNING_STYLE = "yellow"


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: no markup, no emoji codes, no highlighting."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def escape_controls(text: str) -> str:
    r"""Return the text with each control character as an escape such as `\x1b`."""
    return _CONTROLS.sub(_escape, text)


def escape_line(text: str) -> str:
    """Return the text on one line, safe to print."""
    return " ".join(escape_controls(text).split())


class Wrapper:
    """Wraps text that comes in pieces; a word that was returned never moves."""

    def __init__(self, width: int | None, indent: int = 0) -> None:
        """Start at the left margin.

        Args:
            width: In columns; None never breaks a line.
            indent: Empty columns at the start of every line.
        """
        self._room = None if width is None else max(width - indent, _MIN_TEXT_WIDTH)
        self._margin = " " * indent
        self._column = 0
        self._is_new = True
        self._gap = ""

    def feed(self, text: str, style: str = "") -> Text:
        """Return what to print next, with line ends; white space only separates words."""
        laid = Text()
        for piece in re.findall(r"\s+|\S+", escape_controls(text)):
            if piece.isspace():
                self._gap = " "
            else:
                self._lay(piece, _MARKER_STYLE if _MARKERS.fullmatch(piece) else style, laid)
        return laid

    def _lay(self, word: str, style: str, laid: Text) -> None:
        if self._is_new:
            laid.append(self._margin)
        elif self._room is not None and self._column + len(self._gap) + cell_len(word) > self._room:
            self._break_line(laid)
        else:
            laid.append(self._gap)
            self._column += len(self._gap)
        self._is_new, self._gap = False, ""
        for i, part in enumerate(chop_cells(word, self._room) if self._room else [word]):
            if i:
                self._break_line(laid)
            laid.append(part, style)
            self._column += cell_len(part)

    def _break_line(self, laid: Text) -> None:
        laid.append("\n" + self._margin)
        self._column = 0


def paragraph(text: str, width: int | None, *, indent: int = 0, style: str = "") -> Text:
    """Return a whole text as one wrapped paragraph."""
    return Wrapper(width, indent).feed(text, style)


def footnote(citation: Citation, width: int | None) -> list[Text]:
    """Return the lines of a footnote: those of `footnote_heading`, and the quoted words."""
    quote = paragraph(f"“{citation.quote.strip()}”", width, indent=len(_footnote_mark(citation)))
    return [*footnote_heading(citation, width), quote]


def footnote_heading(citation: Citation, width: int | None) -> list[Text]:
    """Return the lines of a footnote above the quoted words."""
    return _heading(_footnote_mark(citation), citation, width)


def source_entry(source: Source, width: int | None) -> list[Text]:
    """Return the lines of a passage: number, score and title, place, published page, text."""
    heading, indent = source_heading(source, width)
    return [*heading, paragraph(source.text, width, indent=indent)]


def source_heading(source: Source, width: int | None) -> tuple[list[Text], int]:
    """Return the lines of a passage above its text, and the indent of all but the first."""
    mark = f"{source.number:>2}  {source.score:.2f}  "
    return _heading(mark, source, width), len(mark)


def answer_notes(answer: Answer) -> list[tuple[str, str]]:
    """Return notes on how an answer was made, each with its style."""
    notes: list[tuple[str, str]] = []
    if answer.answered_by == "extractive" and not answer.abstained:
        notes.append(("Quoted directly from the documents.", _QUIET_STYLE))
    if answer.degraded:
        notes.append((f"The LLM gave no answer: {answer.degraded}.", _WARNING_STYLE))
    return notes


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[Text]:
    """Return aligned rows; the last column is wrapped, on its own line if it is too narrow."""
    cells = [[escape_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)][:-1]
    indent = sum(widths) + 2 * len(widths)
    return [_table_row(row, widths, indent, width) for row in cells]


class AnswerPrinter:
    """Prints an answer from its events: the query if rewritten, sentences, footnotes, notes."""

    def __init__(self, out: Console, notes: Console) -> None:
        """Print the answer to `out`; show progress on `notes`."""
        self._out = out
        self._width = text_width(out)
        self._wrapper = Wrapper(self._width)
        self._status = notes.status("Searching…", spinner_style="cyan") if notes.is_terminal else None
        self._told = ""

    def begin(self) -> None:
        """Show progress before the first event, which may take a while."""
        if self._status:
            self._status.start()

    def take(self, event: AnswerEvent) -> None:
        """Print an event."""
        match event:
            case AnswerStarted():
                self._start(event)
            case SourcesFound(sources):
                self._say(f"Reading {count(len(sources), 'passage')}…")
            case AnswerQueued(n_before):
                self._say(f"Waiting for the LLM; {count(n_before, 'question')} before yours…")
            case AnswerDrafted(answer):
                self._show_draft(answer)
            case TextDelta(text, is_note):
                self.clear_status()
                self._told += text
                self._print(self._piece(text, is_note=is_note), end="")
            case AnswerFinished(answer):
                self.clear_status()
                self._finish(answer)

    def break_off(self) -> None:
        """End the line of an answer that was stopped."""
        self.clear_status()
        if self._told:
            self._print("")

    def clear_status(self) -> None:
        if self._status:
            self._status.stop()

    def _start(self, started: AnswerStarted) -> None:
        if started.query == started.question:
            return
        self.clear_status()
        self._print(paragraph(f"Searched for: {started.query}", self._width, style=_QUIET_STYLE))
        self._print("")
        self.begin()

    def _show_draft(self, draft: Answer) -> None:
        """Print the quotes that stand while the LLM generates, if there is a terminal."""
        if not self._status:
            return
        self.clear_status()
        self._print(paragraph("From the documents, while the LLM generates:", self._width, style=_QUIET_STYLE))
        for sentence in draft.sentences:
            self._print(paragraph(f"“{sentence.text}”", self._width, indent=2, style=_QUIET_STYLE))
        self._print("")
        self.begin()

    def _say(self, text: str) -> None:
        if self._status:
            self._status.update(text)

    def _finish(self, answer: Answer) -> None:
        if self._told:
            self._print("")
        if self._told and self._told != answer.answer:
            self._print(Text("\nThat was broken off and does not count. Instead:\n", _WARNING_STYLE))
        if self._told != answer.answer:
            self._print(self._whole(answer))
        # The words of a quote are already in the answer.
        quoted = {number for sentence in answer.sentences if sentence.quoted for number in sentence.citations}
        for citation in answer.citations:
            self._print("")
            lines_of = footnote_heading if citation.number in quoted else footnote
            print_lines(self._out, lines_of(citation, self._width))
        notes = answer_notes(answer)
        if notes:
            self._print("")
        for note, note_style in notes:
            self._print(paragraph(note, self._width, style=note_style))

    def _whole(self, answer: Answer) -> Text:
        self._wrapper = Wrapper(self._width)
        laid = Text()
        for piece in answer_parts(answer.outcome, answer.note, answer.sentences):
            laid.append_text(self._piece(piece, is_note=piece.strip() == answer.note))
        return laid

    def _piece(self, text: str, *, is_note: bool) -> Text:
        """Lay out a note or sentence, each of its lines; a new block follows an empty line."""
        style = _NOTE_STYLE if is_note else "" if _ENDS_WITH_MARKER.search(text) else _QUIET_STYLE
        shown = f"{text} {_NOT_CONFIRMED}" if style == _QUIET_STYLE else text
        laid = Text("\n" if text.startswith("\n") else "")
        for i, line in enumerate(shown.split("\n")):
            if i:
                self._wrapper = Wrapper(self._width)
                laid.append("\n")
            laid.append_text(self._wrapper.feed(line, style))
        return laid

    def _print(self, text: Text | str, end: str = "\n") -> None:
        self._out.print(text, end=end, soft_wrap=True)
        self._out.file.flush()


def text_width(console: Console) -> int | None:
    """Return the columns to wrap to; None without a terminal: programs want whole lines."""
    return console.width if console.is_terminal else None


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print wrapped lines."""
    for line in lines:
        console.print(line, soft_wrap=True)


def count(number: int, noun: str) -> str:
    """Return `1 passage`, `2 passages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _place(place: Citation | Source) -> str:
    parts = [escape_line(place.uri)]
    if place.page is not None:
        parts.append(f"page {place.page}")
    if place.from_picture:
        parts.append("read from a picture")
    if place.headings:
        parts.append(" > ".join(escape_line(heading) for heading in place.headings))
    return ", ".join([*parts, f"characters {place.start}-{place.end}"])


def _footnote_mark(citation: Citation) -> str:
    return f"[{citation.number}] "


def _heading(mark: str, place: Citation | Source, width: int | None) -> list[Text]:
    """Return title, place and published page; the address of a PDF here needs a server."""
    indent = len(mark)
    title = paragraph(escape_line(place.title), width, indent=indent, style="bold")
    lines = [
        Text.assemble((mark, _MARKER_STYLE), title[indent:]),
        paragraph(_place(place), width, indent=indent, style=_QUIET_STYLE),
    ]
    if place.link is not None and not place.link.startswith("/"):
        # Never wrapped: terminals make a link only of a whole address.
        lines.append(paragraph(place.link, None, indent=indent, style=_QUIET_STYLE))
    return lines


def _table_row(row: Sequence[str], widths: Sequence[int], indent: int, width: int | None) -> Text:
    start = "  ".join(cell + " " * (column - cell_len(cell)) for cell, column in zip(row[:-1], widths, strict=True))
    if width is not None and indent > width // 2:
        fits = cell_len(start.rstrip()) <= width
        start = start.rstrip() if fits else "  ".join(row[:-1])
        return Text.assemble(start, "\n", paragraph(row[-1], width, indent=4, style=_QUIET_STYLE))
    last = paragraph(row[-1], width, indent=indent)
    return Text.assemble(start, "  ", last[indent:]) if last else Text(start.rstrip())
