"""Choose the pieces of a page that belong to its article.

Trafilatura finds the text of the article but may lose headings, lists and tables. The walk of the
page keeps those, but also what surrounds the article. So the pieces come from the walk, and
trafilatura's text decides which are kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.formats.markup.parse import Element, text_of
from rag.documents.formats.markup.tree import Piece

# What lies between two pieces of the article belongs to it, except lists of links.
_MAX_LINK_SHARE = 0.5
_MAX_TABLE_LINK_SHARE = 0.95
_MIN_LINKED_ROWS = 3
# Below such a heading stand links to other pages.
_RELATED = re.compile(
    r"(?:see|read|siehe|voir|ver|vedi|zie) (?:also|auch|aussi|tamb[ié]+n|anche|ook)\b.*|"
    r"(?:external|further|related|more)\b.*|"
    r"(?:mehr|weitere|weiterführende|verwandte|ähnliche)\b.*|(?:à lire|sur le même|articles liés|liens)\b.*|"
    r"(?:artículos|artigos|articoli) .*|(?:you may|you might|recommended|popular|trending|latest|most read)\b.*|"
    r"(?:table of )?contents|inhalt(?:sverzeichnis)?|sommaire|índice|indice|navigation|menu|categories|tags|archives?",
    re.IGNORECASE,
)
# Links to the next page and to the whole of this one.
_STEPS = re.compile(
    r"\W*(?:read more|more|weiterlesen|mehr|mehr lesen|lire la suite|leer más|leggi tutto|next|previous|prev|"
    r"up|home|back|weiter|zurück|suivant|précédent|siguiente|anterior|edit)\W*",
    re.IGNORECASE,
)
# Shorter texts, such as "Next", are in the article by chance.
_MIN_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Article:
    """The text that trafilatura found, without white space: in parts, and as one string."""

    texts: frozenset[str]
    running: str

    def __contains__(self, text: str) -> bool:
        squeezed = _squeeze(text)
        return squeezed in self.texts or (len(squeezed) >= _MIN_CHARACTERS and squeezed in self.running)


def read_article(body: Element) -> Article:
    """Return the texts in trafilatura's markup."""
    texts = {_squeeze(text) for element in body.iter() for text in (text_of(element), element.tail or "")}
    return Article(frozenset(texts - {""}), _squeeze(text_of(body)))


def choose_pieces(pieces: Sequence[Piece], article: Article) -> list[Piece]:
    """Return the pieces of an article in order, with the pieces between and the headings above."""
    is_found = [_is_found(piece, article) for piece in pieces]
    is_own = _find_own(pieces)
    extent = _extent(pieces, is_found, is_own)
    chosen: list[Piece] = []
    waiting: list[Piece] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "heading":
            waiting = [above for above in waiting if above.level < piece.level] + [piece]
        elif place in extent and (is_found[place] or is_own[place]):
            chosen += [*waiting, piece]
            waiting = []
        elif piece.kind != "gap":
            # A heading above pieces that are left out is left out, too.
            waiting = [above for above in waiting if above.text in article]
    return chosen


def _find_own(pieces: Sequence[Piece]) -> list[bool]:
    """Say of each piece whether it is content: words, or a list of links in a part with content."""
    is_own = []
    is_related = False
    for piece in pieces:
        if piece.kind == "heading":
            is_related = _RELATED.fullmatch(" ".join(piece.text.split())) is not None
        is_listed = piece.is_in_main and piece.kind == "item" and not is_related and not _STEPS.fullmatch(piece.text)
        is_own.append(is_listed or _is_own(piece))
    return is_own


def _extent(pieces: Sequence[Piece], is_found: Sequence[bool], is_own: Sequence[bool]) -> range:
    """Return both ends of the article: its first and last long texts and what adjoins them."""
    found = [place for place, piece in enumerate(pieces) if is_found[place]]
    own = [place for place in found if is_own[place]]
    long = [
        place for place in own if pieces[place].kind == "table" or len(_squeeze(pieces[place].text)) >= _MIN_CHARACTERS
    ]
    marks = long or own or found
    if not marks:
        return range(0)

    def adjoins(place: int) -> bool:
        return is_own[place] or pieces[place].kind in {"heading", "gap"}

    first, last = marks[0], marks[-1]
    while first > 0 and adjoins(first - 1):
        first -= 1
    while last + 1 < len(pieces) and adjoins(last + 1):
        last += 1
    return range(first, last + 1)


def _is_own(piece: Piece) -> bool:
    # Values of a table are often links, but a bar of links has few rows.
    is_table = piece.grid is not None and len(piece.grid.rows) >= _MIN_LINKED_ROWS
    return piece.link_share < (_MAX_TABLE_LINK_SHARE if is_table else _MAX_LINK_SHARE)


def _is_found(piece: Piece, article: Article) -> bool:
    if piece.grid is not None:
        cells = [cell for row in piece.grid.rows for cell in row if cell.strip()]
        return 2 * sum(cell in article for cell in cells) > len(cells)
    return piece.kind not in {"heading", "gap"} and piece.text in article


def _squeeze(text: str) -> str:
    return "".join(text.split())
