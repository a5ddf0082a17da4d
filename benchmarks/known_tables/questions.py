"""Questions with known answers about known tables, and the judge of their answers."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from benchmarks.known_tables.judging import any_of, begins_with, fold, stands_in
from benchmarks.known_tables.values import NUMERIC, Column, KnownTable, Value
from rag.types import Answer

QuestionKind = Literal["count", "list", "total", "highest", "lowest", "average", "look-up"]
KINDS: tuple[QuestionKind, ...] = ("count", "list", "total", "highest", "lowest", "average", "look-up")
MAX_LISTED = 12
PHRASINGS: dict[tuple[str, str], tuple[str, ...]] = {
    ("count", "en"): (
        "How many {plural} {where} are there?",
        "How many {plural} {where} do we have?",
        "What is the number of {plural} {where}?",
        "Count the {plural} {where}.",
        "Number of {plural} {where}?",
        "Can you tell me how many {plural} {where} are listed?",
        "I need the count of {plural} {where}.",
    ),
    ("list", "en"): (
        "Which {plural} {where} are there?",
        "List all {plural} {where}.",
        "What {plural} do we have {where}?",
        "Name the {plural} {where}.",
        "Show me every {singular} {where}.",
        "Give me the {plural} {where}, please.",
    ),
    ("total", "en"): (
        "What is the total {column} of all {plural}?",
        "What is the sum of {column} over all {plural}?",
        "How much is the {column} of all {plural} together?",
        "Add up the {column} of the {plural}.",
        "Total {column} of the {plural}?",
        "What does the {column} of the {plural} come to in total?",
    ),
    ("highest", "en"): (
        "Which {singular} has the highest {column}?",
        "What is the {singular} with the greatest {column}?",
        "Name the {singular} with the largest {column}.",
        "Of all {plural}, which one has the highest {column}?",
        "Which {singular} ranks top for {column}?",
        "The {singular} with the maximum {column}?",
    ),
    ("lowest", "en"): (
        "Which {singular} has the lowest {column}?",
        "What is the {singular} with the smallest {column}?",
        "Name the {singular} with the lowest {column}.",
        "Which of the {plural} has the lowest {column}?",
        "Which {singular} ranks lowest for {column}?",
        "The {singular} with the minimum {column}?",
    ),
    ("average", "en"): (
        "What is the average {column} of the {plural}?",
        "What is the mean {column} of all {plural}?",
        "Average {column} of the {plural}?",
        "What {column} do the {plural} have on average?",
        "On average, what is the {column} of a {singular}?",
        "Work out the average {column} over all {plural}.",
    ),
    ("look-up", "en"): (
        "What is the {column} of {key}?",
        "What is {key}'s {column}?",
        "{key}: what is the {column}?",
        "Tell me the {column} of {key}.",
        "Which {column} does {key} have?",
        "What {column} is given for {key}?",
    ),
    ("count", "de"): (
        "Wie viele {plural} {where} gibt es?",
        "Wie viele {plural} {where} haben wir?",
        "Wie hoch ist die Zahl der {plural} {where}?",
        "Zähle die {plural} {where}.",
        "Anzahl der {plural} {where}?",
        "Wie viele {plural} {where} sind aufgeführt?",
    ),
    ("list", "de"): (
        "Welche {plural} {where} gibt es?",
        "Nenne alle {plural} {where}.",
        "Welche {plural} {where} haben wir?",
        "Liste alle {plural} {where} auf.",
        "Zeige mir die {plural} {where}.",
        "Was sind die {plural} {where}?",
    ),
    ("total", "de"): (
        "Wie hoch ist die Summe von {column} aller {plural}?",
        "Was ergibt {the} aller {plural} zusammen?",
        "Summe von {column} über alle {plural}?",
        "Wie viel ist {the} insgesamt bei den {plural}n?",
        "Addiere {column} aller {plural}.",
        "Was ist die Gesamtsumme von {column} der {plural}?",
    ),
    ("highest", "de"): (
        "{which} {singular} hat {most}?",
        "{singular} mit dem höchsten Wert bei {column}?",
        "Bei welchem {singular} ist {the} am höchsten?",
        "Bei welchem {singular} ist {the} am größten?",
        "Nenne den Eintrag der {plural} mit dem größten Wert bei {column}.",
        "{which} der {plural} hat {most}?",
    ),
    ("lowest", "de"): (
        "{which} {singular} hat {least}?",
        "{singular} mit dem niedrigsten Wert bei {column}?",
        "Bei welchem {singular} ist {the} am niedrigsten?",
        "Bei welchem {singular} ist {the} am kleinsten?",
        "Nenne den Eintrag der {plural} mit dem kleinsten Wert bei {column}.",
        "{which} der {plural} hat {least}?",
    ),
    ("average", "de"): (
        "Wie hoch ist {the} der {plural} im Durchschnitt?",
        "Was ist der Durchschnitt von {column} aller {plural}?",
        "Durchschnitt von {column} der {plural}?",
        "Wie hoch ist {the} bei den {plural}n im Mittel?",
        "Was ist der Mittelwert von {column} über alle {plural}?",
        "Berechne den Durchschnitt von {column} der {plural}.",
    ),
    ("look-up", "de"): (
        "Was ist {the} von {key}?",
        "Was steht bei {key} unter {column}?",
        "{key}: was ist {the}?",
        "Nenne {column} von {key}.",
        "Welchen Wert hat {key} bei {column}?",
        "Was gilt für {key} bei {column}?",
    ),
}
WHICH = {"Kurs": "Welcher", "Gerät": "Welches", "Schlag": "Welcher"}
FEMININE = {"Leitung", "Gebühr", "Auslastung", "Werkstatt", "Fruchtart", "Bodenart", "Fläche", "Feuchte", "Bemerkung"}
NEUTER = {"Material", "Kaufdatum", "Zubehör"}
PLURAL = {"Plätze", "Einsätze"}
NUMBER_WORDS = (
    *(("no", "none", "kein", "keine"), ("one", "ein", "eine", "einen"), ("two", "zwei"), ("three", "drei")),
    *(("four", "vier"), ("five", "fünf"), ("six", "sechs"), ("seven", "sieben"), ("eight", "acht")),
    *(("nine", "neun"), ("ten", "zehn"), ("eleven", "elf"), ("twelve", "zwölf")),
)
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_QUOTED = re.compile(r"[“„\"«][^”“\"»]*[”“\"»]|\b(?:of|von) \d+", re.IGNORECASE)
_FIRST_NUMBER = re.compile(
    rf"\b(?:\d+|{'|'.join(word for words in NUMBER_WORDS for word in sorted(words, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
# A sentence with two of the table's names before colons is a quoted row, not a result.
_LABELS_OF_A_QUOTE = 2


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A question about one table.

    Attributes:
        number: The answer to a count, a total or an average; otherwise None.
        names: The keys of the rows that answer a list, a highest or a lowest.
        value: The answer to a look-up.
    """

    kind: QuestionKind
    text: str
    table: KnownTable
    number: float | None = None
    names: tuple[str, ...] = ()
    value: Value | None = None
    key: str = ""

    @property
    def gold(self) -> str:
        if self.value:
            return self.value.text
        return ", ".join(self.names) or f"{self.number:g}"


