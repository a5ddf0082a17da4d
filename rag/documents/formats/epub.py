"""Read EPUB books: the chapters in the order of the spine."""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_html, parse_xml, text_of
from rag.documents.formats.markup.tree import Piece, add_pieces, read_pieces
from rag.documents.formats.shared.archives import open_archive, read_member
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.cleaning import clean_text
from rag.documents.formats.shared.facts import find_author, find_day, find_language
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

# XHTML may close these in one tag; HTML would never close them.
_CLOSED_AT_ONCE = re.compile(r"<(title|script|style|iframe|textarea|a|div|p|span)(\s[^<>]*)?/>", re.IGNORECASE)
_PAGE_TYPES = {"application/xhtml+xml", "text/html"}
_NCX = "application/x-dtbncx+xml"
_MAX_STYLE_BYTES = 300_000
_MAX_NAME_CHARACTERS = 120
# What programs write where a book has no title.
_NO_TITLES = {"unknown title", "unknown", "untitled", "unbekannt", "[no title]"}
# A table of contents is made of links.
_MIN_LINKS = 2
_MIN_LINK_SHARE = 0.8


def read_epub(content: bytes, limits: Limits) -> Parsed:
    """Return the text of all chapters, without the table of contents.

    Raises:
        DocumentUnreadable: It is damaged, encrypted or too long.
    """
    archive = open_archive(content, limits)
    package_path = _package_path(archive)
    package = parse_xml(_member(archive, package_path))
    chapters = _chapter_paths(package, posixpath.dirname(package_path))
    if _encrypted_paths(archive) & set(chapters):
        raise DocumentUnreadable("is encrypted", next_step="get it without copy protection")
    builder = TextBuilder(limits)
    labels = _labels(archive, package, posixpath.dirname(package_path))
    styles = _styles(archive)
    contents = _contents_paths(package, posixpath.dirname(package_path))
    for path in chapters:
        chapter = decode_page(read_member(archive, path) or b"")
        pieces = read_pieces(styles + _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", chapter), "of a book")
        if path in contents or _lists_chapters(pieces):
            builder.leave_out("navigation")
        else:
            add_pieces(_with_heading(pieces, labels.get(path)), builder)
    return builder.build(_facts(package))


def _styles(archive: zipfile.ZipFile) -> str:
    """Return the style sheets of the book as an element, because they may hide text."""
    sheets = (read_member(archive, path) or b"" for path in archive.namelist() if path.lower().endswith(".css"))
    text = b"\n".join(sheets)[:_MAX_STYLE_BYTES].decode("utf-8", "replace").replace("<", " ")
    return f"<style>{text}</style>" if text else ""


def _member(archive: zipfile.ZipFile, path: str) -> bytes:
    content = read_member(archive, path)
    if content is None:
        raise DocumentUnreadable(f"is damaged ({path} is missing)", next_step="get the book again")
    return content


def _package_path(archive: zipfile.ZipFile) -> str:
    container = parse_xml(_member(archive, "META-INF/container.xml"))
    paths = (element.get("full-path") for element in find_all(container, "rootfile"))
    path = next(paths, None)
    if not path:
        raise DocumentUnreadable("is damaged (its container names no book)", next_step="get the book again")
    return path


def _chapter_paths(package: Element, folder: str) -> list[str]:
    path_by_id = {}
    for item in find_all(package, "item"):
        is_contents = "nav" in (item.get("properties") or "").split()
        if item.get("media-type") in _PAGE_TYPES and not is_contents:
            path_by_id[item.get("id")] = _path_of(item.get("href"), folder)
    ids = (element.get("idref") for element in find_all(package, "itemref"))
    return list(dict.fromkeys(path_by_id[id_] for id_ in ids if id_ in path_by_id))


def _contents_paths(package: Element, folder: str) -> set[str]:
    """Return the chapters that the book names as its table of contents."""
    references = (element for element in find_all(package, "reference") if element.get("type") == "toc")
    return {_path_of(element.get("href"), folder) for element in references}


def _lists_chapters(pieces: Sequence[Piece]) -> bool:
    """Say whether a page holds links almost only, as a table of contents does."""
    texts = [piece for piece in pieces if piece.kind in {"paragraph", "item"}]
    n_characters = sum(len(piece.text.strip()) for piece in texts)
    n_linked = sum(piece.link_share * len(piece.text.strip()) for piece in texts)
    n_links = sum(piece.link_share > _MIN_LINK_SHARE for piece in texts)
    return n_links >= _MIN_LINKS and n_linked > _MIN_LINK_SHARE * n_characters


def _labels(archive: zipfile.ZipFile, package: Element, folder: str) -> dict[str, str]:
    """Return the name of each chapter in the table of contents, by its path."""
    labels: dict[str, str] = {}
    for item in find_all(package, "item"):
        is_nav = "nav" in (item.get("properties") or "").split()
        if not is_nav and item.get("media-type") != _NCX:
            continue
        path = _path_of(item.get("href"), folder)
        content = read_member(archive, path) or b""
        for target, label in _links(content) if is_nav else _points(content):
            labels.setdefault(_path_of(target, posixpath.dirname(path)), label)
    return labels


def _links(content: bytes) -> Iterator[tuple[str, str]]:
    contents = parse_html(decode_page(content))
    for link in find_all(contents, "a") if contents is not None else ():
        yield link.get("href") or "", text_of(link)


def _points(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield target and name of each entry of a table of contents as EPUB 2 has it."""
    contents = parse_html(decode_page(content))
    for point in find_all(contents, "navpoint") if contents is not None else ():
        label = next((text_of(child) for child in point if local_name(child) == "navlabel"), "")
        yield next((child.get("src") or "" for child in point if local_name(child) == "content"), ""), label


def _path_of(href: str | None, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote((href or "").partition("#")[0])))


def _with_heading(pieces: Sequence[Piece], label: str | None) -> Sequence[Piece]:
    """Give a chapter without a heading its name in the table of contents."""
    name = clean_text(label or "")
    if not pieces or not name or any(piece.kind == "heading" for piece in pieces):
        return pieces
    first = pieces[0]
    if clean_text(first.text) == name:
        return [first._replace(kind="heading", level=1), *pieces[1:]]
    is_short = len(name) <= _MAX_NAME_CHARACTERS
    return [Piece("heading", name, level=1), *pieces] if is_short else pieces


def _encrypted_paths(archive: zipfile.ZipFile) -> set[str]:
    content = read_member(archive, "META-INF/encryption.xml")
    if not content:
        return set()
    return {unquote(element.get("URI") or "") for element in find_all(parse_xml(content), "cipherreference")}


def _facts(package: Element) -> Facts:
    facts: dict[str, str] = {}
    tags, authors = [], []
    for metadata in find_all(package, "metadata"):
        for element in metadata:
            words = text_of(element).strip()
            facts.setdefault(local_name(element), words)
            if local_name(element) == "subject":
                tags.append(words)
            elif local_name(element) == "creator":
                authors.append(words)
    return Facts(
        title=None if facts.get("title", "").lower() in _NO_TITLES else facts.get("title"),
        language=find_language(facts.get("language")),
        date=find_day(facts.get("date")),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        author=find_author([words for words in authors if words]),
    )
