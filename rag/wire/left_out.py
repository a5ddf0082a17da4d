"""What was read of a file and what was left out, in words.

Each kind of part has one sentence, and most have one more that says how to change it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, get_args

from rag.types import CountKind, LeftOut, LeftOutKind

USUAL: frozenset[LeftOutKind] = frozenset({"header-footer", "navigation"})
"""Left out of most files and of no loss; the summary of `rag index` does not list them."""


class _Words(NamedTuple):
    """A sentence for one part and one for several, and how to change it; `{name}` is quoted."""

    one: str
    several: str
    advice: str = ""


_MAX_RUNS = 10
_COUNT_ORDER: tuple[CountKind, ...] = get_args(CountKind)
_OF_PAGES = frozenset({"picture-page", "gibberish-page"})
_WORDS: dict[LeftOutKind, _Words] = {
    "picture-page": _Words(
        "{pages} is a picture; its words are not searched",
        "{pages} are pictures; their words are not searched",
        "Install footnote-rag[ocr], or raise ocr_seconds where it is installed, then run `rag index`.",
    ),
    "picture": _Words(
        "{n} picture{of} is not searched",
        "{n} pictures{of} are not searched",
    ),
    "gibberish-page": _Words(
        "the font of {pages} does not say which letters it shows; the page is not searched",
        "the fonts of {pages} do not say which letters they show; the pages are not searched",
        "Export the PDF again from the program that made it.",
    ),
    "hidden-sheet": _Words(
        "the sheet{name} is hidden; it is not searched",
        "{n} sheets{name} are hidden; they are not searched",
        "Unhide the sheet in the workbook, then run `rag index`.",
    ),
    "hidden-rows": _Words(
        "{n} row{of} is hidden; it is not searched",
        "{n} rows{of} are hidden; they are not searched",
        "Unhide the rows in the workbook, then run `rag index`.",
    ),
    "hidden-columns": _Words(
        "{n} column{of} is hidden; it is not searched",
        "{n} columns{of} are hidden; they are not searched",
        "Unhide the columns in the workbook, then run `rag index`.",
    ),
    "attachment": _Words(
        "the attachment{name} is not read",
        "{n} attachments{name} are not read",
        "Save the attachment in the folder as a file of its own.",
    ),
    "formula-without-value": _Words(
        "{n} formula{of} has no stored value",
        "{n} formulas{of} have no stored value",
        "Open the workbook in a spreadsheet program and save it, then run `rag index`.",
    ),
    "comment": _Words("{n} comment{of} is not searched", "{n} comments{of} are not searched"),
    "header-footer": _Words(
        "{n} header or footer{of} is left out",
        "{n} headers or footers{of} are left out",
    ),
    "embedded-file": _Words(
        "the embedded file{name} is not read",
        "{n} embedded files{name} are not read",
        "Save the embedded file in the folder as a file of its own.",
    ),
    "navigation": _Words(
        "{n} part of the page, such as a menu, is left out",
        "{n} parts of the page, such as menus, are left out",
    ),
}


def describe_left_out(left_out: LeftOut) -> str:
    """Return what is left out, as a clause: "page 2 is a picture; its words are not searched"."""
    words = _WORDS[left_out.what]
    n = len(left_out.pages) if left_out.pages and left_out.what in _OF_PAGES else left_out.n
    pages = describe_pages(left_out.pages) or ("a page" if n == 1 else f"{n:,} pages")
    name = f" “{left_out.name}”" if left_out.name else ""
    place = f" of{name}" if name else f" on {pages}" if left_out.pages else ""
    return (words.one if n == 1 else words.several).format(n=f"{n:,}", pages=pages, name=name, of=place)


def explain_left_out(left_out: LeftOut) -> str:
    """Return what is left out, as a sentence, and what to do about it."""
    clause = describe_left_out(left_out)
    return f"{clause[:1].upper()}{clause[1:]}. {advice_on(left_out.what)}".strip()


def advice_on(what: LeftOutKind) -> str:
    """Return what to do so that such parts are read; may be empty."""
    return _WORDS[what].advice


def describe_pages(pages: Sequence[int]) -> str:
    """Return pages in words: "page 2", "pages 1–3 and 7"; empty for none."""
    if not pages:
        return ""
    starts = [0, *(i for i, (page, following) in enumerate(pairwise(pages), start=1) if following != page + 1)]
    runs = [(pages[start], pages[end - 1]) for start, end in pairwise([*starts, len(pages)])]
    shown = [f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in runs]
    if len(shown) > _MAX_RUNS:
        shown = [*shown[:_MAX_RUNS], "others"]
    listed = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"page{'s' if len(pages) > 1 else ''} {listed}"


def describe_counts(n_pages: int | None, counts: Mapping[CountKind, int]) -> str:
    """Return how much was read: "12 pages, 3 tables, 1 field"; may be empty."""
    found = [("page", n_pages or 0), *((kind, counts.get(kind, 0)) for kind in _COUNT_ORDER)]
    return ", ".join(f"{n:,} {kind}{'s' if n != 1 else ''}" for kind, n in found if n)
