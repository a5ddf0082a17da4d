"""Read the objects that are embedded in an OpenDocument file: charts and tables."""

import posixpath
import zipfile
from collections.abc import Iterator

from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml, text_of
from rag.documents.formats.office.drawings import chart_grid
from rag.documents.formats.shared.archives import read_member
from rag.documents.formats.shared.building import TextBuilder

_LINK = "{http://www.w3.org/1999/xlink}href"
_MAX_ROWS = 2_000
_MAX_COLUMNS = 200


class Objects:
    """The objects in one file; nothing outside the file is named or read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._added: set[str] = set()

    def add(self, element: Element, builder: TextBuilder, page: int | None) -> None:
        """Add the values of a chart; report what else is embedded."""
        path = posixpath.normpath(posixpath.join("/", element.get(_LINK) or "")).lstrip("/")
        content = read_member(self._archive, f"{path}/content.xml") if path else None
        # The inner one of two elements of this name.
        charts = list(find_all(parse_xml(content), "chart")) if content else []
        if not charts or path in self._added:
            builder.leave_out("embedded-file", page=page, name=path)
            return
        self._added.add(path)
        title = next((text_of(one) for one in charts[-1] if local_name(one) == "title"), "")
        rows = list(_rows_of(charts[-1]))[: _MAX_ROWS + 1]
        if not any(cell.strip() for row in rows for cell in row):
            return
        builder.count("chart")
        builder.add_grid(chart_grid(title, rows), page)


def _rows_of(chart: Element) -> Iterator[list[str]]:
    """Yield the rows of the table of values that a chart keeps, the names of the series first."""
    table = next(find_all(chart, "table"), None)
    for row in find_all(table, "table-row") if table is not None else ():
        cells = [cell for cell in row if local_name(cell) == "table-cell"][:_MAX_COLUMNS]
        yield [" ".join(text_of(one) for one in find_all(cell, "p")).replace("NaN", "") for cell in cells]
