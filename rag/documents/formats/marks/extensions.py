"""Turn admonitions, tabs, containers and footnotes into plain Markdown. Pure.

MkDocs, Docusaurus, VuePress, MyST and GitHub each have marks of their own. A reader of the rendered
page sees only the words between them.
"""

import re
from collections.abc import Sequence

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_INDENTED_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ADMONITION = re.compile(
    r"[ \t]*(?:(?:!!!|\?\?\?\+?)[ \t]+(?P<name>[\w-]+)[\w \t-]*|===[!+]?)[ \t]*(?:\"(?P<title>[^\"]*)\")?[ \t]*"
)
_CONTAINER = re.compile(
    r"[ \t]*:{3,}[ \t]*(?:\{?(?P<name>[\w.:#-]+)[^}\[\]]*?\}?)?[ \t]*"
    r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<title>[^{}:]*?))[ \t]*:*[ \t]*"
)
_MAX_MARK_CHARACTERS = 300
_NOTE = re.compile(r" {0,3}\[\^([^\]\s]{1,80})\]:[ \t]*(.*)")
_USE = re.compile(r"\[\^([^\]\s]{1,80})\]")
_INDENT = 4
_MAX_NESTING = 20
# The kinds of admonitions; alone they say nothing.
_KINDS = frozenset(
    "note tip hint info important warning caution danger error attention seealso success question failure bug example "  # noqa: SIM905
    "quote abstract summary todo details tab tabs code-group sidebar margin admonition".split()
)


def plain_markdown(text: str) -> tuple[str, dict[str, str]]:
    """Return the text without the marks of extensions, and its footnotes by label."""
    lines = text.split("\n")
    if not any(mark in text for mark in ("!!!", "???", ":::", '=== "', "[^")):
        return text, {}
    without, notes = _without_notes(lines)
    return "\n".join(_without_marks(without)), notes


def number_notes(words: str, notes: dict[str, str], numbers: dict[str, int]) -> tuple[str, list[str]]:
    """Return words with footnotes as numbers, and the labels that they use for the first time.

    Args:
        numbers: The numbers given so far, by label; it is extended.
    """
    used: list[str] = []

    def number(found: re.Match[str]) -> str:
        label = found[1]
        if label not in notes:
            return found[0]
        if label not in numbers:
            numbers[label] = len(numbers) + 1
            used.append(label)
        return f"[{numbers[label]}]"

    return _USE.sub(number, words), used


def _without_notes(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Take out the definitions of footnotes with the indented lines below them."""
    kept: list[str] = []
    notes: dict[str, list[str]] = {}
    note: list[str] | None = None
    fence = ""
    for line in lines:
        fence, is_code = _follow_fence(line, fence)
        found = None if is_code else _NOTE.match(line)
        if found:
            note = notes.setdefault(found[1], [])
            note.append(found[2])
        elif note is not None and not is_code and (line.startswith((" " * _INDENT, "\t")) or _runs_on(line, note)):
            note.append(line.strip())
        else:
            note = note if note is not None and not line.strip() else None
            kept.append(line)
    return kept, {label: "\n".join(text).strip() for label, text in notes.items()}


def _runs_on(line: str, note: Sequence[str]) -> bool:
    """Say whether a line goes on the paragraph of the note above it."""
    return (
        bool(line.strip()) and bool(note[-1].strip()) and not line.lstrip().startswith(("#", "-", "*", ">", "|", "`"))
    )


def _without_marks(lines: Sequence[str]) -> list[str]:
    """Take out the marks of admonitions and containers, and the indent of what is in them."""
    kept: list[str] = []
    indents: list[int] = []
    fence = ""
    for line in lines:
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if not fence and stripped:
            while indents and indent < indents[-1] + _INDENT:
                indents.pop()
                kept.append("")
        body = line[min(indent, _INDENT * len(indents)) :]
        fence, is_code = _follow_fence(body, fence, pattern=_INDENTED_FENCE if indents else _FENCE)
        title = None if is_code else _title_of(body)
        if title is None:
            kept.append(body)
            continue
        if not body.lstrip().startswith(":") and len(indents) < _MAX_NESTING:
            indents.append(indent)
        kept += ["", title, ""]
    return kept


def _title_of(line: str) -> str | None:
    """Return the title in the first line of an admonition; "" if it has none, None for others."""
    if len(line) > _MAX_MARK_CHARACTERS:
        return None
    found = _ADMONITION.fullmatch(line)
    if found:
        # "??? what" is said in words, too.
        is_kind = (found["name"] or "").lower() in _KINDS
        return found["title"] or "" if is_kind or found["title"] else None
    found = _CONTAINER.fullmatch(line) if ":::" in line else None
    if not found:
        return None
    name, title = found["name"] or "", (found["bracketed"] or found["title"] or "").strip()
    is_kind = name.lower().strip("{}.:") in _KINDS or not name or "{" in line
    return title if is_kind else f"{name} {title}".strip()


def _follow_fence(line: str, fence: str, pattern: re.Pattern[str] = _FENCE) -> tuple[str, bool]:
    """Return the fence that is open after a line, and whether the line belongs to code."""
    found = pattern.match(line)
    if fence:
        is_end = found is not None and found[1].startswith(fence) and not line.strip().strip(fence[0])
        return ("", True) if is_end else (fence, True)
    return (found[1], True) if found else ("", False)
