"""Parse HTML and XML of unknown origin: fetch nothing, expand no entity, limit the depth."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, Protocol, cast

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no annotations

from rag.errors import DocumentUnreadable

# No person writes deeper pages, and libraries walk pages recursively in C, without a check.
MAX_DEPTH = 200
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Element(Protocol):
    """The part of an lxml element that is used; `tag` of comments and entities is not a string."""

    @property
    def tag(self) -> object: ...
    @property
    def text(self) -> str | None: ...
    @property
    def tail(self) -> str | None: ...
    def get(self, key: str) -> str | None: ...
    def iter(self) -> Iterator["Element"]: ...
    def iterancestors(self) -> Iterator["Element"]: ...
    def itertext(self) -> Iterator[str]: ...
    def __iter__(self) -> Iterator["Element"]: ...


def parse_html(text: str) -> Element | None:
    """Return the root of a page, repaired if it is broken; None if there is no element."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    content = _NOT_IN_XML.sub(" ", text).encode()
    try:
        return cast(Element | None, etree.fromstring(content, parser) if content.strip() else None)
    except etree.XMLSyntaxError:
        return None


def as_html(root: Element) -> str:
    """Return the source of a parsed page."""
    return cast(str, etree.tostring(root, encoding="unicode", method="html"))


def parse_xml(content: bytes) -> Element:
    """Return the root of an XML document.

    Raises:
        DocumentUnreadable: It is not well formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return cast(Element, etree.fromstring(content, parser))
    except etree.XMLSyntaxError as error:
        raise DocumentUnreadable(
            f"is damaged (XML, line {error.lineno or 1})", next_step="open and save it again"
        ) from error


def local_name(element: Element) -> str:
    """Return the tag in lower case, without namespace; empty if it is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def find_all(root: Element, name: str) -> Iterator[Element]:
    """Yield the elements of that name in any namespace, in the order of the document."""
    return (element for element in root.iter() if local_name(element) == name)


def text_of(element: Element) -> str:
    return "".join(element.itertext())


def walk(
    root: Element, is_wanted: Callable[[Element], bool] = lambda _: True
) -> Iterator[tuple[Literal["start", "end", "skip"], Element]]:
    """Yield each element at its start and its end; unwanted ones once, without their content."""
    yield "start", root
    stack = [(root, iter(root))]
    while stack:
        parent, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield "end", parent
        elif is_wanted(child):
            yield "start", child
            stack.append((child, iter(child)))
        else:
            yield "skip", child


def depth_of(root: Element) -> int:
    """Return how deep the elements are nested."""
    deepest, depth = 0, 0
    for event, _ in walk(root):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def above(element: Element) -> Iterator[Element]:
    """Yield the elements around one, the innermost first."""
    return element.iterancestors()


def remove(element: Element) -> None:
    """Remove an element; the text after it stays."""
    node: Any = element
    parent, before = node.getparent(), node.getprevious()
    tail = node.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(node)
