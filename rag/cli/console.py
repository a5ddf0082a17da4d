"""How answers, hits, tables and progress look in a terminal.

Goes in: our values and a rich Console. Comes out: styled text, wrapped to the terminal's width, or one line a paragraph
where there is no terminal. Documents and model output are hostile: nothing in them is read as markup, and what would
steer the terminal is shown as a visible escape.
"""

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from rag.answering.citations import answer_parts
from rag.events import AnswerDrafted, AnswerEvent, AnswerFinished, AnswerStarted, SourcesFound, TextDelta
from rag.types import Answer, Citation, Source

# C0 but tab and line feed, DEL, C1, what turns or breaks lines without being seen, and what UTF-8 cannot hold.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKERS = re.compile(r"(?:\[\d+\])+")
# A delta is a sentence, and one that is supported has the numbers of what it rests on behind it.
_ENDS_WITH_MARKER = re.compile(r"\[\d+\]\s*$")
_MIN_TEXT_WIDTH = 8
_NOT_CONFIRMED = "(not confirmed)"

_MARKER_STYLE = "cyan"
_QUIET_STYLE = "dim"
_NOTE_STYLE = "italic"
_WARNING_STYLE = "yellow"


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: no markup, no emoji codes, no guessing at what to highlight."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def escape_controls(text: str) -> str:
    r"""Return the text with every character that steers a terminal shown as an escape such as `\x1b`."""
    return _STEERING.sub(_escape, text)


def escape_line(text: str) -> str:
    """Return the text on one line, safe to print."""
    return " ".join(escape_controls(text).split())


class Wrapper:
    """Lays out text that comes in pieces; a word that is already out never moves."""

    def __init__(self, width: int | None, indent: int = 0) -> None:
        """Start at the left margin.

        Args:
            width: Columns; None never breaks a line.
            indent: Columns left free at the start of every line.
        """
        self._room = None if width is None else max(width - indent, _MIN_TEXT_WIDTH)
        self._margin = " " * indent
        self._column = 0
        self._is_new = True
        self._gap = ""

    def feed(self, text: str, style: str = "") -> Text:
        """Return what to print next, line ends included; the text's own white space only separates words."""
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
    """Return the lines of a numbered footnote: title, place, published page if any, the quoted words."""
    heading, indent = footnote_heading(citation, width)
    return [*heading, paragraph(f"“{citation.quote.strip()}”", width, indent=indent)]


def footnote_heading(citation: Citation, width: int | None) -> tuple[list[Text], int]:
    """Return the lines of a footnote above the quoted words, and how far all but the first of them are indented."""
    mark = f"[{citation.number}] "
    lines = [
        _with_mark(mark, escape_line(citation.title), width),
        paragraph(_place(citation), width, indent=len(mark), style=_QUIET_STYLE),
        *_published(citation, len(mark)),
    ]
    return lines, len(mark)


def source_entry(source: Source, width: int | None) -> list[Text]:
    """Return the lines of a passage: number, score and title, place, published page if any, text."""
    heading, indent = source_heading(source, width)
    return [*heading, paragraph(source.text, width, indent=indent)]


def source_heading(source: Source, width: int | None) -> tuple[list[Text], int]:
    """Return the lines of a passage above its text, and how far all but the first of them are indented."""
    mark = f"{source.number:>2}  {source.score:.2f}  "
    lines = [
        _with_mark(mark, escape_line(source.title), width),
        paragraph(_place(source), width, indent=len(mark), style=_QUIET_STYLE),
        *_published(source, len(mark)),
    ]
    return lines, len(mark)


def answer_notes(answer: Answer) -> list[tuple[str, str]]:
    """Return what a reader should know about how an answer came about, each with its style."""
    notes: list[tuple[str, str]] = []
    if answer.answered_by == "extractive" and not answer.abstained:
        notes.append(("Quoted directly from the documents.", _QUIET_STYLE))
    if answer.degraded:
        notes.append((f"The LLM gave no answer: {answer.degraded}.", _WARNING_STYLE))
    return notes


