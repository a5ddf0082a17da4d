from collections.abc import Sequence

from rag.answering.gathering.comparing.version_dates import VersionDate
from rag.answering.gathering.conflicts import DatedEvidence, order_by_date
from rag.answering.gathering.versions import find_pairs
from rag.text.stemming import stem
from rag.types import Document, Evidence
from tests.unit.answering.gathering.shapes import (
    BAKERY_NEW,
    BAKERY_OLD,
    MINUTES_JUNE,
    MINUTES_MAY,
    POOL_2022,
    POOL_2025,
    version,
)
from tests.unit.conftest import make_document, make_hits, make_passages

OLD, NEW = VersionDate("2022", "name", label="2022"), VersionDate("2025-05-01", "stated", label="1 May 2025")


def evidence(document: Document, words: str, odds: float = 1.0) -> Evidence:
    for hit in make_hits(make_passages(document)):
        for sentence in hit.passage.sentences:
            if words in hit.passage.text_of(sentence):
                return Evidence(hit, sentence, 0.6, odds)
    raise AssertionError(f"{words!r} is not in {document.uri}")


def order(
    found: Sequence[Evidence], dates: dict[str, VersionDate], question: str = "", *, are_versions: bool = True
) -> DatedEvidence:
    everything = [POOL_2022, POOL_2025, BAKERY_OLD, BAKERY_NEW]
    pairs = find_pairs([version(one) for one in everything]) if are_versions else []
    return order_by_date(question, found, dates, stem, pairs)


def texts(found: DatedEvidence) -> list[str]:
    return [one.text for one in found.evidence]


OLD_GUESTS, NEW_GUESTS = evidence(POOL_2022, "one guest", 1.0), evidence(POOL_2025, "two guests", 0.4)
LOCKER = evidence(POOL_2022, "deposit", 0.7)
DATES = {POOL_2022.id: OLD, POOL_2025.id: NEW}


def test_the_newer_version_comes_first_and_the_older_one_right_behind_it() -> None:
    found = order([OLD_GUESTS, LOCKER, NEW_GUESTS], DATES)

    assert texts(found) == [NEW_GUESTS.text, OLD_GUESTS.text, LOCKER.text]
    assert [one.odds for one in found.evidence] == [1.0, 1.0, 0.7]


def test_a_conflict_tells_both_dates_and_what_differs() -> None:
    (conflict,) = order([OLD_GUESTS, NEW_GUESTS], DATES).conflicts

    assert (conflict.relation, conflict.first, conflict.other) == ("newer", NEW_GUESTS, OLD_GUESTS)
    assert (conflict.first_date.label, conflict.other_date.label) == ("1 May 2025", "2022")
    assert [(one.older, one.newer) for one in conflict.differences] == [(OLD_GUESTS.text, NEW_GUESTS.text)]


def test_evidence_of_the_year_asked_for_comes_first() -> None:
    found = order([NEW_GUESTS, OLD_GUESTS], DATES, "How many guests could I bring in 2022?")

    assert texts(found) == [OLD_GUESTS.text, NEW_GUESTS.text]
    assert found.conflicts[0].first == NEW_GUESTS


def test_without_an_order_both_stay_and_contradict_each_other() -> None:
    for dates in ({}, {POOL_2022.id: NEW, POOL_2025.id: NEW}):
        found = order([OLD_GUESTS, NEW_GUESTS], dates)

        assert texts(found) == [OLD_GUESTS.text, NEW_GUESTS.text]
        assert [one.relation for one in found.conflicts] == ["contradicts"]


def test_evidence_that_says_the_same_stays_as_it_is() -> None:
    same = [evidence(POOL_2022, "A locker key"), evidence(POOL_2025, "A locker key")]

    assert order(same, DATES) == DatedEvidence(tuple(same), ())


def test_evidence_about_other_things_stays_as_it_is() -> None:
    other = [evidence(POOL_2022, "Guests pay 4"), NEW_GUESTS, evidence(POOL_2025, "Lost keys")]

    assert order(other, DATES).conflicts == ()


def test_rows_with_renamed_columns_conflict_in_their_values() -> None:
    rows = [evidence(BAKERY_OLD, "Rye loaf"), evidence(BAKERY_NEW, "Rye loaf"), evidence(BAKERY_NEW, "Spelt loaf")]

    found = order(rows, {BAKERY_OLD.id: VersionDate("2023", "name"), BAKERY_NEW.id: VersionDate("2024", "name")})

    assert [one.hit.passage.document_id[0] for one in found.evidence] == ["d", "c", "d"]
    assert [(one.older, one.newer) for one in found.conflicts[0].differences] == [("4.20", "4.60")]


