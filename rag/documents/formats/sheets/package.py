"""Find the sheets inside a workbook's archive, and what they refer to."""

import posixpath
import zipfile
from collections.abc import Iterator

from rag.documents.formats.markup.parse import find_all, parse_xml
from rag.documents.formats.shared.archives import read_member

_CHUNK_BYTES = 1_000_000
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def column_number(letters: bytes) -> int:
    """Return the number of a column, from 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def sheet_paths(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield name and path of each sheet."""
    workbook = read_member(archive, "xl/workbook.xml")
    if not workbook:
        return
    paths = {link: path for link, _, path in links_of(archive, "xl/workbook.xml")}
    for sheet in find_all(parse_xml(workbook), "sheet"):
        path = paths.get(sheet.get(_LINK) or "")
        if path:
            yield sheet.get("name") or "", path


def links_of(archive: zipfile.ZipFile, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield id, last word of the type, and path of each member that a member refers to."""
    folder, name = posixpath.split(path)
    content = read_member(archive, f"{folder}/_rels/{name}.rels")
    names = set(archive.namelist())
    for one in find_all(parse_xml(content), "relationship") if content else ():
        target = posixpath.normpath(posixpath.join(f"/{folder}", one.get("Target") or "")).lstrip("/")
        if target in names:
            yield one.get("Id") or "", (one.get("Type") or "").rpartition("/")[2], target


def sheet_parts(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """Yield the source of a sheet in parts that end with a tag."""
    tail = b""
    with archive.open(path) as sheet:
        while chunk := sheet.read(_CHUNK_BYTES):
            cut = chunk.rfind(b">") + 1
            yield tail + chunk[:cut]
            tail = chunk[cut:]
