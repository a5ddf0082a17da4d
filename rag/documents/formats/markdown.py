"""Read Markdown: the words without the marks, and the facts in its front matter."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import yaml  # type: ignore[import-untyped]  # ships no annotations
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from rag.documents.formats.hidden.markdown import OpenTags
from rag.documents.formats.marks.extensions import number_notes, plain_markdown
from rag.documents.formats.markup.tables import Definition, definition_grids
from rag.documents.formats.markup.tree import add_page, raise_number
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.decoding import decode_text
from rag.documents.formats.shared.facts import find_author, find_day, find_language, find_link, find_name, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.tabular.grid import Cell, make_grid
from rag.documents.formats.tabular.values import is_value
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

_MAX_FRONT_MATTER_CHARACTERS = 50_000
# Deeper nesting is left out; the default of 20 allows ten lists, because each has items.
_MAX_NESTING = 100
# GitHub and Obsidian begin an admonition with it.
_ALERT = re.compile(r"\s*\[!\w+\][+-]?\s*")
# On bad YAML, PyYAML raises its own error, or what int(), date() and similar functions raise.
_NAMES_GROUP = re.compile(r"^(?:group|access)\s*:", re.MULTILINE)
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


def read_markdown(content: bytes, limits: Limits) -> Parsed:
    """Return the text that a reader of the rendered page sees.

    Raises:
        DocumentUnreadable: It is not text, in another encoding, or too long.
    """
    text, notes = plain_markdown(decode_text(content))
    builder = TextBuilder(limits)
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    tokens = parser.use(front_matter_plugin).use(deflist_plugin).parse(text)
    tags = OpenTags(token.content for token in tokens if token.type == "html_block")
    noted = {label: "".join(_words(_inlines(parser, note))) for label, note in notes.items()}
    writer = _Writer(builder, tags, noted)
    for token in tokens:
        writer.take(token)
    writer.add_unused_notes()
    front_matter = next((token.content for token in tokens if token.type == "front_matter"), "")
    return builder.build(_facts(front_matter))


class _Writer:
    """Takes the tokens in order and keeps track of the current list, heading, table or note."""

    def __init__(self, builder: TextBuilder, tags: OpenTags, notes: dict[str, str]) -> None:
        self._builder = builder
        self._tags = tags
        self._notes = notes
        self._numbers: dict[str, int] = {}
        self._waiting: list[str] = []
        self._n_lists = 0
        self._n_quotes = 0
        self._heading_level: int | None = None
        self._rows: list[list[Cell]] = []
        self._is_in_table = False
        self._definitions: list[tuple[list[str], list[str]]] = []
        self._n_terms = 0

    def take(self, token: Token) -> None:
        if token.type in {"code_block", "fence"}:
            if not self._tags.hides:
                self._builder.add_lines(self._kind, token.content)
        elif token.type == "html_block":
            add_page(self._tags.source + token.content, self._builder)
            self._tags.feed(token.content)
        elif token.type == "inline":
            self._take_words("".join(self._seen(token)))
        elif token.tag in {"table", "thead", "tr"}:
            self._take_table(token)
        elif token.tag in {"dl", "dt", "dd"}:
            self._take_definition(token)
        else:
            self._cross(token)

    def _cross(self, token: Token) -> None:
        """Keep track of what the next words stand in."""
        if token.tag in {"ul", "ol"}:
            if not self._n_lists:
                self._builder.end_group()
            self._n_lists += token.nesting
            self._add_notes()
        elif token.tag == "blockquote":
            self._n_quotes += token.nesting
        elif token.type in {"heading_open", "heading_close"}:
            self._heading_level = int(token.tag[1:]) if token.nesting == 1 else None

    def add_unused_notes(self) -> None:
        """Add the footnotes that no word refers to."""
        self._builder.leave_sections()
        for label, text in self._notes.items():
            if label not in self._numbers:
                self._builder.add("paragraph", text)

    @property
    def _kind(self) -> Literal["item", "paragraph"]:
        return "item" if self._n_lists else "paragraph"

    def _seen(self, inline: Token) -> Iterator[str]:
        """Yield the words that no HTML hides; tags that are still open end with the block."""
        depth = self._tags.depth
        raised: list[str] | None = None
        for token in inline.children or ():
            if token.type == "html_inline":
                self._tags.feed(token.content)
                if token.content.lower().startswith("<sup"):
                    raised = []
                elif token.content.lower().startswith("</sup") and raised is not None:
                    yield raise_number("".join(raised))
                    raised = None
            if not self._tags.hides:
                words = _words([token])
                if raised is None:
                    yield from words
                else:
                    raised += words
        yield from raised or ()
        self._tags.close_to(depth)

    def _take_words(self, words: str) -> None:
        if self._n_quotes:
            words = _ALERT.sub("", words, count=1)
        words, used = number_notes(words, self._notes, self._numbers)
        self._waiting += used
        if self._is_in_table:
            self._rows[-1].append(Cell(words))
        elif self._n_terms:
            self._definitions[-1][self._n_terms - 1].append(words)
        elif self._heading_level is not None:
            self._builder.heading(self._heading_level, words)
        else:
            self._builder.add(self._kind, words)
            if not self._n_lists:
                self._add_notes()

    def _add_notes(self) -> None:
        """Add the notes that the words above refer to, below their list or table."""
        if self._n_lists or self._is_in_table or not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for label in waiting:
            self._builder.add("paragraph", f"Footnote {self._numbers[label]}: {self._notes[label]}")

    def _take_definition(self, token: Token) -> None:
        """Collect terms (1) and what they mean (2); add short ones as rows."""
        if token.type == "dt_open" and (not self._definitions or self._definitions[-1][1]):
            self._definitions.append(([], []))
        if token.nesting and token.tag != "dl":
            self._n_terms = (1 if token.tag == "dt" else 2) if token.nesting > 0 else 0
        if token.type != "dl_close":
            return
        definitions, self._definitions = self._definitions, []
        for grid in definition_grids(Definition(", ".join(terms), "; ".join(said)) for terms, said in definitions):
            self._builder.add_grid(grid)
        self._add_notes()

    def _take_table(self, token: Token) -> None:
        if token.type == "table_open":
            self._is_in_table, self._rows = True, []
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "table_close":
            self._builder.add_grid(replace(make_grid(self._rows, 1), needs_head=_may_be_record(self._rows)))
            self._is_in_table = False
            self._add_notes()


def _may_be_record(rows: Sequence[Sequence[Cell]]) -> bool:
    """Say whether a table is without names: Markdown has none without a header."""
    texts = [cell.text.strip() for cell in rows[0]] if rows else []
    return not any(texts) or any(text.endswith(":") or is_value(text) for text in texts)


def _inlines(parser: MarkdownIt, text: str) -> Iterator[Token]:
    for token in parser.parse(text):
        if token.type in {"inline", "code_block", "fence"}:
            yield from token.children or (token,)
            yield Token("softbreak", "", 0)


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "image":
            yield from _words(token.children or ())
        elif token.type in {"softbreak", "hardbreak"} or token.content.lower().startswith("<br"):
            yield " "
        elif token.type != "html_inline":
            yield token.content


def _facts(front_matter: str) -> Facts:
    """Return the facts in the front matter; none if it is not YAML or no mapping.

    Raises:
        DocumentUnreadable: It is not YAML but names a group, so it is unknown who may read it.
    """
    if len(front_matter) > _MAX_FRONT_MATTER_CHARACTERS:
        return Facts()
    try:
        facts = yaml.safe_load(front_matter)
    except _YAML_ERRORS as error:
        if _NAMES_GROUP.search(front_matter):
            raise DocumentUnreadable(
                "has a front matter that is no valid YAML and names a group",
                next_step="correct it, for instance with quotes",
            ) from error
        return Facts()
    if not isinstance(facts, dict):
        return Facts()
    return Facts(
        title=find_name(facts.get("title")),
        language=find_language(facts.get("language") or facts.get("lang")),
        date=find_day(facts.get("date")),
        link=find_link(facts.get("link") or facts.get("url")),
        tags=find_tags(facts.get("tags")),
        group=find_name(facts.get("group") or facts.get("access")),
        author=find_author(facts.get("author") or facts.get("authors")),
    )