def test_minutes_that_correct_earlier_ones_come_first_though_they_are_no_versions() -> None:
    wrong, right = evidence(MINUTES_MAY, "18,400"), evidence(MINUTES_JUNE, "14,800")
    dates = {MINUTES_MAY.id: VersionDate("2025-05-12", "name"), MINUTES_JUNE.id: VersionDate("2025-06-16", "name")}

    found = order([wrong, right], dates, are_versions=False)

    assert texts(found) == [right.text, wrong.text]


def test_other_documents_conflict_only_in_values_of_one_column() -> None:
    limits = make_document("Plan,Calendars\nStudio,150\nTeam,25\n", "limits.csv", "limits", "4" * 16)
    prices = make_document("Plan,Price\nStudio,12.50\nTeam,7.50\n", "prices.csv", "prices", "5" * 16)
    older = make_document("Plan,Price\nStudio,11.00\nTeam,6.50\n", "older.csv", "older", "6" * 16)

    assert order([evidence(limits, "Studio"), evidence(prices, "Studio")], {}, are_versions=False).conflicts == ()
    assert len(order([evidence(older, "Studio"), evidence(prices, "Studio")], {}, are_versions=False).conflicts) == 1


def test_other_documents_do_not_conflict_in_words_alone() -> None:
    one = make_document("Every visitor signs the visitors' book at the front desk.", "one.txt", "One", "7" * 16)
    other = make_document("Every visitor signs the visitors' book at the main desk.", "other.txt", "Other", "8" * 16)

    found = [evidence(one, "Every visitor"), evidence(other, "Every visitor")]

    assert order(found, {}, are_versions=False).conflicts == ()


def test_a_negated_rule_in_another_document_contradicts_it() -> None:
    one = make_document("Dogs are allowed in the reading room.", "one.txt", "One", "7" * 16)
    other = make_document("Dogs are not allowed in the reading room.", "other.txt", "Other", "8" * 16)

    (conflict,) = order([evidence(one, "Dogs"), evidence(other, "Dogs")], {}, are_versions=False).conflicts

    assert conflict.relation == "contradicts"


def test_sections_of_two_years_in_one_document_are_ordered_by_their_headings() -> None:
    canteen = make_document(
        "# Canteen\n\n## 2024-25\n\n| Meal | Price |\n|---|---|\n| Soup | 1.50 |\n\n"
        "## 2025-26\n\n| Meal | Price |\n|---|---|\n| Soup | 1.60 |\n",
        "canteen.md",
        "Canteen",
    )

    found = order([evidence(canteen, "Soup; Price: 1.50"), evidence(canteen, "Soup; Price: 1.60")], {})

    assert texts(found) == ["Meal: Soup; Price: 1.60", "Meal: Soup; Price: 1.50"]
    assert found.conflicts[0].first_date.label == "2025-26"


def test_an_older_release_that_says_otherwise_comes_behind_the_newer_one() -> None:
    notes = make_document(
        "<h1>Releases</h1><h2>6.2 (20 January 2026)</h2><ul><li>Published links last 90 days.</li></ul>"
        "<h2>5.9 (3 June 2025)</h2><ul><li>Published links last 30 days.</li></ul>",
        "releases.html",
        "Releases",
    )

    found = order([evidence(notes, "30 days"), evidence(notes, "90 days")], {})

    assert texts(found) == ["Published links last 90 days.", "Published links last 30 days."]


def test_rows_with_similar_names_do_not_conflict() -> None:
    permits = "Code,Service,Charge\nP01,Parking permit - first vehicle,50\nP02,Parking permit - second vehicle,80\n"
    old = make_document(permits, "fees_2024.csv", "fees_2024", "7" * 16)
    new = make_document(permits.replace("50", "58").replace("80", "96"), "fees_2025.csv", "fees_2025", "8" * 16)

    assert order([evidence(old, "first vehicle"), evidence(new, "second vehicle")], {}).conflicts == ()


def test_two_things_that_differ_in_a_word_are_no_conflict() -> None:
    basic = make_document("The basic plan costs 10 euros per month.", "basic.txt")
    pro = make_document("The pro plan costs 20 euros per month.", "pro.txt")
    found = [evidence(basic, "basic"), evidence(pro, "pro")]

    assert order(found, {basic.id: OLD, pro.id: NEW}, are_versions=False).conflicts == ()
