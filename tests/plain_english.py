"""Measures prose, in Markdown and in Python code: how long its lines and its sentences are."""

import ast
import inspect
import re
from collections.abc import Iterator

MAX_CHARACTERS = 100
MAX_WORDS = 30

# A full stop after one of these does not end a sentence.
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Fig|al|[ap]\.m)|\b(?:[A-Z]\.)*[A-Z])\.$")
_BOUNDARY = re.compile(r"[.!?][\"'”’)\]*_]*\s+(?![a-z])")
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK_ALONE = re.compile(r"\s*(?:[-*] )?!?(?:\[[^\]]*\]\([^)]*\)|<?https?://\S+)\s*")
_TABLE_RULE = re.compile(r"\s*\|[\s|:-]+\|\s*")
# A heading or a list item begins a unit, with or without a blank line before it.
_UNIT_START = re.compile(r"^\s*(?:#+|[-*]|\d+\.) ")
_SECTION_OR_ARGUMENT = re.compile(r"^(?:[A-Z]\w+:$| {4}[*\w.]+(?:, [*\w.]+)*: )")
_LOG_METHODS = {"debug", "info", "warning", "error", "exception"}
_TEXT_KEYWORDS = {"help", "description", "next_step"}


def split_sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph; a colon or semicolon does not end one."""
    sentences, start = [], 0
    for boundary in _BOUNDARY.finditer(text):
        if not _ABBREVIATION.search(text[start : boundary.start() + 1]):
            sentences.append(text[start : boundary.end()].strip())
            start = boundary.end()
    return [*sentences, text[start:].strip()]


def count_words(sentence: str) -> int:
    """Return how many words stand between spaces; what holds no letter or digit is none."""
    return sum(any(map(str.isalnum, word)) for word in sentence.split())


def find_long_sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph that have more than MAX_WORDS words; a code span is one word."""
    plain = re.sub(r"`[^`]+`", "Code", re.sub(r"\]\([^)\s]*\)", "]", text))
    return [sentence for sentence in split_sentences(plain) if count_words(sentence) > MAX_WORDS]


def find_long_lines(markdown: str) -> list[str]:
    """Return the lines of more than MAX_CHARACTERS; table rows, code and links that stand alone may be longer."""
    lines = _FENCE.sub("", markdown).splitlines()
    return [
        line
        for line in lines
        if len(line) > MAX_CHARACTERS and not line.lstrip().startswith("|") and not _LINK_ALONE.fullmatch(line)
    ]


def split_units(markdown: str) -> Iterator[str]:
    """Yield what sentences do not cross: each heading, paragraph, list item and table cell."""
    paragraph: list[str] = []
    is_heading = False
    for line in [*_FENCE.sub("\n", markdown).splitlines(), ""]:
        is_row = line.lstrip().startswith("|")
        if paragraph and (is_row or is_heading or not line.strip() or _UNIT_START.match(line)):
            yield " ".join(paragraph)
            paragraph = []
        is_heading = line.startswith("#")
        if is_row and not _TABLE_RULE.fullmatch(line):
            yield from (cell.strip() for cell in line.strip().strip("|").split("|"))
        elif line.strip() and not is_row:
            paragraph.append(_UNIT_START.sub("", line).strip())


def split_docstring(docstring: str) -> Iterator[str]:
    """Yield the units of a docstring in Google form; each argument, attribute and exception is one."""
    lines = ["", *docstring.splitlines()]
    for i in range(1, len(lines)):
        if _SECTION_OR_ARGUMENT.match(lines[i]):
            lines[i] = "\n" + lines[i]
    yield from split_units("\n".join(lines))


def find_python_units(source: str) -> Iterator[str]:
    """Yield the units of the docstrings, error messages, log lines, help texts and descriptions of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from split_docstring(inspect.cleandoc(node.value.value))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from map(_text_of, node.exc.args)
        elif isinstance(node, ast.Call):
            is_log = isinstance(node.func, ast.Attribute) and node.func.attr in _LOG_METHODS
            yield from map(_text_of, node.args[:1] if is_log else [])
            yield from (_text_of(keyword.value) for keyword in node.keywords if keyword.arg in _TEXT_KEYWORDS)


def _text_of(node: ast.expr) -> str:
    """Return the text of a literal, each of its fields as one word; of anything else none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "value"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
