"""Read a page for the crawl: its links, what it asks of robots, and what its text is like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import Element, local_name, parse_html
from rag.sites.pages.addresses import clean_address
from rag.sites.pages.fingerprints import Fingerprint, make_fingerprint

# Of longer pages the head counts; a page with more links is a list of pages at best.
_MAX_CHARACTERS = 5_000_000
_MAX_LINKS = 10_000
_MAX_ELEMENTS = 100_000
_AGENT = "footnote"
# Directives of X-Robots-Tag that have a value, and so look like the name of a robot.
_WITH_VALUE = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
_REFRESH = re.compile(r"url\s*=\s*(.+)", re.IGNORECASE | re.DOTALL)
_WANTED = {"a", "area", "frame", "iframe", "meta", "base"}
_LINKS = {"a": "href", "area": "href", "frame": "src", "iframe": "src"}


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What the crawl needs of a page.

    Attributes:
        links: Cleaned addresses that may be followed, each once, in the order of the page.
        is_unwanted: The page asks search engines not to keep it.
    """

    links: tuple[str, ...]
    is_unwanted: bool
    fingerprint: Fingerprint


def read_links(content: bytes, address: str, robots_header: str = "") -> PageLinks:
    """Return what the crawl needs of a web page; one that is broken has no links."""
    root = parse_html(decode_page(content)[:_MAX_CHARACTERS])
    directives = _directives_in_header(robots_header)
    base, written = address, dict[str, None]()
    for element in islice(_linking(root), _MAX_ELEMENTS) if root is not None else ():
        name = local_name(element)
        if name == "meta":
            directives |= _directives_of(element)
            written |= dict.fromkeys(_refresh_of(element))
        elif name != "base":
            written |= dict.fromkeys(_link_of(element, name))
        elif base == address:
            base = clean_address(element.get("href") or "", address) or base
    found = (clean_address(link, base) for link in islice(written, _MAX_LINKS))
    links = dict.fromkeys(link for link in found if link)
    return PageLinks(
        links=() if "nofollow" in directives else tuple(links),
        is_unwanted="noindex" in directives,
        fingerprint=make_fingerprint(root, address),
    )


def _directives_of(element: Element) -> set[str]:
    is_for_us = (element.get("name") or "").strip().lower() in {"robots", _AGENT}
    return _directives(element.get("content") or "") if is_for_us else set()


def _linking(root: Element) -> Iterator[Element]:
    """Yield the elements that hold links, or say how to treat them."""
    return (element for element in root.iter() if local_name(element) in _WANTED)


def _refresh_of(element: Element) -> list[str]:
    """Return where a meta element sends the reader."""
    if (element.get("http-equiv") or "").strip().lower() != "refresh":
        return []
    found = _REFRESH.search(element.get("content") or "")
    return [found.group(1).strip("'\" ")] if found else []


def _link_of(element: Element, name: str) -> list[str]:
    link = element.get(_LINKS[name])
    return [link] if link and "nofollow" not in (element.get("rel") or "").lower().split() else []


def _directives_in_header(text: str) -> set[str]:
    """Return what X-Robots-Tag says to every robot or to this one: `agent: directive, …`."""
    found, is_for_us = set[str](), True
    for part in text.split(","):
        agent, colon, rest = part.partition(":")
        if colon and agent.strip().lower() not in _WITH_VALUE:
            is_for_us = agent.strip().lower() in {"*", _AGENT}
        if is_for_us:
            found |= _directives(rest if colon else part)
    return found


def _directives(text: str) -> set[str]:
    """Return the directives of a list; `none` is two of them."""
    words = {word.strip().lower() for word in text.split(",")}
    return words | ({"noindex", "nofollow"} if "none" in words else set())
