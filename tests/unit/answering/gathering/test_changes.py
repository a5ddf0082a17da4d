from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answering.gathering.changes import Change, Changes, choose_pair, gather_changes, hit_of, list_changes
from rag.answering.gathering.comparing.change_words import says_change
from rag.answering.gathering.versions import find_pairs, pair_versions
from rag.text.stemming import stem
from rag.types import Document, Hit
from tests.unit.answering.gathering.shapes import (
    BAKERY_NEW,
    BAKERY_OLD,
    MINUTES_JUNE,
    MINUTES_MAY,
    POOL_2022,
    POOL_2025,
    RELEASES,
    SATZUNG_2019,
    SATZUNG_2024,
    version,
)
from tests.unit.conftest import make_document, make_hits, make_passages


def hits_of(*documents: Document) -> tuple[Hit, ...]:
    return make_hits([passage for document in documents for passage in make_passages(document)])


def gather(question: str, *documents: Document) -> Changes | None:
    hits = hits_of(*documents)
    return gather_changes(question, hits, [version(one) for one in documents], lambda _: hits, stem)


def told(changes: Sequence[Change]) -> list[tuple[str, str, str]]:
    return [
        (one.kind, one.older.unit.text if one.older else "", one.newer.unit.text if one.newer else "")
        for one in changes
    ]


def specific(question: str, *documents: Document) -> list[tuple[str, str, str]]:
    found = gather(question, *documents)
    assert found is not None
    assert found.is_specific
    return told(found.changes)


def test_a_question_about_one_thing_gets_only_that_thing() -> None:
    assert specific("How many guests could a member bring in 2022, and how many now?", POOL_2025, POOL_2022) == [
        ("changed", "A member may bring one guest a day.", "A member may bring two guests a day.")
    ]


def test_a_row_is_compared_though_columns_are_renamed() -> None:
    found = gather("Has the rye loaf got dearer since 2023?", BAKERY_NEW, BAKERY_OLD)

    assert found is not None
    (change,) = found.changes
    assert [(one.older, one.newer) for one in change.differences] == [("4.20", "4.60")]


def test_what_did_not_change_is_told_if_the_question_is_about_it() -> None:
    (change,) = specific("Is spelt loaf more expensive now?", BAKERY_NEW, BAKERY_OLD)

    assert change[0] == "same"


def test_a_general_question_gets_all_that_changed_then_the_added_then_the_removed() -> None:
    found = gather("What changed in the prices between 2023 and 2024?", BAKERY_NEW, BAKERY_OLD)

    assert found is not None
    assert not found.is_specific
    assert [(kind, (new or old).split("; ")[1]) for kind, old, new in told(found.changes)] == [
        ("changed", "Item: Rye loaf"),
        ("changed", "Item: Poppy seed roll"),
        ("changed", "Item: Butter pretzel"),
        ("changed", "Item: Plum cake"),
        ("added", "Item: Walnut bread"),
        ("removed", "Product: Onion bread"),
    ]


def test_a_german_rule_is_compared_with_its_older_wording() -> None:
    assert specific("Welche Frist galt früher für die Kündigung und welche gilt jetzt?", SATZUNG_2024, SATZUNG_2019)[
        0
    ] == (
        "changed",
        "Sie ist nur zum Jahresende mit einer Frist von drei Monaten möglich.",
        "Sie ist nur zum Jahresende mit einer Frist von sechs Wochen möglich.",
    )


def test_what_was_removed_or_added_is_told() -> None:
    assert specific("Are dogs still allowed on the lawn?", POOL_2025, POOL_2022) == [
        ("removed", "Dogs are not allowed on the lawn.", "")
    ]
    assert specific("What is new about taking pictures?", POOL_2025, POOL_2022) == [
        ("added", "", "Taking pictures of other guests is forbidden.")
    ]


def test_each_side_has_its_document_span_and_date() -> None:
    found = gather("How much do guests pay at the gate, before and now?", POOL_2025, POOL_2022)

    assert found is not None
    older, newer = found.changes[0].older, found.changes[0].newer
    assert older is not None
    assert newer is not None
    assert (older.entry.id, POOL_2022.text[slice(*older.unit.span)]) == ("a" * 16, "Guests pay 4 euro at the gate.")
    assert (newer.entry.id, POOL_2025.text[slice(*newer.unit.span)]) == ("b" * 16, "Guests pay 5.50 euro at the gate.")
    assert (older.date.label, newer.date.label) == ("2022", "1 May 2025")


def test_each_side_can_be_cited_as_a_span_of_a_hit() -> None:
    found = gather("How many guests could a member bring in 2022, and how many now?", POOL_2025, POOL_2022)

    assert found is not None
    assert found.changes[0].newer is not None
    hit = hit_of(found.changes[0].newer)
    assert hit.passage.text_of(hit.passage.sentences[0]) == "A member may bring two guests a day."
    assert (hit.passage.document_id, hit.passage.headings[-1]) == (POOL_2025.id, "Guests")