def draw_questions(tables: Sequence[KnownTable], n_questions: int, chance: Random) -> list[TableQuestion]:
    """Return questions about the tables of a collection, the kinds in turn."""
    found: list[TableQuestion] = []
    asked: set[str] = set()
    for turn in range(n_questions * 20):
        if len(found) == n_questions:
            break
        kind = KINDS[(len(found) + turn // 50) % len(KINDS)]
        question = MAKERS[kind](chance.choice(tables), kind, chance)
        if question and question.text not in asked:
            found.append(question)
            asked.add(question.text)
    return found


def phrase(table: KnownTable, kind: QuestionKind, chance: Random, **words: str) -> str:
    theme = table.theme
    words |= {"plural": theme.plural, "singular": theme.singular, "which": WHICH.get(theme.singular, "")}
    if theme.language == "de" and "column" in words:
        words |= decline_column(words["column"])
    text = chance.choice(PHRASINGS[kind, theme.language]).format(**words)
    return text[0].upper() + text[1:]


def decline_column(name: str) -> dict[str, str]:
    """Return a German column's name with its article, and as the object of "hat"."""
    noun = name.partition(" ")[0]
    if noun in PLURAL:
        return {"the": f"die Zahl der {name}", "most": f"die meisten {name}", "least": f"die wenigsten {name}"}
    if noun in FEMININE:
        return {"the": f"die {name}", "most": f"die höchste {name}", "least": f"die niedrigste {name}"}
    article = "das" if noun in NEUTER else "der"
    return {"the": f"{article} {name}", "most": f"den höchsten {name}", "least": f"den niedrigsten {name}"}


def say_column(column: Column, table: KnownTable) -> str:
    """Return a column's name as a question says it: no unit, the group if needed."""
    name = re.sub(r"\s*\(.*\)$", "", column.name)
    if table.structure == "wide" and column.kind in NUMERIC:
        return f"value for {name}" if table.theme.language == "en" else f"Wert für {name}"
    if table.theme.language == "en":
        name = name[0].lower() + name[1:]
        name = f"number of {name}" if column.kind == "count" else name
    names = [other.name for other in table.columns]
    return f"{name} {column.group}" if names.count(column.name) > 1 and column.group else name


def ask_filter(table: KnownTable, kind: QuestionKind, chance: Random) -> TableQuestion | None:
    places = [place for place, column in enumerate(table.columns) if column.kind == "category"]
    if not places or table.structure == "form":
        return None
    place = chance.choice(places)
    wanted = chance.choice(sorted({row[place].text for row in table.rows}))
    names = tuple(row[table.key].text for row in table.rows if row[place].text == wanted)
    if kind == "list" and len(names) > MAX_LISTED:
        return None
    text = phrase(table, kind, chance, where=table.columns[place].where.format(wanted))
    if kind == "list":
        return TableQuestion(kind, text, table, names=names)
    return TableQuestion(kind, text, table, number=len(names))


def ask_figure(table: KnownTable, kind: QuestionKind, chance: Random) -> TableQuestion | None:
    """Ask for the total or the average of a column."""
    place = choose_figure(table, chance, must_be_summed=kind == "total")
    if place is None:
        return None
    numbers = [number_of(row[place], table.columns[place]) for row in table.rows if not row[place].is_empty]
    if len(numbers) < 2:
        return None
    result = sum(numbers) / (len(numbers) if kind == "average" else 1)
    text = phrase(table, kind, chance, column=say_column(table.columns[place], table))
    return TableQuestion(kind, text, table, number=round(result, 6))


def ask_extreme(table: KnownTable, kind: QuestionKind, chance: Random) -> TableQuestion | None:
    place = choose_figure(table, chance, must_be_summed=False)
    if place is None:
        return None
    rows = [row for row in table.rows if not row[place].is_empty]
    numbers = sorted((number_of(row[place], table.columns[place]) for row in rows), reverse=kind == "highest")
    if len(numbers) < 2 or numbers[0] == numbers[1]:
        return None
    (name,) = (row[table.key].text for row in rows if number_of(row[place], table.columns[place]) == numbers[0])
    text = phrase(table, kind, chance, column=say_column(table.columns[place], table))
    return TableQuestion(kind, text, table, names=(name,))


def ask_cell(table: KnownTable, kind: QuestionKind, chance: Random) -> TableQuestion | None:
    if table.structure == "no-header":
        return None
    row = chance.choice(table.rows)
    names = [column.parts for column in table.columns]
    places = [
        place
        for place, value in enumerate(row)
        if place != table.key and not value.is_empty and names.count(names[place]) == 1
    ]
    if not places:
        return None
    place, key = chance.choice(places), row[table.key].text
    text = phrase(table, kind, chance, column=say_column(table.columns[place], table), key=key)
    return TableQuestion(kind, text, table, value=row[place], key=key)


def choose_figure(table: KnownTable, chance: Random, *, must_be_summed: bool) -> int | None:
    if table.structure in {"form", "no-header"}:
        return None
    names = [column.parts for column in table.columns]
    places = [
        place
        for place, column in enumerate(table.columns)
        if column.kind in NUMERIC and names.count(column.parts) == 1 and (column.is_summed or not must_be_summed)
    ]
    return chance.choice(places) if places else None


def number_of(value: Value, column: Column) -> float:
    """Return a number as it is shown: a percentage times 100."""
    assert isinstance(value.content, int | float), "a column of numbers"
    return round(value.content * 100, 4) if column.kind == "percent" else value.content


MAKERS: dict[QuestionKind, Callable[[KnownTable, QuestionKind, Random], TableQuestion | None]] = {
    "count": ask_filter,
    "list": ask_filter,
    "total": ask_figure,
    "average": ask_figure,
    "highest": ask_extreme,
    "lowest": ask_extreme,
    "look-up": ask_cell,
}


def judge_answer(question: TableQuestion, answer: Answer) -> Literal["right", "wrong", "abstained"]:
    """Judge by the sentences of an answer; its note does not count."""
    if answer.abstained:
        return "abstained"
    sentences = [sentence.text for sentence in answer.sentences]
    is_right = answer.outcome == "answered" and says_answer(question, sentences)
    return "right" if is_right else "wrong"


def says_answer(question: TableQuestion, sentences: Sequence[str]) -> bool:
    text = fold(" ; ".join(sentences))
    said = re.findall(any_of(set(map(fold, question.table.keys))), text)
    if question.number is not None:
        is_total_alone = question.kind == "total" and not said
        results = [one for one in sentences if is_total_alone or not is_quoted_row(one, question.table)]
        return any(says_number(one, question.number, question.kind) for one in results)
    if question.kind == "list":
        return set(said) == set(map(fold, question.names))
    if question.value:
        key, value = fold(question.key), question.value
        is_pair = any(begins_with(rest, value) for rest in text.split(f"{key}:")[1:])
        return is_pair or (stands_in(value, text) and (not said or said[0] == key))
    return bool(said) and said[0] == fold(question.names[0])


def is_quoted_row(sentence: str, table: KnownTable) -> bool:
    labels = {column.name for column in table.columns}
    said = fold(sentence)
    return sum(f"{fold(label)}:" in said for label in labels) >= _LABELS_OF_A_QUOTE


def says_number(sentence: str, wanted: float, kind: str) -> bool:
    """Return whether a sentence says a number; an average may be rounded to one decimal or more."""
    if kind == "count":
        return says_count(sentence, int(wanted))
    return any(
        abs(number - wanted) < 1e-6
        or (kind == "average" and n_decimals and abs(round(wanted, n_decimals) - number) < 1e-6)
        for number, n_decimals in numbers_in(sentence)
    )


def says_count(sentence: str, wanted: int) -> bool:
    """Return whether the first number is the count; names in quotes and "of 14" do not count."""
    rest = _QUOTED.sub(" ", sentence)
    first = _FIRST_NUMBER.search(rest)
    if first is None:
        return False
    said = first.group().casefold()
    if said.isdigit():
        return int(said) == wanted
    return wanted < len(NUMBER_WORDS) and said in NUMBER_WORDS[wanted]


def numbers_in(sentence: str) -> Iterator[tuple[float, int]]:
    """Yield each reading of each number, with its decimals; points and commas may mean either."""
    for found in _NUMBER.findall(sentence):
        digits = re.sub(r"\D", "", found)
        yield float(digits), 0
        head, sign, tail = re.sub(r"\s", "", found).rpartition(max(".,", key=found.rfind))
        if sign:
            whole = re.sub(r"\D", "", head)
            yield float(f"{whole}.{tail}"), len(tail)
