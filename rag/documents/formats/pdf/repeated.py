"""Find what a page holds besides its text: running headers and footers, page numbers, contents."""

import re
from collections.abc import Sequence
from itertools import pairwise, product

from rag.documents.formats.pdf.segments import Segment

_NUMBER = re.compile(r"[0-9]{1,9}")
_MIN_PAGES_TO_REPEAT = 3
_MAX_REPEATED_LINES = 3
# Numbers of a header line that may count the pages: "Page 3 of 12, printed 2026-02-01" has five.
_MAX_NUMBERS = 5
_PAGE = r"(?:page|p\.|pg\.|seite|s\.|página|pág\.|pagina|pag\.|side|sida|strona|str\.|sivu|страница|стр\.|第)"
_PAGE_NUMBER = re.compile(
    rf"[-–—\s]*(?:{_PAGE}\s*)?([0-9]{{1,5}})(?:\s*(?:of|/|von|de|di|av|z|из)\s*[0-9]{{1,5}})?\s*页?[-–—\s]*",
    re.IGNORECASE,
)
_COUNTED_PAGE = re.compile(rf"\b{_PAGE}\s*([0-9]{{1,5}})\b|\b([0-9]{{1,5}})\s*/\s*[0-9]{{1,5}}\s*$", re.IGNORECASE)
_MIN_CONTENTS = 3


def count_repeated(pages: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Return how many first and last lines of each page are headers, footers or page numbers.

    More than half of the pages share these lines. Numbers may differ if they count the pages.
    """
    counts = [[0, 0] for _ in pages]
    for edge in (0, 1):
        for _ in range(_MAX_REPEATED_LINES):
            edges = [_line_at(lines, count, edge) for lines, count in zip(pages, counts, strict=True)]
            repeated = _repeated(edges) if len(pages) >= _MIN_PAGES_TO_REPEAT else _repeated_on_few(edges)
            if not repeated:
                break
            for place in repeated:
                counts[place][edge] += 1
        for place, (lines, count) in enumerate(zip(pages, counts, strict=True)):
            counts[place][edge] += is_page_number(_line_at(lines, count, edge), place + 1)
    # If nothing is left, the pages are forms that differ only in a word or number.
    if all(sum(count) >= len(lines) for lines, count in zip(pages, counts, strict=True)):
        return [(0, 0) for _ in pages]
    return [(first, last) for first, last in counts]


def is_page_number(line: str, number: int) -> bool:
    """Say whether a line holds only the number of its page."""
    found = _PAGE_NUMBER.fullmatch(line)
    return found is not None and int(found.group(1)) == number


def without_contents(rows: list[list[Segment]]) -> list[list[Segment]]:
    """Return the rows of a page without those where dots lead to the number of a page."""
    led = [i for i, row in enumerate(rows) if row[-1].is_led and row[-1].text.isdecimal() and len(row[-1].text) < 5]
    numbers = [int(rows[i][-1].text) for i in led]
    if len(led) < _MIN_CONTENTS or any(after < before for before, after in pairwise(numbers)):
        return rows
    dropped = set(led)
    return [row for i, row in enumerate(rows) if i not in dropped]


def _repeated_on_few(lines: Sequence[str]) -> list[int]:
    """Return the second of two pages if it repeats the first, or both if their lines count them."""
    if len(lines) != 2 or not all(lines):
        return []
    first, second = lines
    if first == second:
        return [1]
    if _NUMBER.split(first) == _NUMBER.split(second):
        found = [_COUNTED_PAGE.search(line) for line in lines]
        numbers = [int(one.group(1) or one.group(2)) for one in found if one]
        if len(numbers) == 2 and numbers[1] - numbers[0] == 1:
            return [0, 1]
    return []


def _line_at(lines: Sequence[str], count: Sequence[int], edge: int) -> str:
    """Return the first or last line that is left."""
    n_first, n_last = count
    if n_first + n_last >= len(lines):
        return ""
    return lines[len(lines) - 1 - n_last] if edge else lines[n_first]


def _repeated(lines: Sequence[str]) -> list[int]:
    """Return the pages whose line is the same on more than half of them.

    Numbers must be equal as well, or grow with the page: "Meter 1 reads 4512" and
    "Meter 2 reads 881" are no headers.
    """
    shapes: dict[tuple[str, ...], list[int]] = {}
    for page, line in enumerate(lines):
        words, numbers = _NUMBER.split(line), [int(found) for found in _NUMBER.findall(line)]
        for is_counted in product((False, True), repeat=min(len(numbers), _MAX_NUMBERS)):
            counted = [*is_counted, *[False] * (len(numbers) - len(is_counted))]
            shape = (
                f"+{number - page}" if grows else str(number) for number, grows in zip(numbers, counted, strict=True)
            )
            shapes.setdefault((*words, *shape), []).append(page)
    shapes.pop(("",), None)
    pages = max(shapes.values(), key=len, default=[])
    return pages if 2 * len(pages) > len(lines) else []
