"""Read rich text files (RTF): paragraphs, lists, tables, notes, comments and text boxes."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from rag.documents.formats.office.rtf.characters import Characters
from rag.documents.formats.office.rtf.heads import Heads, facts_of
from rag.documents.formats.office.rtf.state import FACTS, HEADERS, KNOWN, SKIPPED, STORIES, SYMBOLS, TEXTS, State
from rag.documents.formats.office.rtf.story import CellFrame, RowFrame, Story
from rag.documents.formats.office.rtf.tokens import Token, read_tokens
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.colors import Color, is_same_color
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Parsed

_WHITE: Color = (255, 255, 255)
_MAX_GROUPS = 10_000
# Half points.
_MIN_SIZE = 4
_N_OUTLINE_LEVELS = 9
_MAX_NUMBER_CHARACTERS = 40


def read_rtf(content: bytes, limits: Limits) -> Parsed:
    """Return the text with notes, comments and text boxes.

    Headers, footers, and hidden and deleted text are left out.

    Raises:
        DocumentUnreadable: It is nested too deeply or too long.
    """
    reader = _Reader()
    for token in read_tokens(content):
        reader.take(token)
    builder = TextBuilder(limits)
    reader.finish(builder)
    return builder.build(facts_of(reader.heads.facts))


@dataclass(slots=True)
class _Counts:
    footnotes: int = 0
    endnotes: int = 0
    comments: int = 0
    pictures: int = 0
    headers: int = 0


@dataclass
class _Reader:
    """Follows the control words of a file."""

    heads: Heads = field(default_factory=Heads)
    body: Story = field(default_factory=Story)

    def __post_init__(self) -> None:
        self._state = State(story=self.body)
        self._stack: list[State] = []
        self._frames: dict[int, RowFrame] = {}
        self._merge = CellFrame(0)
        self._characters = Characters(self._encodings, self._write)
        self._is_optional = False
        self._author = ""
        self._style = 0
        self._counts = _Counts()
        self._is_endnote = False
        self._words: dict[str, Callable[[int | None], None]] = self._make_words()

    def take(self, token: Token) -> None:
        """Read one token."""
        characters = self._characters
        if token.kind == "byte":
            characters.take_byte(token.number or 0)
        elif token.kind == "text":
            # Pictures are skipped as text of megabytes.
            characters.take_text(token.text if self._state.to != "skip" else b"")
        elif token.kind == "word" and token.word == "u":
            characters.take_unicode(token.number or 0, self._state.n_skipped)
        elif characters.n_to_skip and token.kind in {"word", "symbol"}:
            characters.n_to_skip -= 1
        elif token.kind == "word" and token.word == "uc":
            # It may stand between the halves of one character.
            self._set_skipped(token.number)
        else:
            characters.flush()
            if token.kind == "open":
                self._open()
            elif token.kind == "close":
                self._close()
            elif token.kind == "symbol":
                self._take_symbol(token.word)
            else:
                self._take_word(token.word, token.number)

    def finish(self, builder: TextBuilder) -> None:
        """End what is open and add all blocks."""
        self._characters.flush()
        while self._stack:
            self._close()
        self.body.end()
        self.body.add_to(builder)
        counts = self._counts
        for kind, n in (("footnote", counts.footnotes + counts.endnotes), ("comment", counts.comments)):
            if n:
                builder.count("footnote" if kind == "footnote" else "comment", n)
        if counts.pictures:
            builder.leave_out("picture", counts.pictures)
        if counts.headers:
            builder.leave_out("header-footer", counts.headers)

    # Groups.

    def _open(self) -> None:
        self._characters.n_to_skip = 0
        if len(self._stack) >= _MAX_GROUPS:
            raise DocumentUnreadable("is nested too deeply to be read", next_step="open and save it again")
        self._stack.append(self._state)
        self._state = copy.copy(self._state)
        self._is_optional = False

    def _close(self) -> None:
        self._characters.n_to_skip = 0
        self._is_optional = False
        if not self._stack:
            return
        ended, self._state = self._state, self._stack.pop()
        if ended.story is not self._state.story and ended.story is not None:
            self._end_story(ended)
        elif ended.to != self._state.to and ended.to in {"creatim", "revtim"}:
            self.heads.end_day(ended.to)

    def _end_story(self, ended: State) -> None:
        """Put a note, comment or box behind the paragraph in which it stands."""
        story, outer = ended.story, self._state.story
        assert story is not None
        story.end()
        if ended.to == "header":
            self._counts.headers += bool(story.blocks)
            return
        label = ""
        if ended.to == "footnote" and self._is_endnote:
            self._counts.endnotes += 1
            label = f"Endnote {self._counts.endnotes}: "
        elif ended.to == "footnote":
            self._counts.footnotes += 1
            label = f"Footnote {self._counts.footnotes}: "
        elif ended.to == "comment":
            self._counts.comments += 1
            author = " ".join(self._author.split())
            label = f"Comment by {author}: " if author else "Comment: "
            self._author = ""
        if outer is not None and self._state.to != "skip":
            outer.attach(story, label)

    def _take_destination(self, word: str) -> bool:
        """Follow a word that says where the text of its group goes; say whether it is one."""
        state = self._state
        if state.to == "skip":
            return word != "ud"
        if word in STORIES or word in HEADERS:
            self._begin_story(word)
        elif word in {"fonttbl", "colortbl", "stylesheet", "info", "upr", "shpinst", "atnauthor"}:
            state.to = {"shpinst": "shape", "upr": "skip"}.get(word, word)
        elif word in {"listtext", "pntext"}:
            state.to = "number"
        elif word == "nesttableprops":
            state.to = "frame"
        elif state.to == "info" and word in {*FACTS, "creatim", "revtim"}:
            # Who wrote it comes before who saved it.
            state.to = "skip" if word in self.heads.facts else word
        elif word == "pict":
            self._counts.pictures += state.to in {"text", "shape", "footnote", "box"}
            state.to = "skip"
        elif word in SKIPPED or (self._is_optional and word not in KNOWN):
            state.to = "skip"
        else:
            return False
        return True

    def _begin_story(self, word: str) -> None:
        state = self._state
        state.to, state.story = STORIES.get(word, "header"), Story()
        state.depth, state.is_listed, state.style, state.outline = 0, False, 0, None
        self._is_endnote = False
        if state.to == "box" and self._stack and self._stack[-1].story is not None:
            # The words around a box are not one.
            self._stack[-1].story.write(" ")

    # Text.

    def _take_symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._is_optional = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif symbol in SYMBOLS:
            self._write(SYMBOLS[symbol])

    def _take_word(self, word: str, number: int | None) -> None:
        is_destination = self._take_destination(word)
        self._is_optional = False
        if is_destination:
            return
        if word == "ud" and self._stack:
            # The text before it is the same for old programs.
            self._state.to = next((one.to for one in reversed(self._stack) if one.to != "skip"), "text")
        elif word in TEXTS:
            self._write(TEXTS[word])
        elif word in self._words:
            self._words[word](number)

    def _encodings(self) -> tuple[str, str]:
        return self.heads.encodings.get(self._state.font, self.heads.encoding), self.heads.encoding

    def _write(self, text: str) -> None:
        state = self._state
        if state.to in {"text", "footnote", "comment", "box", "header"}:
            if state.story is not None and not self._is_unseen(state) and not self.heads.is_contents(state.style):
                state.story.is_listed |= state.is_listed
                state.story.write(text)
        elif state.to == "number" and state.story is not None:
            is_symbol = state.font in self.heads.symbol_fonts
            number = "" if is_symbol else "".join(text.split())[:_MAX_NUMBER_CHARACTERS]
            state.story.is_listed = True
            # A lone "o" is a bullet in an old font.
            is_number = any(map(str.isalnum, number)) and number != "o"
            state.story.number += number if is_number or state.story.number else ""
        elif state.to in FACTS:
            self.heads.facts[state.to] = self.heads.facts.get(state.to, "") + text
        elif state.to == "atnauthor":
            self._author += text
        elif state.to == "colortbl":
            for _ in range(text.count(";")):
                self.heads.end_color()
        elif state.to == "stylesheet":
            name = self.heads.names.get(self._style, "") + text.rstrip(";")
            self.heads.names[self._style] = name[:200]

    def _is_unseen(self, state: State) -> bool:
        """Say whether text is hidden, deleted, tiny, or in the colour of its ground."""
        if state.is_hidden or state.is_deleted or state.size < _MIN_SIZE:
            return True
        color = self.heads.color_of(state.color)
        own = self.heads.color_of(state.ground) or self.heads.color_of(state.shade)
        ground = own or (_WHITE if state.depth == 0 and state.to != "box" else None)
        return color is not None and ground is not None and is_same_color(color, ground)

    # Paragraphs and tables.

    def _end_paragraph(self) -> None:
        state = self._state
        if state.story is not None and state.to in {"text", "footnote", "comment", "box", "header"}:
            heading = self.heads.heading_of(state.style) if state.outline is None else state.outline
            is_heading = heading is not None and heading <= _N_OUTLINE_LEVELS and state.to == "text"
            state.story.end_paragraph(state.depth, heading if is_heading else None)

    def _end_cell(self, depth: int) -> None:
        if self._state.story is not None and self._state.to != "skip":
            self._state.story.end_cell(depth)

    def _end_row(self, depth: int) -> None:
        if self._state.story is not None and self._state.to != "skip":
            self._state.story.end_row(depth, self._frames.get(depth, RowFrame()))

    def _begin_frame(self) -> None:
        self._frames[self._table_depth()] = RowFrame()
        self._merge = CellFrame(0)

    def _add_cell_frame(self, right: int) -> None:
        frame = self._frames.setdefault(self._table_depth(), RowFrame())
        if len(frame.cells) < 1_000:
            frame.cells.append(self._merge._replace(right=right))
        self._merge = CellFrame(0)

    def _table_depth(self) -> int:
        return max(2, self._state.depth) if self._state.to == "frame" else 1

    def _reset_paragraph(self) -> None:
        state = self._state
        state.style, state.outline, state.depth, state.shade, state.is_listed = 0, None, 0, None, False

    def _reset_text(self) -> None:
        state = self._state
        state.size, state.color, state.ground, state.is_hidden, state.is_deleted = 24, None, None, False, False

    def _set_style(self, number: int | None) -> None:
        self._style = number or 0
        self._state.style = number or 0

    def _set_outline(self, number: int | None) -> None:
        level = (number or 0) + 1
        if self._state.to == "stylesheet":
            if level <= _N_OUTLINE_LEVELS:
                self.heads.outlines[self._style] = level
        else:
            self._state.outline = level

    def _set_base(self, number: int | None) -> None:
        if self._state.to == "stylesheet" and number is not None:
            self.heads.bases[self._style] = number

    def _set_font(self, number: int | None) -> None:
        self._state.font = number or 0

    def _set_character_set(self, number: int | None) -> None:
        if self._state.to == "fonttbl":
            self.heads.set_character_set(self._state.font, number or 0)

    def _set_skipped(self, number: int | None) -> None:
        self._state.n_skipped = max(0, min(100, 1 if number is None else number))

    def _set_depth(self, number: int | None) -> None:
        self._state.depth = max(0, min(20, 1 if number is None else number))

    def _set_endnote(self) -> None:
        self._is_endnote = True

    def _set(self, name: str) -> Callable[[int | None], None]:
        """Return what keeps a number in the state."""
        return lambda number: setattr(self._state, name, number)

    def _switch(self, name: str) -> Callable[[int | None], None]:
        """Return what switches on, or off if the number is zero."""
        return lambda number: setattr(self._state, name, number != 0)

    def _make_words(self) -> dict[str, Callable[[int | None], None]]:
        def merge(**changed: object) -> Callable[[int | None], None]:
            return lambda _: setattr(self, "_merge", self._merge._replace(**changed))  # type: ignore[arg-type]

        def part(name: str) -> Callable[[int | None], None]:
            return lambda number: self.heads.set_part(name, number or 0)

        return {
            **{name: part(name) for name in ("red", "green", "blue", "yr", "mo", "dy")},
            "par": lambda _: self._end_paragraph(),
            "sect": lambda _: self._end_paragraph(),
            "pard": lambda _: self._reset_paragraph(),
            "plain": lambda _: self._reset_text(),
            "ansicpg": lambda number: self.heads.set_code_page(number or 1252),
            "mac": lambda _: self.heads.set_code_page(10000),
            "pc": lambda _: self.heads.set_code_page(437),
            "f": self._set_font,
            "fcharset": self._set_character_set,
            "fs": lambda number: setattr(self._state, "size", 24 if number is None else number),
            "cf": self._set("color"),
            **{name: self._set("ground") for name in ("cb", "chcbpat", "highlight")},
            "cbpat": self._set("shade"),
            "v": self._switch("is_hidden"),
            "deleted": self._switch("is_deleted"),
            "s": self._set_style,
            "sbasedon": self._set_base,
            "outlinelevel": self._set_outline,
            "ls": lambda number: setattr(self._state, "is_listed", bool(number)),
            "intbl": lambda _: self._set_depth(max(1, self._state.depth)),
            "itap": self._set_depth,
            "ftnalt": lambda _: self._set_endnote(),
            "trowd": lambda _: self._begin_frame(),
            "trleft": lambda number: setattr(self._frame(), "left", number or 0),
            "trhdr": lambda _: setattr(self._frame(), "is_head", True),
            "clvmgf": merge(down="first"),
            "clvmrg": merge(down="next"),
            "clmrg": merge(is_across=True),
            "cellx": lambda number: self._add_cell_frame(number or 0),
            "cell": lambda _: self._end_cell(1),
            "nestcell": lambda _: self._end_cell(max(2, self._state.depth)),
            "row": lambda _: self._end_row(1),
            "nestrow": lambda _: self._end_row(max(2, self._state.depth)),
        }

    def _frame(self) -> RowFrame:
        return self._frames.setdefault(self._table_depth(), RowFrame())
