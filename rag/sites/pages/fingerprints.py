"""Tell whether two pages say the same, or the same but for the numbers of their addresses."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.documents.formats.markup.parse import Element, local_name, walk

_NO_TEXT = {"script", "style", "noscript", "template"}
# From the start of a word, or long words without a digit would take quadratic time.
_NUMBERED = re.compile(r"(?<!\S)\S*?\d\S*")
_DIGITS = re.compile(r"0*(\d+)")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes of a page's text.

    Attributes:
        text: Equal for pages with the same text.
        shape: Equal also for pages whose text differs only in numbers that their addresses have,
            and in words with a digit inside links. A calendar and a list of sessions are such.
    """

    text: str
    shape: str


def make_fingerprint(root: Element | None, address: str) -> Fingerprint:
    """Return the hashes of a parsed page; one without an element has no text."""
    pieces = list(_pieces(root)) if root is not None else []
    own = set(_DIGITS.findall(address))

    def hide(found: re.Match[str]) -> str:
        word = found.group()
        return "#" if own.issuperset(_DIGITS.findall(word)) else word

    shape = " ".join(_NUMBERED.sub("#" if is_link else hide, piece) for piece, is_link in pieces)
    return Fingerprint(_hash(" ".join(piece for piece, _ in pieces)), _hash(shape))


def _pieces(root: Element) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of text in their order, and whether each is inside a link."""
    n_links = 0
    for event, element in walk(root):
        name = local_name(element)
        if event == "start":
            n_links += name == "a"
            text = element.text if name not in _NO_TEXT else None
        else:
            n_links -= name == "a"
            text = element.tail
        if text and text.strip():
            yield text, n_links > 0


def _hash(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]
