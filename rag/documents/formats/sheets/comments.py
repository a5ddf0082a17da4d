"""Read the comments on the cells of a sheet."""

import re
import zipfile
from collections.abc import Iterator, Sequence

from rag.documents.formats.markup.parse import find_all, local_name, parse_xml, text_of
from rag.documents.formats.shared.archives import read_member
from rag.documents.formats.sheets.package import column_number, links_of

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# Excel puts this in front of a copy of a thread for programs that know no threads.
_COPY_OF_THREAD = re.compile(r"\s*\[[^\]]{3,40}\]")


def read_comments(archive: zipfile.ZipFile, path: str) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of each comment on a sheet, from 0, in order of the cells."""
    paths = {kind.casefold(): target for _, kind, target in links_of(archive, path)}
    threads = list(_texts(archive, paths.get("threadedcomment"), "threadedcomment"))
    discussed = {(row, column) for row, column, _ in threads}
    notes = [
        (row, column, text)
        for row, column, text in _texts(archive, paths.get("comments"), "comment")
        if (row, column) not in discussed or not _COPY_OF_THREAD.match(text)
    ]
    yield from sorted([*threads, *notes], key=lambda one: one[:2])


def say_comment(rows: Sequence[Sequence[str]], row: int, column: int, text: str) -> str:
    """Return a comment behind the words of its row and cell, without which it says too little."""
    cells = rows[row] if row < len(rows) else ()
    key = next((cell for cell in cells if cell.strip()), "")
    cell = cells[column] if column < len(cells) else ""
    about = ", ".join(dict.fromkeys(words for words in (key.strip(), cell.strip()) if words))
    return f"Comment on {about}: {text}" if about else f"Comment: {text}"


def _texts(archive: zipfile.ZipFile, path: str | None, name: str) -> Iterator[tuple[int, int, str]]:
    content = read_member(archive, path) if path else None
    for comment in find_all(parse_xml(content), name) if content else ():
        place = _PLACE.fullmatch(comment.get("ref") or "")
        text = " ".join(text_of(part) for part in comment if local_name(part) == "text")
        if place and text.strip():
            yield int(place[2]) - 1, column_number(place[1].encode()) - 1, text
