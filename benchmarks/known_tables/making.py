"""Make tables with known cells from a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from benchmarks.known_tables.themes import THEMES
from benchmarks.known_tables.values import (
    EMPTY,
    NUMERIC,
    Column,
    KnownFile,
    KnownTable,
    Language,
    Theme,
    Value,
    text_value,
)

FILES_OF_COLLECTION = 8
STRUCTURES = {
    "xlsx": ("plain", "two-headers", "merged-rows", "wide", "transposed", "long", "form", "no-header", "sections"),
    "ods": ("two-headers", "plain", "wide", "merged-rows", "form", "sections", "transposed", "long", "no-header"),
    "csv": ("plain", "wide", "two-headers", "form", "long", "transposed", "sections", "no-header"),
    "docx": ("merged-rows", "plain", "form", "two-headers", "wide", "sections", "transposed", "no-header", "long"),
    "pptx": ("plain", "two-headers", "transposed", "merged-rows", "form", "no-header"),
    "html": ("two-headers", "form", "merged-rows", "plain", "no-header", "wide", "sections", "long", "transposed"),
    "md": ("plain", "wide", "form", "transposed", "no-header", "long"),
    "epub": ("merged-rows", "two-headers", "plain", "sections", "form", "transposed", "no-header"),
    "pdf ruled": ("plain", "two-headers", "form", "merged-rows", "long", "sections", "transposed", "no-header"),
    "pdf aligned": ("plain", "form", "two-headers", "sections", "transposed", "long", "merged-rows", "no-header"),
}
# Half of the PDFs are ruled.
FORMATS = ("xlsx", "ods", "csv", "docx", "pptx", "html", "md", "epub", "pdf ruled")
SEPARATORS = {
    "en": ("urgent; call first", "size: medium", "two parts; keep both: see file", "door code: ask; key: desk"),
    "de": (
        "eilig; erst anrufen",
        "Größe: mittel",
        "zwei Teile; beide: siehe Akte",
        "Zugang: fragen; Schlüssel: Tresen",
    ),
}
OWNERS = {
    "en": ("Pennyworth & Sons Ltd", "Combe Valley Trust", "Borough of Stanmoor"),
    "de": ("Stadtwerke Erlenbach", "Verein Mühlental e. V."),
}
AS_OF = {"en": "As of 3 March 2026", "de": "Stand: 3. März 2026"}
NOTES = {
    "en": (
        "Source: annual return of the office.",
        "* Provisional figures; see the appendix.",
        "Prepared by the registry.",
    ),
    "de": (
        "Quelle: Jahresmeldung der Verwaltung.",
        "* Vorläufige Angaben; siehe Anhang.",
        "Erstellt von der Geschäftsstelle.",
    ),
}
TOTAL = {"en": "Total", "de": "Gesamt"}
GROUPS = {"en": ("Description", "Figures"), "de": ("Angaben", "Zahlen")}
MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
}
DATE_CODES = {"en": (("dd/mm/yyyy", "%d/%m/%Y"), ("yyyy-mm-dd", "%Y-%m-%d")), "de": (("dd.mm.yyyy", "%d.%m.%Y"),)}


def make_files(n_tables: int, chance: Random) -> Iterator[KnownFile]:
    """Yield files until they hold n_tables tables; formats and structures take turns."""
    made = number = 0
    themes: list[Theme] = []
    while made < n_tables:
        if number % FILES_OF_COLLECTION == 0:
            themes = chance.sample(THEMES, len(THEMES))
        turn, place = divmod(number, len(FORMATS))
        file_format = FORMATS[place]
        if file_format == "pdf ruled" and turn % 2:
            file_format = "pdf aligned"
        structures = STRUCTURES[file_format]
        turn = turn // 2 if file_format.startswith("pdf") else turn
        tables = [make_table(themes.pop(), structures[turn % len(structures)], file_format, chance)]
        if chance.random() < 0.25 and themes and len(themes) > FILES_OF_COLLECTION - 1 - number % FILES_OF_COLLECTION:
            tables.append(make_table(themes.pop(), "plain", file_format, chance))
            tables = [replace(one, features=one.features | {"several"}) for one in chance.sample(tables, 2)]
        tables = tables[: n_tables - made]
        made += len(tables)
        suffix = file_format.partition(" ")[0]
        name = f"{'-'.join(table.theme.name for table in tables)}-{number:03}.{suffix}"
        yield KnownFile(name, file_format, number // FILES_OF_COLLECTION, tuple(tables))
        number += 1


def make_table(theme: Theme, structure: str, file_format: str, chance: Random) -> KnownTable:
    columns = choose_columns(theme, structure, chance)
    columns = decorate_columns(columns, structure, chance)
    n_rows = choose_length(structure, file_format, chance)
    rows = tuple(make_rows(theme, columns, structure, n_rows, chance))
    table = KnownTable(theme, structure, frozenset({structure}), columns, rows)
    table = add_features(table, chance)
    if structure == "merged-rows":
        table = group_rows(table)
    if structure == "sections":
        table = split_sections(table)
    if structure in {"plain", "two-headers", "long", "sections"} and chance.random() < 0.35:
        table = add_total(table)
    return table


def choose_columns(theme: Theme, structure: str, chance: Random) -> tuple[Column, ...]:
    key = Column(theme.key, "text")
    own = theme.columns
    figures = [column for column in own if column.kind in {"count", "number", "percent", "money"}]
    match structure:
        case "wide":
            n_columns, start = chance.randint(30, 42), chance.randint(0, 11)
            names = (f"{MONTHS[theme.language][i % 12]} {2019 + i // 12}" for i in range(start, start + n_columns))
            return (key, own[0], *(replace(figures[0], name=name) for name in names))
        case "two-headers" if chance.random() < 0.5:
            pair = [replace(column, group=str(year)) for year in (2024, 2025) for column in figures[:2]]
            return (key, own[0], *pair)
        case "two-headers":
            about, numbers = GROUPS[theme.language]
            return (
                key,
                *(replace(one, group=about) for one in own[:2]),
                *(replace(one, group=numbers) for one in figures[:3]),
            )
        case "merged-rows":
            return (own[0], key, *own[1:5])
        case "transposed" | "form":
            return (key, *own[:6])
        case _:
            return (key, *own[: chance.randint(3, len(own) - 1)], own[-1])


def decorate_columns(columns: tuple[Column, ...], structure: str, chance: Random) -> tuple[Column, ...]:
    """Sometimes repeat the name of the last column over another one."""
    if structure not in {"plain", "long"} or chance.random() > 0.2 or columns[-1].kind == "category":
        return columns
    return (*columns, columns[-1])


def choose_length(structure: str, file_format: str, chance: Random) -> int:
    if structure == "long":
        return chance.randint(500, 2000 if file_format in {"xlsx", "ods", "csv"} else 600)
    if structure == "form":
        return 1
    if structure == "transposed":
        return chance.randint(3, 5)
    return chance.randint(6, 11 if file_format == "pptx" else 18)


def make_rows(
    theme: Theme, columns: Sequence[Column], structure: str, n_rows: int, chance: Random
) -> Iterator[tuple[Value, ...]]:
    first, second = theme.names
    joint = " " if theme.language == "en" else ""
    names = chance.sample([f"{a}{joint}{b}" for a in first for b in second], min(n_rows, len(first) * len(second)))
    if n_rows > len(names) or structure == "long":
        names = [f"{theme.code}{number}" for number in chance.sample(range(10_000, 99_999), n_rows)]
    date_code = chance.choice(DATE_CODES[theme.language])
    for name in names:
        yield tuple(
            text_value(name) if column.name == theme.key else make_value(column, theme, date_code, chance)
            for column in columns
        )


def make_value(column: Column, theme: Theme, date_code: tuple[str, str], chance: Random) -> Value:
    match column.kind:
        case "text" | "category":
            return text_value(chance.choice(column.options))
        case "date":
            day = date(2017, 1, 1) + timedelta(chance.randrange(3200))
            text = day.strftime(date_code[1])
            return Value(day, text, (text, day.isoformat()), date_code[0])
        case "count":
            return count_value(chance.randint(int(column.low), int(column.high)))
        case "number":
            return number_value(round(chance.uniform(column.low, column.high), 1), theme.language)
        case "percent":
            return percent_value(round(chance.uniform(column.low, column.high), 1), theme.language)
        case "money":
            return money_value(round(chance.uniform(column.low, column.high), 2), theme)


def written(number: float, n_decimals: int) -> dict[Language, str]:
    english = f"{number:,.{n_decimals}f}"
    return {"en": english, "de": english.translate(str.maketrans(",.", ".,"))}


def count_value(number: int) -> Value:
    return Value(number, str(number), (str(number), *written(number, 0).values()), "0")


def number_value(number: float, language: Language) -> Value:
    forms = written(number, 1)
    bare = (f"{number:.1f}", f"{number:g}", f"{number:.1f}".replace(".", ","), f"{number:g}".replace(".", ","))
    return Value(number, forms[language], (*forms.values(), *bare), "#,##0.0")


def percent_value(number: float, language: Language) -> Value:
    text = f"{number:.1f}%" if language == "en" else f"{number:.1f} %".replace(".", ",")
    return Value(round(number / 100, 4), text, (f"{number:.1f}%", f"{number:.1f}%".replace(".", ",")), "0.0%")


def money_value(number: float, theme: Theme) -> Value:
    forms = written(number, 2)
    bare = (*forms.values(), f"{number:.2f}", f"{number:.2f}".replace(".", ","))
    accepted = tuple(form for one in bare for form in (f"{theme.money}{one}", f"{one}{theme.money}"))
    if theme.language == "en":
        return Value(number, f"{theme.money}{forms['en']}", accepted, f'"{theme.money}"#,##0.00')
    return Value(number, f"{forms['de']} {theme.money}", accepted, f'#,##0.00 "{theme.money}"')


def add_features(table: KnownTable, chance: Random) -> KnownTable:
    """Add title lines, notes, empty cells and values with the signs that join columns."""
    language, added = table.theme.language, set(table.features)
    titles: tuple[str, ...] = (table.theme.title,)
    notes: tuple[str, ...] = ()
    if chance.random() < 0.5:
        titles = (f"{table.theme.title} 2025", chance.choice(OWNERS[language]), AS_OF[language])[: chance.randint(2, 3)]
        added.add("titles")
    if chance.random() < 0.4:
        notes = tuple(chance.sample(NOTES[language], chance.randint(1, 2)))
        added.add("notes")
    if any(column.kind == "text" and column.options for column in table.columns) and chance.random() < 0.6:
        table = replace(table, rows=change_cells(table, {"text"}, 0.4, SEPARATORS[language], chance=chance))
        added.add("separators")
    if chance.random() < 0.3 and table.structure != "no-header":
        kinds = {"text", "date", *NUMERIC}
        table = replace(table, rows=change_cells(table, kinds, 0.12, (), chance=chance))
        added.add("empty-cells")
    if len({column.parts for column in table.columns}) < len(table.columns):
        added.add("same-names")
    return replace(table, features=frozenset(added), titles=titles, notes=notes)


def change_cells(
    table: KnownTable, kinds: set[str], share: float, texts: Sequence[str], *, chance: Random
) -> tuple[tuple[Value, ...], ...]:
    """Return rows in which a share of the cells of some kinds holds one of the texts.

    Args:
        texts: Without any, the cells become empty.
    """

    def change(value: Value, column: Column) -> Value:
        if column.name == table.theme.key or column.kind not in kinds or chance.random() > share:
            return value
        return text_value(chance.choice(texts)) if texts else EMPTY

    return tuple(
        tuple(change(value, column) for value, column in zip(row, table.columns, strict=True)) for row in table.rows
    )


def group_rows(table: KnownTable) -> KnownTable:
    rows = sorted(table.rows, key=lambda row: row[0].text)
    return replace(table, rows=tuple(rows), key=1)


def split_sections(table: KnownTable) -> KnownTable:
    """Take the first category out of the columns; its values become rows above their section."""
    rows = sorted(table.rows, key=lambda row: row[1].text)
    return replace(
        table,
        columns=(table.columns[0], *table.columns[2:]),
        sections=tuple(row[1].text for row in rows),
        rows=tuple((row[0], *row[2:]) for row in rows),
    )


def add_total(table: KnownTable) -> KnownTable:
    language = table.theme.language
    total = [sum_column(table, place) for place in range(len(table.columns))]
    total[table.key] = text_value(TOTAL[language])
    return replace(table, total=tuple(total), features=table.features | {"total"})


def sum_column(table: KnownTable, place: int) -> Value:
    column = table.columns[place]
    if not column.is_summed:
        return EMPTY
    total = sum(row[place].content for row in table.rows if not row[place].is_empty)  # type: ignore[misc]  # numbers
    if column.kind == "count":
        return count_value(int(total))
    if column.kind == "money":
        return money_value(round(total, 2), table.theme)
    return number_value(round(total, 1), table.theme.language)
