"""Read files as Documents: plain text in UTF-8, or in UTF-16 with its byte order mark."""

import codecs
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from rag.errors import DocumentUnreadable, NothingToIndex
from rag.types import Document

MEDIA_TYPES = {".txt": "text/plain", ".md": "text/markdown"}
_TITLE_LINES = 5
_MAX_TITLE_CHARACTERS = 120
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def find_files(folder: Path) -> Iterator[Path]:
    """Yield the files that can be read, sorted by path; hidden ones and links out of the folder are passed over.

    Raises:
        NothingToIndex: The folder does not exist.
    """
    if not folder.is_dir():
        raise NothingToIndex(
            f"{folder} is not a folder; run `rag index FOLDER` with the folder that holds your documents"
        )
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if is_hidden or path.suffix.lower() not in MEDIA_TYPES or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            yield path


def load_document(path: Path, folder: Path) -> Document:
    """Read one file as a document whose id and uri come from its path below `folder`.

    Raises:
        DocumentUnreadable: It cannot be opened, is empty, is not text, or is in another encoding.
    """
    # A name that is not UTF-8 shows its odd bytes as escapes: readable, distinct and storable.
    uri = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentUnreadable(f"{uri}: cannot be read ({error.strerror}); check the file's permissions") from error
    text = _decode(content, uri)
    if not any(character.isalnum() for character in text):
        raise DocumentUnreadable(f"{uri}: holds no text")
    return Document(
        id=hashlib.sha256(uri.encode()).hexdigest()[:16],
        uri=uri,
        title=find_title(text) or PurePosixPath(uri).stem.replace("-", " ").replace("_", " ").strip().capitalize(),
        text=text,
        media_type=MEDIA_TYPES[path.suffix.lower()],
        sha256=hashlib.sha256(content).hexdigest(),
    )


def find_title(text: str) -> str | None:
    """Return the first of the opening lines that reads like a title: short, and no full stop at its end."""
    lines = [line.strip() for line in text.split("\n")]
    told = [i for i, line in enumerate(lines) if any(character.isalnum() for character in line)]
    for i in told[:_TITLE_LINES]:
        title = lines[i].lstrip("#").strip()
        following = lines[i + 1] if i + 1 < len(lines) else ""
        runs_on = following[:1].islower()
        if 0 < len(title) <= _MAX_TITLE_CHARACTERS and title[-1] not in ".!?:;," and not runs_on:
            return title
    return None


def _decode(content: bytes, uri: str) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentUnreadable(
            f"{uri}: byte {error.start} is not valid {'UTF-16' if is_utf16 else 'UTF-8'}; save the file as UTF-8"
        ) from error
    if _CONTROL.search(text):
        raise DocumentUnreadable(f"{uri}: holds control characters, so it is not a text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")
