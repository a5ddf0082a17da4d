"""Write a tiny file in the format of multilingual-e5-small, for tests of its converter."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

HIDDEN, LAYERS, HEADS, INNER, POSITIONS, TOKEN_TYPES = 32, 1, 2, 64, 16, 2
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "b", "é", "～", "query", ":", "passage", "့", "်", "<mask>")
NORMALISED = {"\t": " ", "\x07": "", "ａ": "a"}


def write_packed_e5(
    file: Path, pieces: Sequence[str] = PIECES, normalised: Mapping[str, str] = NORMALISED, *, seed: int = 1
) -> None:
    """Write a model with random weights; it has two rows more than pieces, as the real one has 35."""
    chance = np.random.default_rng(seed)
    n_rows = len(pieces) + 2
    tensors: dict[str, tuple[int, int, bytes]] = {}

    def add_matrix(name: str, rows: int, columns: int) -> None:
        blocks = rows * columns // 32
        scales = chance.uniform(0.01, 0.05, blocks).astype("<f2")
        halves = chance.integers(0, 256, (blocks, 16)).astype("u1")
        content = b"".join(
            scale.tobytes() + half.tobytes() for scale, half in zip(scales[:, np.newaxis], halves, strict=True)
        )
        tensors[name] = (1, rows * columns, content)

    def add_floats(name: str, n: int) -> None:
        tensors[name] = (0, n, chance.normal(0, 0.1, n).astype("<f4").tobytes())

    add_matrix("emb.word", n_rows, HIDDEN)
    for name, n in (("pos", POSITIONS * HIDDEN), ("type", TOKEN_TYPES * HIDDEN), ("ln.w", HIDDEN), ("ln.b", HIDDEN)):
        add_floats(f"emb.{name}", n)
    for layer in range(LAYERS):
        for part, rows, columns in (
            *((part, HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            add_matrix(f"l{layer}.{part}.w", rows, columns)
            add_floats(f"l{layer}.{part}.b", rows)
        for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
            add_floats(f"l{layer}.{name}", HIDDEN)
    file.write_bytes(_join(pieces, normalised, n_rows, tensors))


def _join(
    pieces: Sequence[str], normalised: Mapping[str, str], n_rows: int, tensors: Mapping[str, tuple[int, int, bytes]]
) -> bytes:
    texts = [piece.encode() for piece in pieces]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-1.0 - place / 10 for place in range(len(pieces) - 4)], dtype="<f4")
    rules = b"".join(
        struct.pack(f"<IB{len(result)}I", ord(character), len(result), *map(ord, result))
        for character, result in normalised.items()
    )
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, n_rows, POSITIONS, TOKEN_TYPES, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, sum(map(len, texts)))
    head += ends.tobytes() + scores.tobytes() + b"".join(texts)
    head += struct.pack("<iI", len(normalised), len(rules)) + rules
    entries = sum(2 + len(name) + 21 for name in tensors)
    start = len(head) + 4 + entries
    directory, content = struct.pack("<i", len(tensors)), b""
    for name, (kind, n, part) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, n, start + len(content), len(part))
        content += part
    return head + directory + content