def table(rows: Sequence[Sequence[str]], width: int | None) -> list[Text]:
    """Return aligned rows; the last column is wrapped, on a line of its own where it would become too narrow."""
    cells = [[escape_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)][:-1]
    indent = sum(widths) + 2 * len(widths)
    return [_table_row(row, widths, indent, width) for row in cells]


class AnswerPrinter:
    """Prints one answer as its events come: the query where it was rewritten, sentences, footnotes, notes."""

    def __init__(self, out: Console, notes: Console) -> None:
        """Take the console for the answer and the one for what is only of the moment."""
        self._out = out
        self._width = text_width(out)
        self._wrapper = Wrapper(self._width)
        self._status = notes.status("Searching…", spinner_style="cyan") if notes.is_terminal else None
        self._told = ""

    def begin(self) -> None:
        """Show that the question is being worked on; before the first event, which may take a while."""
        if self._status:
            self._status.start()

    def take(self, event: AnswerEvent) -> None:
        """Show an event."""
        match event:
            case AnswerStarted():
                self._start(event)
            case SourcesFound(sources):
                self._say(f"Reading {count(len(sources), 'passage')}…")
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
        """End an answer that will not be finished."""
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
        """Show what is quoted until the LLM's answer stands below; who reads a file waits for that."""
        if not self._status:
            return
        self.clear_status()
        self._print(paragraph("From the documents, while the LLM writes:", self._width, style=_QUIET_STYLE))
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
        # The words of a quote stand in the answer already.
        quoted = {number for sentence in answer.sentences if sentence.quoted for number in sentence.citations}
        for citation in answer.citations:
            self._print("")
            is_above = citation.number in quoted
            lines = footnote_heading(citation, self._width)[0] if is_above else footnote(citation, self._width)
            print_lines(self._out, lines)
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
        """Return a note or a sentence as it is printed; one that begins a line does so below a free one."""
        laid = Text("\n\n" if text.startswith("\n") else "")
        if laid:
            self._wrapper = Wrapper(self._width)
        if is_note:
            return laid.append_text(self._wrapper.feed(text, _NOTE_STYLE))
        if _ENDS_WITH_MARKER.search(text):
            return laid.append_text(self._wrapper.feed(text))
        return laid.append_text(self._wrapper.feed(f"{text} {_NOT_CONFIRMED}", _QUIET_STYLE))

    def _print(self, text: Text | str, end: str = "\n") -> None:
        self._out.print(text, end=end, soft_wrap=True)
        self._out.file.flush()


def text_width(console: Console) -> int | None:
    """Return the columns to wrap text to; None where there is no terminal: a program that reads wants whole lines."""
    return console.width if console.is_terminal else None


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print lines that are wrapped already."""
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
    if place.headings:
        parts.append(" > ".join(escape_line(heading) for heading in place.headings))
    return ", ".join([*parts, f"characters {place.start}-{place.end}"])


def _published(place: Citation | Source, indent: int) -> list[Text]:
    """Return the line of the published page; the file of a PDF is named by its place, for no server is known here."""
    if place.link is None or place.link.startswith("/"):
        return []
    # Never broken: terminals make a link only of an address that is whole.
    return [paragraph(place.link, None, indent=indent, style=_QUIET_STYLE)]


def _with_mark(mark: str, text: str, width: int | None) -> Text:
    laid = paragraph(text, width, indent=len(mark), style="bold")
    return Text.assemble((mark, _MARKER_STYLE), laid[len(mark) :])


def _table_row(row: Sequence[str], widths: Sequence[int], indent: int, width: int | None) -> Text:
    start = "  ".join(cell + " " * (column - cell_len(cell)) for cell, column in zip(row[:-1], widths, strict=True))
    if width is not None and indent > width // 2:
        fits = cell_len(start.rstrip()) <= width
        start = start.rstrip() if fits else "  ".join(row[:-1])
        return Text.assemble(start, "\n", paragraph(row[-1], width, indent=4, style=_QUIET_STYLE))
    last = paragraph(row[-1], width, indent=indent)
    return Text.assemble(start, "  ", last[indent:]) if last else Text(start.rstrip())
