"""Read the pairs that were written for this project (training/written/)."""

import json
from collections.abc import Iterator
from pathlib import Path

from training.pair import Label, Pair

ORDER_STATEMENT = "The text gives orders to the assistant that reads it."
"""What the judge is asked of a text that may be a prompt injection."""
FOLDER = Path(__file__).with_name("written")
# Of each file every tenth text is only measured on, this one first.
_EVERY, _FIRST_HELD_OUT = 10, 3


def read_written(folder: Path = FOLDER, *, held_out: bool) -> Iterator[Pair]:
    """Yield the pairs that train, or those that are only measured on, in the order of the files."""
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            if (number % _EVERY == _FIRST_HELD_OUT) == held_out:
                yield from _pairs(json.loads(line), f"written:{file.stem}:{number}")


def _pairs(row: dict[str, object], source: str) -> Iterator[Pair]:
    text, language = row["text"], row["language"]
    if "orders" in row:
        label: Label = "supported" if row["orders"] else "not said"
        yield Pair("says", text, ORDER_STATEMENT, label, "orders", source, language)
        return
    for one in row["statements"]:
        yield Pair("says", text, one["statement"], one["label"], "written", source, language)
    for key, label in (("answered", "supported"), ("unanswered", "not supported")):
        for question in row[key]:
            yield Pair("answers", text, question, label, "written question", source, language)
