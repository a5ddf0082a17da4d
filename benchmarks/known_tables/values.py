"""The values that `benchmarks.tables` works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

ValueKind = Literal["text", "category", "count", "number", "percent", "money", "date"]
NUMERIC = frozenset({"count", "number", "percent", "money"})
Language = Literal["en", "de"]


@dataclass(frozen=True, slots=True)
class Value:
    """One cell.

    Attributes:
        content: As a workbook stores it, a percentage as a fraction; None if the cell is empty.
        text: As the table shows it.
        forms: Every form that a right reading may have.
        code: The number format of a workbook; empty for text.
    """

    content: str | int | float | date | None
    text: str
    forms: tuple[str, ...]
    code: str = ""

    @property
    def is_empty(self) -> bool:
        return self.content is None


EMPTY = Value(None, "", ())


def text_value(text: str) -> Value:
    return Value(text, text, (text,))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a theme or a table.

    Attributes:
        options: The values of a category or a text.
        low, high: The range of a number.
        where: Selects rows of a category in a question, after the noun; "{}" stands for the value.
        group: The upper of two header rows; empty if there is one.
        is_summed: Whether its total means something.
    """

    name: str
    kind: ValueKind
    options: tuple[str, ...] = ()
    low: float = 0
    high: float = 100
    where: str = ""
    group: str = ""
    is_summed: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.group, self.name) if self.group else (self.name,)


@dataclass(frozen=True, slots=True)
class Theme:
    """What a table is about.

    Attributes:
        names: Two lists of words; a row's key joins one of each.
        code: The beginning of keys in long tables.
    """

    name: str
    language: Language
    title: str
    singular: str
    plural: str
    key: str
    code: str
    names: tuple[tuple[str, ...], tuple[str, ...]]
    columns: tuple[Column, ...]
    money: str = "£"


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table whose cells are known.

    Attributes:
        structure: How the cells are laid out.
        features: The structure and all that was added to it.
        key: The place of the column that names the rows.
        sections: The section of each row; empty without sections.
        total: The last row, sums; empty without one.
    """

    theme: Theme
    structure: str
    features: frozenset[str]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    key: int = 0
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    total: tuple[Value, ...] = ()

    @property
    def keys(self) -> list[str]:
        return [row[self.key].text for row in self.rows]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of one or more tables; `collection` groups about ten tables of different themes."""

    name: str
    format: str
    collection: int
    tables: tuple[KnownTable, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is written, with what it spans."""

    value: Value
    n_rows: int = 1
    n_columns: int = 1
    is_head: bool = False


Line = Sequence[Cell | None]
"""A row of a grid; None is covered by a cell to the left or above."""
