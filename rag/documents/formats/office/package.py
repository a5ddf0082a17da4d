"""Find the parts of an Office file by their relationships (ECMA-376, part 2)."""

import posixpath
import zipfile
from typing import NamedTuple
from urllib.parse import unquote

from rag.documents.formats.markup.parse import Element, find_all, parse_xml
from rag.documents.formats.shared.archives import read_member

# Files of the form "Strict" differ in their names only.
_STRICT = (
    *(
        (
            f"http://purl.oclc.org/ooxml/{name}/main".encode(),
            f"http://schemas.openxmlformats.org/{name}/2006/main".encode(),
        )
        for name in ("wordprocessingml", "presentationml", "drawingml")
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


class Relation(NamedTuple):
    """A part that another part names.

    Attributes:
        kind: The last word of its type, as "footnotes" or "chart".
        path: Of the member in the archive.
    """

    kind: str
    path: str


class Package:
    """The parts of one file. Nothing outside the file is named or read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def main_path(self) -> str:
        """Return the path of the main part; empty if the package names none."""
        relations = self.relations_of("").values()
        return next((one.path for one in relations if one.kind == "officeDocument"), "")

    def relations_of(self, path: str) -> dict[str, Relation]:
        """Return the parts inside the package that a part names, by identifier."""
        folder, name = posixpath.split(path)
        content = read_member(self._archive, posixpath.join(folder, "_rels", f"{name}.rels"))
        relations = {}
        for element in find_all(parse_xml(content), "relationship") if content else ():
            target = unquote(element.get("Target") or "")
            if (element.get("TargetMode") or "").lower() != "external":
                kind = (element.get("Type") or "").rpartition("/")[2]
                place = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                relations[element.get("Id") or ""] = Relation(kind, place)
        return relations

    def content_of(self, path: str) -> bytes:
        """Return the bytes of a part; none if it is missing."""
        return read_member(self._archive, path) or b""

    def root_of(self, path: str) -> Element | None:
        """Return the root of a part; None if it is missing.

        Raises:
            DocumentUnreadable: It is not well formed.
        """
        content = self.content_of(path)
        if b"purl.oclc.org/ooxml" in content:
            for strict, usual in _STRICT:
                content = content.replace(strict, usual)
        return parse_xml(content) if content.strip() else None
