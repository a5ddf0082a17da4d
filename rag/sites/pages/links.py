"""Read a page for the crawl: its links, what it asks of robots, and a fingerprint of its text."""

import hashlib
import re
from dataclasses import dataclass

from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import Element, local_name, parse_html
from rag.sites.pages.addresses import clean_address

# Of longer pages the head counts; a page with more links is a list of pages at best.
_MAX_CHARACTERS = 5_000_000
_MAX_LINKS = 10_000
_NO_TEXT = {"script", "style", "noscript", "template"}
_LINKS = {"a": "href", "area": "href", "frame": "src", "iframe": "src"}
_NUMBER = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What the crawl needs of a page.

    Attributes:
        links: Cleaned addresses that may be followed, each once, in the order of the page.
        is_unwanted: The page asks search engines not to keep it.
        text_hash: Equal for pages with the same text.
        shape_hash: Equal for pages whose text differs only in words with a digit.
    """

    links: tuple[str, ...]
    is_unwanted: bool
    text_hash: str
    shape_hash: str


def read_links(content: bytes, address: str, robots_header: str = "") -> PageLinks:
    """Return what the crawl needs of a web page; one that is broken has no links."""
    root = parse_html(decode_page(content)[:_MAX_CHARACTERS])
    if root is None:
        return PageLinks((), is_unwanted=False, text_hash=_hash(""), shape_hash=_hash(""))
    directives = _directives(robots_header)
    base, links, pieces = address, dict[str, None](), list[str]()
    for element in root.iter():
        name = local_name(element)
        if name == "meta" and (element.get("name") or "").lower() in {"robots", "footnote"}:
            directives |= _directives(element.get("content") or "")
        elif name == "base":
            base = clean_address(element.get("href") or "", address) or base
        elif name in _LINKS and len(links) < _MAX_LINKS and (link := _link_of(element, name, base)):
            links[link] = None
        pieces += (text for text in (element.text if name not in _NO_TEXT else None, element.tail) if text)
    text = " ".join(" ".join(pieces).split())
    return PageLinks(
        links=() if "nofollow" in directives else tuple(links),
        is_unwanted="noindex" in directives,
        text_hash=_hash(text),
        shape_hash=_hash(_NUMBER.sub("#", text)),
    )


def _link_of(element: Element, name: str, base: str) -> str | None:
    link = element.get(_LINKS[name])
    if not link or "nofollow" in (element.get("rel") or "").lower().split():
        return None
    return clean_address(link, base)


def _directives(text: str) -> set[str]:
    """Return the directives of a robots header or meta element; `none` is both."""
    words = {word.strip().lower() for part in text.split(",") for word in part.split(":")[-1:]}
    return words | ({"noindex", "nofollow"} if "none" in words else set())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
