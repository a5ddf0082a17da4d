"""Read the style sheets inside a page, and say what they and its attributes declare. Pure.

Known are selectors of names, classes and ids, also below others. Rules with any other selector are
passed over. So are rules for paper or narrow screens, and sheets in other files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.documents.formats.markup.parse import Element, find_all, local_name, text_of

Declarations = Mapping[str, str]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"(?:[a-zA-Z][\w-]*|\*)?(?:[.#][\w-]+)*")
_PART = re.compile(r"([.#]?)([\w-]+|\*)")
_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*", re.IGNORECASE)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_NONE: frozenset[str] = frozenset()
_MAX_SHEET_CHARACTERS = 2_000_000


class Compound(NamedTuple):
    """What one element must be: `p.note#n1`; an empty name is any."""

    name: str
    ids: frozenset[str]
    classes: frozenset[str]


NO_ELEMENT = Compound("", _NONE, _NONE)


@dataclass(frozen=True, slots=True)
class Rule:
    """Declarations for the elements that the last of the compounds fits, below the others."""

    compounds: tuple[Compound, ...]
    declarations: Declarations
    weight: tuple[int, int, int]


class StyleSheet:
    """The rules of a page, found by the rarest part of their last compound."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Index the rules; later ones win over earlier ones of the same weight."""
        self._rules: dict[str, list[tuple[int, Rule]]] = {}
        for order, rule in enumerate(rules):
            self._rules.setdefault(_key(rule.compounds[-1]), []).append((order, rule))

    def declared(self, compound: Compound, style: str | None, above: Sequence[Compound]) -> dict[str, str]:
        """Return what the rules and its own attribute declare for an element.

        Args:
            above: The elements around it, outermost first.
        """
        name, ids, classes = compound
        keys = [f"#{one}" for one in ids] + [f".{one}" for one in classes] + [name, ""]
        found = [pair for key in keys for pair in self._rules.get(key, ())]
        fitting = [(rule.weight, order, rule) for order, rule in found if _fits(rule, compound, above)]
        declared: dict[str, str] = {}
        for _, _, rule in sorted(fitting, key=lambda one: one[:2]):
            declared |= rule.declarations
        return declared | read_declarations(style) if style else declared


def read_sheet(root: Element) -> StyleSheet:
    """Return the rules in the style elements of a page."""
    text = "\n".join(text_of(element) for element in find_all(root, "style"))[:_MAX_SHEET_CHARACTERS]
    return StyleSheet([rule for head, body in _blocks(_COMMENT.sub(" ", text)) for rule in _rules(head, body)])


def has_sheet_elsewhere(root: Element) -> bool:
    return any("stylesheet" in (element.get("rel") or "").lower() for element in find_all(root, "link"))


def compound_of(element: Element) -> Compound:
    ids, classes = element.get("id"), element.get("class")
    return Compound(
        local_name(element),
        frozenset(ids.split()) if ids else _NONE,
        frozenset(classes.split()) if classes else _NONE,
    )


def read_declarations(body: str) -> dict[str, str]:
    """Return the values by property, in lower case."""
    pairs = (one.partition(":") for one in body.lower().split(";"))
    return {name.strip(): _IMPORTANT.sub("", value).strip() for name, colon, value in pairs if colon}


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Yield selectors and declarations of each rule for screens."""
    start = 0
    while (opened := css.find("{", start)) != -1:
        head = css[start:opened].rpartition(";")[2].strip()
        end = _end_of_block(css, opened)
        body = css[opened + 1 : end]
        if _SCREEN.fullmatch(head) or head.lower().startswith(("@layer", "@supports")):
            yield from _blocks(body)
        elif not head.startswith("@"):
            yield head, body
        start = end + 1


def _end_of_block(css: str, opened: int) -> int:
    depth = 0
    for brace in re.compile("[{}]").finditer(css, opened):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.start()
    return len(css)


def _rules(head: str, body: str) -> Iterator[Rule]:
    declarations = read_declarations(body)
    for selector in head.split(","):
        parts = selector.replace(">", " ").split()
        if parts and all(_COMPOUND.fullmatch(part) for part in parts):
            compounds = tuple(map(_compound, parts))
            ids, classes = (sum(len(one[place]) for one in compounds) for place in (1, 2))
            yield Rule(compounds, declarations, (ids, classes, sum(bool(one.name) for one in compounds)))


def _compound(part: str) -> Compound:
    named = _PART.findall(part)
    name = next((word.lower() for mark, word in named if not mark and word != "*"), "")
    ids, classes = (frozenset(word for mark, word in named if mark == kind) for kind in "#.")
    return Compound(name, ids, classes)


def _key(compound: Compound) -> str:
    for mark, words in (("#", compound.ids), (".", compound.classes)):
        if words:
            return mark + min(words)
    return compound.name


def _fits(rule: Rule, compound: Compound, above: Sequence[Compound]) -> bool:
    """Return whether a rule is for an element; "a > b" is read as "a b"."""
    *outer, last = rule.compounds
    if not _is_part(last, compound):
        return False
    remaining = iter(above)
    return all(any(_is_part(wanted, one) for one in remaining) for wanted in outer)


def _is_part(wanted: Compound, compound: Compound) -> bool:
    is_named = wanted.name in {"", compound.name}
    return is_named and wanted.ids <= compound.ids and wanted.classes <= compound.classes