FOREIGN = [
    (
        "fr",
        ["# Règlement de la piscine", "- Le bassin ferme à 19 heures.", "- Le bonnet de bain est obligatoire."],
        "- Une caution de {} euros est demandée pour la clé.",
        ("10", "15"),
        "Quelle est la caution pour la clé, avant et maintenant ?",
    ),
    (
        "es",
        ["# Tarifas del club", "- Clase de tenis: 18 euros", "- Taquilla: 2 euros"],
        "- Alquiler de pista: {} euros",
        ("12", "14"),
        "¿Cuánto costaba antes el alquiler de pista y cuánto cuesta ahora?",
    ),
    (
        "ru",
        ["# Правила библиотеки", "- Штраф за просрочку составляет 5 рублей.", "- В читальном зале нельзя есть."],
        "- Книги выдаются на {} дней.",
        ("14", "21"),
        "На сколько дней выдаются книги теперь и раньше?",
    ),
    (
        "ja",
        ["# 図書館の利用規則", "- 館内での飲食は禁止です。", "- 延滞料は1日10円です。"],
        "- 貸出期間は{}日間です。",
        ("14", "21"),
        "貸出期間はどう変わりましたか？",
    ),
]


@pytest.mark.parametrize(("language", "lines", "changed", "values", "question"), FOREIGN)
def test_versions_are_compared_in_other_languages(
    language: str, lines: list[str], changed: str, values: tuple[str, str], question: str
) -> None:
    older, newer = (
        replace(
            make_document("\n\n".join([*lines, changed.format(value)]), f"regla {year}.md", "regla", year * 4),
            language=language,
        )
        for year, value in zip(("2022", "2025"), values, strict=True)
    )

    told_of = [changed.removeprefix("- ").format(value) for value in values]
    assert specific(question, newer, older) == [("changed", *told_of)]


def test_a_topic_that_neither_version_holds_gets_nothing() -> None:
    assert gather("What changed in the dress code for referees?", BAKERY_NEW, BAKERY_OLD) is None


@pytest.mark.parametrize(
    ("question", "first", "n_entries"),
    [
        ("What's new in version 3?", "Exports now hold the time zone of each entry.", 4),
        ("What's new in 3.0?", "Dark mode on all screens.", 2),
        ("What changed in the latest release?", "Exports now hold the time zone of each entry.", 2),
        ("What came in October 2025?", "Tags can be merged.", 1),
    ],
)
def test_release_notes_answer_with_the_entries_of_the_release(question: str, first: str, n_entries: int) -> None:
    found = gather(question, RELEASES)

    assert found is not None
    assert found.pair is None
    assert next(one.newer.unit.text for one in found.changes if one.newer) == first
    assert len(found.changes) == n_entries


def test_an_entry_of_release_notes_is_found_by_its_topic() -> None:
    assert specific("What happened to the fax button in 3.0?", RELEASES) == [
        ("said", "", "The fax button has been removed.")
    ]


def test_a_document_that_says_itself_what_changed_answers_without_another_version() -> None:
    handbook = make_document(
        "Leave at the mill\n\nStaff have 26 days of leave. The notice period has been shortened from six to four "
        "weeks. Lunch is at noon. Overtime is no longer paid but taken as time off.",
        "handbook.txt",
        "Leave at the mill",
    )

    assert specific("What changed about the notice period?", handbook) == [
        ("said", "", "The notice period has been shortened from six to four weeks.")
    ]


def test_minutes_that_correct_earlier_ones_answer_with_the_correction() -> None:
    assert specific("What was corrected about the offer of Harlow?", MINUTES_JUNE, MINUTES_MAY) == [
        ("said", "", "Correction: The board accepts the offer of Harlow & Sons for 14,800 euro.")
    ]


def test_of_three_versions_those_are_compared_that_the_question_names_else_the_newest() -> None:
    years = ("2023", "2024", "2025")
    prices = {"2023": ("4.20", "2.80", "1.10"), "2024": ("4.40", "2.80", "1.20"), "2025": ("4.60", "2.90", "1.30")}
    lists = [
        make_document(
            "Item,Price\n" + "".join(f"{name},{price}\n" for name, price in zip("ABC", prices[year], strict=True)),
            f"prices_{year}.csv",
            f"prices_{year}",
            year * 4,
        )
        for year in years
    ]
    hits = hits_of(*lists)
    pairs = find_pairs([version(one) for one in lists])

    def chosen(question: str) -> tuple[str, str] | None:
        pair = choose_pair(question, hits, pairs)
        return pair and (pair.older.date.year, pair.newer.date.year)

    assert chosen("What changed from 2023 to 2024?") == ("2023", "2024")
    assert chosen("What changed from 2023 to 2025?") == ("2023", "2025")
    assert chosen("What did A cost in 2023?") == ("2023", "2025")
    assert chosen("Has A got dearer?") == ("2024", "2025")


def test_the_order_of_versions_without_dates_is_not_told() -> None:
    undated = replace(BAKERY_NEW, uri="bakery.csv", title="bakery")
    pair = pair_versions(version(BAKERY_OLD), version(undated))

    assert pair is not None
    assert not pair.is_ordered
    assert [one.kind for one in list_changes(pair, stem)].count("changed") == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("The notice period has been shortened to four weeks.", True),
        ("Links now last 90 days instead of 30.", True),
        ("Die Frist wurde auf vier Wochen verkürzt.", True),
        ("Le délai est désormais de 30 jours.", True),
        ("El plazo ya no es de 30 días.", True),
        ("Срок теперь составляет 30 дней.", True),
        ("受付時間を変更しました。", True),
        ("The pool opens at nine.", False),
        ("Das Becken öffnet um neun.", False),
    ],
)
def test_sentences_that_say_what_changed_are_told_in_several_languages(text: str, *, says: bool) -> None:
    assert says_change(text) == says
