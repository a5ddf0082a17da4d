"""Compile rules of normalisation into the table that SentencePiece and `tokenizers` read.

The table has the length of a trie in bytes as a uint32, then the trie, then the replacements. Each
replacement ends with a zero byte. The trie is a double array (Aoe 1989) in Darts-clone's format.
Bits 0 to 7 of a unit hold its label. Bit 8 says whether a key ends there. Bits 10 to 31 hold the
distance to its children. The end of a key is a child with label 0: it holds bit 31 and the place of
the replacement.
"""

import struct
from collections.abc import Mapping

_HAS_END = 1 << 8
_IS_END = 1 << 31
_DISTANCE_BIT = 10
_END_LABEL = 0
# A position and the positions of its children differ in 8 bits, so the array ends with a full page.
_PAGE = 256

Node = dict[int, "Node | int"]


def compile_rules(rules: Mapping[str, str]) -> bytes:
    """Return the table of rules; a key is one character or a sequence of some."""
    places: dict[str, int] = {}
    replacements = bytearray()
    root: Node = {}
    for key, result in sorted(rules.items()):
        if result not in places:
            places[result] = len(replacements)
            replacements += result.encode() + b"\0"
        _insert(root, key.encode(), places[result])
    units = _DoubleArray(root).units
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + bytes(replacements)


def _insert(root: Node, key: bytes, place: int) -> None:
    node = root
    for byte in key:
        child = node.setdefault(byte, {})
        assert isinstance(child, dict), "only label 0 has no children"
        node = child
    node[_END_LABEL] = place


class _DoubleArray:
    """Places the nodes of a trie so that no two share a unit or the base of their children."""

    def __init__(self, root: Node) -> None:
        self.units = [0] * _PAGE
        self._is_taken = [False] * _PAGE
        self._bases: set[int] = set()
        self._first_free = 1
        self._is_taken[0] = True
        waiting: list[tuple[Node, int, int]] = [(root, 0, 0)]
        while waiting:
            node, position, label = waiting.pop()
            base = self._find_base(sorted(node))
            self._bases.add(base)
            has_end = _HAS_END if _END_LABEL in node else 0
            self.units[position] = (position ^ base) << _DISTANCE_BIT | has_end | label
            for byte, child in node.items():
                self._is_taken[base ^ byte] = True
                if isinstance(child, int):
                    self.units[base ^ byte] = _IS_END | child
                else:
                    waiting.append((child, base ^ byte, byte))

    def _find_base(self, labels: list[int]) -> int:
        while self._is_taken[self._first_free]:
            self._first_free += 1
            self._grow(self._first_free)
        position = self._first_free
        while True:
            self._grow(position)
            base = position ^ labels[0]
            if base not in self._bases and not any(self._is_taken[base ^ label] for label in labels):
                return base
            position += 1

    def _grow(self, position: int) -> None:
        if position >= len(self.units):
            self.units += [0] * _PAGE
            self._is_taken += [False] * _PAGE
