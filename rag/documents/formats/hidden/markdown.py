"""Say whether HTML around the text of a Markdown file hides it."""

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.documents.formats.markup.parse import parse_html, text_of
from rag.documents.formats.markup.visibility import drop_hidden

_STYLE = re.compile(r"<style\b.*?</style>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_WITHOUT_CONTENT = {
    "br",
    "hr",
    "img",
    "input",
    "wbr",
    "meta",
    "link",
    "source",
    "col",
    "area",
    "base",
    "embed",
    "track",
}
_MAX_OPEN = 50
_MARK = "seen"


class OpenTags:
    """The tags that are open where a text stands."""

    def __init__(self, fragments: Iterable[str]) -> None:
        """Read the style sheets in the HTML of a file; no tag is open."""
        self._styles = "".join(style for text in fragments for style in _STYLE.findall(text))
        self._open: list[tuple[str, str]] = []

    @property
    def depth(self) -> int:
        return len(self._open)

    @property
    def source(self) -> str:
        """The style sheets and the tags, to stand before a piece of HTML."""
        return self._styles + "".join(tag for _, tag in self._open)

    @property
    def hides(self) -> bool:
        """Whether text is hidden here."""
        return bool(self._open) and _hides(self.source)

    def feed(self, fragment: str) -> None:
        """Open and close the tags of a piece of HTML."""
        for tag in _TAG.finditer(_STYLE.sub("", fragment)):
            name = tag[2].lower()
            if tag[1]:
                places = [place for place, (other, _) in enumerate(self._open) if other == name]
                self.close_to(places[-1] if places else self.depth)
            elif name not in _WITHOUT_CONTENT and not tag[3].endswith("/") and self.depth < _MAX_OPEN:
                self._open.append((name, tag[0]))

    def close_to(self, depth: int) -> None:
        """Close the innermost tags until so many are open."""
        del self._open[depth:]


@lru_cache(maxsize=256)
def _hides(source: str) -> bool:
    root = parse_html(f"<body>{source}{_MARK}")
    if root is None:
        return False
    drop_hidden(root)
    return not text_of(root).endswith(_MARK)
