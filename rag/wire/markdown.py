"""Escape text for clients that render Markdown, so that what a document says stays text. Pure.

Headings, links, images, HTML and fences become the characters that they are written with. Addresses
become code, because clients make links of them even where they are escaped. Lists and code within
a line are kept.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from rag.answering.citations import answer_parts
from rag.text.contacts import is_host
from rag.types import Answer

# Without the punctuation after it.
_REST = r"[^\s<>`]*[^\s<>`.,;:!?\"')\]]"
_ADDRESS = (
    rf"(?:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{{0,20}}://|\bwww\.|\b(?:mailto|xmpp):){_REST}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*(?:\.[\w-]+)*"
    rf"|(?<![\w.-])(?P<name>(?:[\w-]{{1,63}}\.)+(?:[^\W_]|-+(?=[^\W_])){{2,63}})(?:[:/]{_REST})?"
)
_CODE = re.compile(rf"(?<![`\w])`[^`\n]+`(?![`\w])|(?P<address>{_ADDRESS})", re.IGNORECASE)
_SPECIAL = re.compile(
    # Within a word an underscore is no emphasis, and between spaces an asterisk is none.
    r"\\(?=[!-/:-@\[-`{-~])|[`\[]|(?<=\S)\*|\*(?=\S)|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
    r"|<(?=[a-z/!?])|&(?=#?\w+;)|:(?=//)",
    re.IGNORECASE,
)
# A heading or a quote, at the beginning of a line or of a list item.
_OPENING = re.compile(r"^(\s*(?:(?:[-+*]|\d{1,9}[.)])\s+)*)(?=#|>)")
# Wider, it makes code of the line; the first line stands behind another text, or is not indented.
_INDENT = re.compile(r"^ {0,3}(?:\t| {4})[ \t]*")
# It makes a heading or a table of the line above.
_UNDERLINE = re.compile(r"^(\s*)(?=[-=|:+][\s|:=+-]*$)")
_ESCAPED = re.compile(r"`(?P<code>[^`\n]+)`(?!`)|\\(?P<special>[!-/:-@\[-`{-~])")
_IS_ADDRESS = re.compile(_ADDRESS, re.IGNORECASE)


def in_markdown(answer: Answer) -> Answer:
    """Return an answer whose texts are escaped; its markers and citations stay."""
    note = escape_markdown(answer.note)
    sentences = tuple(replace(one, text=escape_markdown(one.text)) for one in answer.sentences)
    text = "".join(answer_parts(answer.outcome, note, sentences))
    return replace(answer, answer=text, note=note, sentences=sentences)


def escape_markdown(text: str) -> str:
    """Return Markdown that shows the text as it is, apart from lists and code within a line."""
    first, *others = text.split("\n")
    return "\n".join(map(_escape_line, [first, *(_INDENT.sub("   ", line) for line in others)]))


def unescape_markdown(markdown: str) -> str:
    """Return the text that `escape_markdown` was given, without the backticks around addresses."""

    def original(found: re.Match[str]) -> str:
        if found["special"]:
            return found["special"]
        return found["code"] if _IS_ADDRESS.fullmatch(found["code"]) else found[0]

    return _ESCAPED.sub(original, markdown)


def _escape_line(line: str) -> str:
    openings = {found.end() for pattern in (_OPENING, _UNDERLINE) if (found := pattern.match(line))}
    places = openings | {found.start() for found in _SPECIAL.finditer(line)}
    pieces, end = [], 0
    for code in _CODE.finditer(line):
        if code["name"] is None or is_host(code["name"]):
            # A backslash would escape the backtick after it.
            places |= {code.start() - 1} if line[: code.start()].endswith("\\") else set()
            pieces += [_escape(line, end, code.start(), places), f"`{code[0]}`" if code["address"] else code[0]]
            end = code.end()
    return "".join([*pieces, _escape(line, end, len(line), places)])


def _escape(line: str, start: int, end: int, places: Collection[int]) -> str:
    return "".join(f"\\{line[i]}" if i in places else line[i] for i in range(start, end))
