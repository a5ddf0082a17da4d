from dataclasses import replace

import pytest

from rag.answering.gathering.versions import choose_candidates, find_pairs, pair_versions, sections_of, title_likeness
from rag.text.stemming import stem
from rag.types import Document
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
from tests.unit.conftest import make_document


@pytest.mark.parametrize(
    ("older", "newer"), [(POOL_2022, POOL_2025), (BAKERY_OLD, BAKERY_NEW), (SATZUNG_2019, SATZUNG_2024)]
)
def test_versions_of_one_thing_are_paired_the_newer_last(older: Document, newer: Document) -> None:
    for one, other in ((older, newer), (newer, older)):
        pair = pair_versions(version(one), version(other))

        assert pair is not None
        assert (pair.older.entry.uri, pair.newer.entry.uri, pair.is_ordered) == (older.uri, newer.uri, True)


def test_minutes_of_two_meetings_are_no_versions_of_one_another() -> None:
    assert pair_versions(version(MINUTES_MAY), version(MINUTES_JUNE)) is None


def test_only_versions_are_paired_among_many_documents() -> None:
    everything = [POOL_2025, BAKERY_OLD, RELEASES, SATZUNG_2019, MINUTES_MAY, POOL_2022, SATZUNG_2024, BAKERY_NEW]

    pairs = find_pairs([version(one) for one in everything])

    found = {(pair.older.entry.id[0], pair.newer.entry.id[0]) for pair in pairs}
    assert found == {("a", "b"), ("c", "d"), ("e", "f")}


def test_a_copy_in_another_format_is_no_version() -> None:
    copy = replace(POOL_2022, uri="pool rules 2022 copy.pdf", id="9" * 16)

    assert pair_versions(version(POOL_2022), version(copy)) is None


def test_the_order_is_not_told_if_nothing_dates_a_version() -> None:
    undated = replace(BAKERY_NEW, uri="price list bakery new.csv", title="price list bakery new")

    pair = pair_versions(version(undated), version(BAKERY_OLD))

    assert pair is not None
    assert not pair.is_ordered


def test_the_version_number_orders_versions_without_dates() -> None:
    second = replace(BAKERY_NEW, uri="bakery v2.csv", title="bakery v2")
    third = replace(BAKERY_OLD, uri="bakery v3.csv", title="bakery v3")

    pair = pair_versions(version(third), version(second))

    assert pair is not None
    assert pair.older.entry.uri == "bakery v2.csv"


def test_sections_named_by_a_year_are_versions() -> None:
    canteen = make_document(
        "# Canteen\n\n## 2025-26\n\n| Meal | Price |\n|---|---|\n| Soup | 1.60 |\n| Pasta | 2.10 |\n| Rice | 2.40 |\n"
        "| Salad | 1.90 |\n\n## 2024-25\n\n| Meal | Price |\n|---|---|\n| Soup | 1.50 |\n| Pasta | 2.10 |\n"
        "| Rice | 2.20 |\n| Salad | 1.90 |\n",
        "canteen.md",
        "Canteen",
    )

    (pair,) = find_pairs([version(canteen)])

    assert (pair.older.section, pair.newer.section) == ("2024-25", "2025-26")
    assert pair.aligned[0].one.text == "Meal: Soup; Price: 1.50"


def test_sections_with_a_year_among_other_words_are_none() -> None:
    assert sections_of(version(RELEASES)) == []


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("Fees and Charges 2025-26 FINAL v3.xlsx", "fees_charges_2024-25.csv", True),
        ("alt_Beitraege_2024.md", "Mitgliedsbeiträge neu.docx", True),
        ("Règlement intérieur (brouillon).docx", "reglement_interieur_2024.pdf", True),
        ("Tarifas 2025 definitivo.xlsx", "tarifas-2024-antiguo.csv", True),
        ("Waste guide.md", "Parking rules 2024.md", False),
        ("2024.md", "2025.md", False),
    ],
)
def test_titles_are_compared_without_dates_numbers_and_additions(one: str, other: str, *, are_alike: bool) -> None:
    first, second = (replace(POOL_2022, uri=name, title=name.rpartition(".")[0]) for name in (one, other))

    assert (title_likeness(first, second, stem) >= 0.5) == are_alike


def test_candidates_are_the_documents_found_and_those_with_like_titles() -> None:
    entries = [BAKERY_OLD, MINUTES_JUNE, POOL_2022, RELEASES, SATZUNG_2019]

    assert choose_candidates([POOL_2025, RELEASES], entries, stem, most=5) == [POOL_2025, RELEASES, POOL_2022]
    assert choose_candidates([POOL_2025], entries, stem, most=0) == [POOL_2025]


def page(name: str, number: int, *more: str) -> Document:
    lines = [
        f"# {name} authentication\n",
        f"The {name} method works by obtaining the client's name from the {name} service.\n",
        f"The following options are supported for {name}:\n",
        "- map allows for mapping between system and database names.\n",
        "- See the chapter on configuration for details.\n",
        *more,
    ]
    return make_document("\n".join(lines), f"auth-{name}.md", f"{name} authentication", f"{number}" * 16)


def test_pages_about_two_subjects_are_no_versions_however_alike_they_are() -> None:
    assert pair_versions(version(page("Ident", 1)), version(page("Peer", 2))) is None


def test_what_most_documents_share_does_not_make_them_versions() -> None:
    menu = ["Home; Products; Contact; Imprint\n", "Call the hotline on weekdays.\n", "All rights are reserved.\n"]
    bodies = ["Ferns like shade.", "Roses need sun.", "Moss grows on stones.", "Ivy climbs walls.", "Reeds love water."]
    pages = [
        make_document("\n\n".join([*menu, body]), f"garden-{i}.txt", f"garden page {i}", f"{i}" * 16)
        for i, body in enumerate(bodies)
    ]

    assert find_pairs([version(one) for one in pages]) == []


def test_mails_are_no_versions_for_their_headers_alone() -> None:
    mails = [
        make_document(
            f"From: a@b.example\nTo: c@d.example\nDate: Mon, {day} Mar 2025 10:00:00 +0000\nSubject: Note\n\n{text}\n",
            f"note-{day}.eml",
            "Note",
            f"{day}" * 8,
        )
        for day, text in ((10, "The boiler was mended."), (17, "Lunch is at noon from now on."))
    ]

    assert pair_versions(version(mails[0]), version(mails[1])) is None
