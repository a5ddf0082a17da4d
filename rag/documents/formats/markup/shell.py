"""Tell a page that only scripts fill with content."""

import re

from rag.documents.formats.markup.parse import Element, local_name, text_of

_MOUNTS = {
    "root",
    "app",
    "__next",
    "__nuxt",
    "___gatsby",
    "q-app",
    "svelte",
    "react-root",
    "main-app",
    "app-root",
    "ember",
}
_ASKS_FOR_SCRIPTS = re.compile(r"java\s?script", re.IGNORECASE)
_MAX_CHARACTERS = 200


def is_drawn_by_scripts(root: Element) -> bool:
    """Say whether a page loads scripts, and asks for them or has an empty place to fill."""
    has_script, asks, has_mount = False, False, False
    for element in root.iter():
        name = local_name(element)
        if name == "script":
            has_script |= bool(element.get("src")) or (element.get("type") or "").lower() == "module"
        elif name == "noscript":
            asks |= _ASKS_FOR_SCRIPTS.search(text_of(element)) is not None
        elif name == "app-root" or (element.get("id") or "").lower() in _MOUNTS:
            has_mount |= len("".join(text_of(element).split())) < _MAX_CHARACTERS
    return has_script and (asks or has_mount)
