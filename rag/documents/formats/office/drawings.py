"""Read the values of charts and the words of diagrams (SmartArt) in Office files."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element, find_all, local_name, text_of
from rag.documents.formats.tabular.grid import Cell, Grid, make_grid

_FIRST_DAY = date(1899, 12, 30)
_MAX_DAY = 2_958_465
_MAX_ROWS = 2_000
_MAX_SERIES = 200
_UNSHOWN_POINTS = {"doc", "pres", "partrans", "sibtrans"}


class _Series(NamedTuple):
    """Points by their index."""

    name: str
    names: dict[int, str]
    values: dict[int, str]


def read_chart(root: Element) -> Grid | None:
    """Return the values of a chart, a row for each category under the names of the series.

    The title of the chart is the first row. Returns None if no values are stored.
    """
    series = [_read_series(one) for one in find_all(root, "ser")][:_MAX_SERIES]
    series = [one for one in series if one.values]
    if not series:
        return None
    is_scattered = any(local_name(one) == "yval" for one in root.iter())
    axes = _axis_titles(root)
    rows = _points(series, axes) if is_scattered else _categories(series, axes)
    return chart_grid(_title(root), rows)


def chart_grid(title: str, rows: Sequence[Sequence[str]]) -> Grid:
    """Return the values of a chart under its title; the first row names the series."""
    n_columns = max(map(len, rows))
    names = [text or ("" if i else "Category") for i, text in enumerate(rows[0])]
    heads = [[Cell(text, is_head=True) for text in names]]
    # The title of a chart of one series is often the name of the series.
    titles = [[Cell(title, n_columns=n_columns)]] if title.strip() and title not in names else []
    cells = [[Cell(text) for text in row] for row in rows[1 : _MAX_ROWS + 1]]
    return make_grid([*titles, *heads, *cells], len(titles) + 1)


def read_diagram(root: Element) -> list[str]:
    """Return the words of each shape of a diagram, those below another one behind it."""
    texts: dict[str, str] = {}
    roots = []
    for point in find_all(root, "pt"):
        name, kind = point.get("modelId") or "", (point.get("type") or "node").lower()
        if kind == "doc":
            roots.append(name)
        if kind not in _UNSHOWN_POINTS:
            texts[name] = " ".join(_paragraphs(point))
    below: dict[str, list[tuple[int, str]]] = {}
    for link in find_all(root, "cxn"):
        if (link.get("type") or "parOf") == "parOf":
            order = link.get("srcOrd") or ""
            place = int(order) if order.isascii() and order.isdigit() and len(order) < 7 else 0
            below.setdefault(link.get("srcId") or "", []).append((place, link.get("destId") or ""))
    found, seen, pending = [], set[str](), roots[::-1]
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            found.append(name)
            pending += [child for _, child in sorted(below.get(name, ()), reverse=True)]
    rest = (name for name in texts if name not in seen)
    return [text for name in (*found, *rest) if (text := texts.get(name, "")).strip()]


def _categories(series: Sequence[_Series], axes: Sequence[str]) -> list[list[str]]:
    """Return a row for each category."""
    names: dict[int, str] = {}
    for one in series:
        names = {**one.names, **names}
    places = sorted({place for one in series for place in one.values} | set(names))
    head = [axes[0], *(one.name or (axes[1] if len(series) == 1 else f"Series {i}") for i, one in enumerate(series, 1))]
    head = [name or ("Value" if i else "") for i, name in enumerate(head)]
    return [head, *([names.get(i, str(i + 1)), *(one.values.get(i, "") for one in series)] for i in places)]


def _points(series: Sequence[_Series], axes: Sequence[str]) -> list[list[str]]:
    """Return a row for each point of a chart of points."""
    points = (
        [one.name, one.names.get(i, str(i + 1)), value] for one in series for i, value in sorted(one.values.items())
    )
    return [["Series", axes[0] or "X", axes[1] or "Y"], *points]


def _read_series(element: Element) -> _Series:
    name, names, values = "", dict[int, str](), dict[int, str]()
    for part in element:
        kind = local_name(part)
        if kind == "tx":
            name = " ".join(_cached(part).values()) or " ".join(text_of(one) for one in find_all(part, "v"))
        elif kind in {"cat", "xval"}:
            names = _category_names(part)
        elif kind in {"val", "yval"}:
            values = _cached(part)
    return _Series(" ".join(name.split()), names, values)


def _category_names(part: Element) -> dict[int, str]:
    """Return the names of categories; of several levels, from the outermost to the innermost."""
    levels = [_cached(level) for level in find_all(part, "lvl")]
    if not levels:
        return _cached(part)
    names: dict[int, str] = {}
    for place in sorted({place for level in levels for place in level}):
        words = (_last_before(level, place) for level in reversed(levels))
        names[place] = " ".join(word for word in words if word)
    return names


def _last_before(level: dict[int, str], place: int) -> str:
    """Return the name that stands at a place or, as for a group, at the nearest one before it."""
    if place in level:
        return level[place]
    return level[max(before)] if (before := [other for other in level if other < place]) else ""


def _cached(part: Element) -> dict[int, str]:
    """Return the stored values by index, as the chart shows them."""
    form = next((text_of(one) for one in find_all(part, "formatcode")), "")
    values = {}
    for point in find_all(part, "pt"):
        index = point.get("idx") or ""
        words = next((text_of(one) for one in find_all(point, "v")), "")
        if index.isascii() and index.isdigit() and len(index) < 7 and words.strip():
            values[int(index)] = _show(words.strip(), point.get("formatCode") or form)
    return values


def _show(words: str, form: str) -> str:
    """Return a stored number as its format shows it: a share in percent, a day as a date."""
    lowered = form.lower()
    if not lowered or lowered == "general":
        return _short(words)
    try:
        value = float(words)
    except ValueError:
        return words
    if "%" in lowered:
        return f"{_short(repr(round(value * 100, 10)))}%"
    if not set(lowered) & set("0#") and set(lowered) & set("yd") and 0 < value < _MAX_DAY:
        return (_FIRST_DAY + timedelta(days=int(value))).isoformat()
    return _short(words)


def _short(words: str) -> str:
    """Return a number without the digits that only rounding has left."""
    try:
        value = float(words)
    except ValueError:
        return words
    return words if "e" in words.lower() and abs(value) > 1e15 else f"{value:.12g}" if "." in words else words


def _title(root: Element) -> str:
    chart = next(find_all(root, "chart"), root)
    titles = (part for part in chart if local_name(part) == "title")
    return next((_words(title) for title in titles), "")


def _axis_titles(root: Element) -> tuple[str, str]:
    """Return the titles of the axis of categories and that of values."""
    by_kind: dict[str, list[str]] = {"cat": [], "val": []}
    for axis in root.iter():
        name = local_name(axis)
        if name in {"catax", "dateax", "valax"}:
            title = next((_words(part) for part in axis if local_name(part) == "title"), "")
            by_kind["val" if name == "valax" else "cat"].append(title)
    names = [*by_kind["cat"][:1], *by_kind["val"], "", ""]
    return names[0], names[1]


def _words(title: Element) -> str:
    words = " ".join(_paragraphs(title)) or " ".join(_cached(title).values())
    return " ".join(words.split())


def _paragraphs(root: Element) -> Iterator[str]:
    for paragraph in find_all(root, "p"):
        yield "".join(text_of(one) if local_name(one) == "t" else " " for one in paragraph.iter() if _is_words(one))


def _is_words(element: Element) -> bool:
    return local_name(element) in {"t", "br"}
