"""Word documents with parts that python-docx cannot write."""

import base64
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from tests.formats.making import save_word

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
# A picture of one white dot.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."


def make_word_of(body: str, **parts: str) -> bytes:
    """Return a Word document with this body; `footnotes`, `comments` … are the content of parts.

    A part is related to the document under the identifier "r_" and its name.
    """
    document = docx.Document()
    for element in reversed(list(parse_xml(f"<w:body {NAMESPACES}>{body}</w:body>"))):
        document.element.body.insert(0, element)
    for name, content in parts.items():
        add_part(document, name, content.encode())
    return save_word(document)


def add_part(document: Document, name: str, content: bytes, kind: str = "", suffix: str = "xml") -> None:
    """Add a part of any kind; one of XML is closed by an element of its name."""
    if suffix == "xml":
        content = f"<w:{name} {NAMESPACES}>".encode() + content + f"</w:{name}>".encode()
    uri = PackURI(f"/word/{name}_added.{suffix}")
    part = Part(uri, f"{_TYPE}{name}+xml", content, document.part.package)
    relation = f"{RELATIONSHIP_TYPE.OFFICE_DOCUMENT.rpartition('/')[0]}/{kind or name}"
    document.part.rels.add_relationship(relation, part, f"r_{name}")


def change_members(content: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Return an archive with other members."""
    packed = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name in old.namelist():
            if name not in changed:
                archive.writestr(name, old.read(name))
        for name, member in changed.items():
            archive.writestr(name, member)
    return packed.getvalue()
