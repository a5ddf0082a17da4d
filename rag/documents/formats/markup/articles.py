"""Choose the pieces of a page that belong to its article.

Trafilatura finds which text is the article, but may lose headings, lists and tables; the walk of the page keeps those,
but also what stands around the article. So the walk gives the pieces and trafilatura's text says which to keep.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.formats.markup.parse import Element, text_of
from rag.documents.formats.markup.tree import Piece

# Between two pieces of the article stands more of it, but for lists of links.
_MAX_LINK_SHARE = 0.5
# Shorter texts, as "Next", stand in the article by chance.
_MIN_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Article:
    """What trafilatura has found, without white space: whole texts, and all of it in a row."""

    texts: frozenset[str]
    running: str

    def __contains__(self, text: str) -> bool:
        squeezed = _squeeze(text)
        return squeezed in self.texts or (len(squeezed) >= _MIN_CHARACTERS and squeezed in self.running)


def read_article(body: Element) -> Article:
    """Return the texts in trafilatura's own markup."""
    texts = {_squeeze(text) for element in body.iter() for text in (text_of(element), element.tail or "")}
    return Article(frozenset(texts - {""}), _squeeze(text_of(body)))


def choose_pieces(pieces: Sequence[Piece], article: Article) -> list[Piece]:
    """Return the pieces of an article in their order: what it holds, and what stands in between or above as heading."""
    is_found = [_is_found(piece, article) for piece in pieces]
    extent = _extent(pieces, is_found)
    chosen: list[Piece] = []
    waiting: list[Piece] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "heading":
            waiting = [above for above in waiting if above.level < piece.level] + [piece]
        elif place in extent and (is_found[place] or _is_own(piece)):
            chosen += [*waiting, piece]
            waiting = []
        elif piece.kind != "gap":
            # A heading over what is left out goes with it.
            waiting = [above for above in waiting if above.text in article]
    return chosen


def _extent(pieces: Sequence[Piece], is_found: Sequence[bool]) -> range:
    """Return where the article begins and ends: at texts too long to be there by chance, and what adjoins but links."""
    found = [place for place, piece in enumerate(pieces) if is_found[place]]
    own = [place for place in found if _is_own(pieces[place])]
    long = [
        place for place in own if pieces[place].kind == "table" or len(_squeeze(pieces[place].text)) >= _MIN_CHARACTERS
    ]
    marks = long or own or found
    if not marks:
        return range(0)

    def adjoins(place: int) -> bool:
        return _is_own(pieces[place]) or pieces[place].kind in {"heading", "gap"}

    first, last = marks[0], marks[-1]
    while first > 0 and adjoins(first - 1):
        first -= 1
    while last + 1 < len(pieces) and adjoins(last + 1):
        last += 1
    return range(first, last + 1)


def _is_own(piece: Piece) -> bool:
    return piece.link_share < _MAX_LINK_SHARE


def _is_found(piece: Piece, article: Article) -> bool:
    if piece.kind == "table":
        cells = [cell for row in (piece.header, *piece.rows) for cell in row if cell.strip()]
        return 2 * sum(cell in article for cell in cells) > len(cells)
    return piece.kind not in {"heading", "gap"} and piece.text in article


def _squeeze(text: str) -> str:
    return "".join(text.split())
