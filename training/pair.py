"""A labelled pair of texts, and files of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Task = Literal["says", "answers"]
Label = Literal["supported", "contradicted", "not said", "not supported"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A text of a document, and a statement or question about it.

    Attributes:
        task: Whether the text says the statement, or whether it answers the question.
        kind: How the statement came about; weights and figures go by it.
        label: `not supported` means contradicted or not said. For `answers`, `supported` is yes and
            `not supported` no.
        source: The collection or document; those used for evaluation are never trained on.
    """

    task: Task
    text: str
    statement: str
    label: Label
    kind: str
    source: str
    language: str = "en"


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write a JSON object a line; return how many."""
    n_pairs = 0
    with path.open("w", encoding="utf-8") as file:
        for pair in pairs:
            file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            n_pairs += 1
    return n_pairs


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Pair(**json.loads(line))
