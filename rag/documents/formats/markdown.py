"""Read Markdown: the words without the marks, and the facts in its front matter."""

import re
from collections.abc import Iterator, Sequence

import yaml  # type: ignore[import-untyped]  # ships no annotations
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from rag.documents.formats.hidden.markdown import OpenTags
from rag.documents.formats.markup.tree import add_page
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.decoding import decode_text
from rag.documents.formats.shared.facts import find_author, find_day, find_language, find_link, find_name, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

_MAX_FRONT_MATTER_CHARACTERS = 50_000
# Deeper nesting is left out; the default of 20 allows ten lists, because each has items.
_MAX_NESTING = 100
# On bad YAML, PyYAML raises its own error, or what int(), date() and similar functions raise.
_NAMES_GROUP = re.compile(r"^(?:group|access)\s*:", re.MULTILINE)
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


def read_markdown(content: bytes, limits: Limits) -> Parsed:
    """Return the text that a reader of the rendered page sees.

    Raises:
        DocumentUnreadable: It is not text, in another encoding, or too long.
    """
    text = decode_text(content)
    builder = TextBuilder(limits)
    tokens = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").use(front_matter_plugin).parse(text)
    writer = _Writer(builder, OpenTags(token.content for token in tokens if token.type == "html_block"))
    for token in tokens:
        writer.take(token)
    front_matter = next((token.content for token in tokens if token.type == "front_matter"), "")
    return builder.build(_facts(front_matter))


class _Writer:
    """Takes the tokens in order and keeps track of the current list, heading or table."""

    def __init__(self, builder: TextBuilder, tags: OpenTags) -> None:
        self._builder = builder
        self._tags = tags
        self._n_lists = 0
        self._heading_level: int | None = None
        self._header: list[str] = []
        self._rows: list[list[str]] = []
        self._is_in_table = False

    def take(self, token: Token) -> None:
        if token.type in {"code_block", "fence"}:
            if not self._tags.hides:
                self._builder.add("paragraph", token.content)
        elif token.type == "html_block":
            add_page(self._tags.source + token.content, self._builder)
            self._tags.feed(token.content)
        elif token.type == "inline":
            self._take_words("".join(self._seen(token)))
        elif token.tag in {"table", "thead", "tr"}:
            self._take_table(token)
        elif token.tag in {"ul", "ol"}:
            if not self._n_lists:
                self._builder.end_group()
            self._n_lists += token.nesting
        elif token.type in {"heading_open", "heading_close"}:
            self._heading_level = int(token.tag[1:]) if token.nesting == 1 else None

    def _seen(self, inline: Token) -> Iterator[str]:
        """Yield the words that no HTML hides; tags that are still open end with the block."""
        depth = self._tags.depth
        for token in inline.children or ():
            if token.type == "html_inline":
                self._tags.feed(token.content)
            if not self._tags.hides:
                yield from _words([token])
        self._tags.close_to(depth)

    def _take_words(self, words: str) -> None:
        if self._is_in_table:
            self._rows[-1].append(words)
        elif self._heading_level is not None:
            self._builder.heading(self._heading_level, words)
        else:
            self._builder.add("item" if self._n_lists else "paragraph", words)

    def _take_table(self, token: Token) -> None:
        if token.type == "table_open":
            self._is_in_table, self._header, self._rows = True, [], []
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "thead_close":
            self._header = self._rows.pop()
        elif token.type == "table_close":
            self._builder.table(self._header, self._rows)
            self._is_in_table = False


def _words(tokens: Sequence[Token]) -> Iterator[str]:
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
