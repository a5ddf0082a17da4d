"""Join the lines of a column that only the margin broke."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.documents.formats.pdf.segments import Line
from rag.documents.formats.plain import ends_sentence, is_list_item

# Of a line's height. A wider space between lines parts paragraphs.
_MIN_SPACE = 0.55
# Letters that are higher or lower by more are those of another kind of paragraph.
_MAX_RATIO = 1.18
# Of a line's height: the width of a space, and what a margin may be off.
_SPACE, _SLACK = 0.3, 0.6
_INDENT = 0.8


def join_lines(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the paragraphs and list items of a column, whose lines stand below each other."""
    right = max((line.right for line in lines), default=0.0)
    usual = _usual_space(lines)
    paragraph = ""
    for line, following in pairwise([*lines, None]):
        assert line is not None
        paragraph = join(paragraph, line.text)
        if following is None or _ends(line, following, right, usual):
            yield paragraph
            paragraph = ""


def join(paragraph: str, line: str) -> str:
    """Return a paragraph with a line more; a hyphen before a small letter parts a word."""
    if paragraph.endswith("-") and paragraph[-2:-1].isalpha() and line[:1].isalpha():
        return paragraph[:-1] + line if line[:1].islower() else paragraph + line
    return f"{paragraph} {line}".strip()


def _usual_space(lines: Sequence[Line]) -> float:
    """Return the usual space between lines of one paragraph: the lower quartile."""
    spaces = sorted(
        following.top - line.bottom
        for line, following in pairwise(lines)
        if following.top - line.bottom < 1.5 * line.height
    )
    return spaces[len(spaces) // 4] if spaces else 0.0


def _ends(line: Line, following: Line, right: float, usual: float) -> bool:
    text, next_text = line.text, following.text
    if is_list_item(next_text):
        return True
    heights = sorted((line.height, following.height))
    space = following.top - line.bottom - usual
    if space > _MIN_SPACE * heights[1] or space < -2 * heights[1]:
        return True
    if heights[1] > _MAX_RATIO * heights[0] and not next_text[:1].islower():
        return True
    starts_anew = not next_text[:1].islower()
    if not starts_anew and not ends_sentence(text):
        return False
    is_indented = following.left - line.left > _INDENT * line.height and ends_sentence(text)
    return is_indented or (would_fit(line, following, right) and (ends_sentence(text) or starts_anew))


def would_fit(line: Line, following: Line, right: float) -> bool:
    """Say whether the first word of the next line would have fitted on a line."""
    first = following.segments[0]
    width = first.rights[0] - first.lefts[0] if first.rights else 0.0
    return line.right + _SPACE * line.height + width < right - _SLACK * line.height
