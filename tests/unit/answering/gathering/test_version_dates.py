import pytest

from rag.answering.gathering.comparing.version_dates import VersionDate, compare_versions, date_version
from rag.text.stemming import stem
from rag.types import Document

PDF = "application/pdf"


def dated(text: str = "", uri: str = "rules.md", title: str = "Parking rules", **facts: str) -> VersionDate:
    facts = {"media_type": "text/markdown", **facts}
    return date_version(Document(uri=uri, sha256="", title=title, text=f"{title}\n\n{text}", **facts), stem)  # type: ignore[arg-type]  # facts are texts


@pytest.mark.parametrize(
    ("uri", "title", "day"),
    [
        ("Fees and Charges 2025-26 FINAL v3.xlsx", "", "2025"),
        ("pricelist_2025.pdf", "", "2025"),
        ("rules.md", "2022 rules", "2022"),
        ("Uniform policy Sept 2025.docx", "Uniform policy", "2025-09"),
        ("Protokoll.docx", "Protokoll der Sitzung vom 11. September 2025", "2025-09-11"),
        ("DIN EN ISO 9001-2015.pdf", "Quality manual 2023", "2023"),
    ],
)
def test_a_name_gives_the_date(uri: str, title: str, day: str) -> None:
    assert dated(uri=uri, title=title).day == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Valid from 1 April 2025. Replaces the 2023 guide.", "2025-04-01"),
        ("Adopted 11 March 2025, in force from 7 April 2025. This policy replaces the policy of 2022.", "2025-04-07"),
        ("Document HY-1, edition 6, valid from 15 January 2025.", "2025-01-15"),
        ("These rules form part of the agreement. They apply from 1 October 2025.", "2025-10-01"),
        ("Rooms S1 to S6. Updated 2024-05-02", "2024-05-02"),
        ("This page was last updated on 3 May 2024.", "2024-05-03"),
        ("Events Office. Last review: September 2025. Next review: September 2026.", "2025-09"),
        ("People Team, April 2025. For employees.", "2025-04"),
        ("Stand: 01.03.2024", "2024-03-01"),
        ("Beschlossen von der Versammlung am 15. März 2024, gültig ab 1. Januar 2025 bis auf Weiteres.", "2025-01-01"),
        ("Fassung nach Beschluss der Mitgliederversammlung vom 24. März 2023.", "2023-03-24"),
        ("Die folgenden Preise gelten seit dem 1. April 2025.", "2025-04-01"),
        ("Berlin, den 3. März 2024", "2024-03-03"),
        ("Tarifs en vigueur à partir du 1er janvier 2024.", "2024-01-01"),
        ("Mis à jour le 2 mai 2024", "2024-05-02"),
        ("Vigente desde el 1 de enero de 2025", "2025-01-01"),
        ("Última actualización: 5 de junio de 2024", "2024-06-05"),
        ("In vigore dal 1 marzo 2024", "2024-03-01"),
        ("Atualizado em 3 de março de 2022", "2022-03-03"),
        ("Geldig vanaf 1 mei 2024", "2024-05-01"),
        ("Obowiązuje od 1 stycznia 2024", "2024-01-01"),
        ("Действует с 1 января 2024 года", "2024-01-01"),
        ("2024年4月1日施行", "2024-04-01"),
        ("更新日期：2024年5月2日", "2024-05-02"),
    ],
)
def test_a_document_states_its_date_near_its_beginning(text: str, day: str) -> None:
    found = dated(text)

    assert (found.day, found.basis) == (day, "stated")


@pytest.mark.parametrize(
    "text",
    [
        "The author was born on 3 May 1950.",
        "Applications must arrive by 30 June 2025.",
        "Vouchers are valid until 31 March 2025.",
        "The General Data Protection Regulation, in force since 25 May 2018, requires consent.",
        "Replaced by the price plans 2026 for new orders from 1 January 2026.",
        "Next review: January 2027.",
        "The river flooded the square on 4 July 1987.",
        "Geboren am 24. Mai 1949 in Ulm.",
        "Wohngeldgesetz in der Fassung vom 24. September 2008 bleibt unberührt.",
        "Anträge sind bis zum 31. Januar 2025 einzureichen.",
        "Seit dem 1. Januar 2025 gilt die neue Beitragsordnung.",
        "Né le 3 mai 1950 à Lyon.",
        "Les dossiers sont acceptés jusqu'au 30 juin 2025.",
        "La solicitud debe presentarse antes del 30 de junio de 2025.",
        "Nacido el 3 de mayo de 1950.",
        "Date of birth: 3 May 1950",
        "Deadline: 30 June 2025 for all plots.",
        "It was approved on 4 July 1987 by the king.",
        "The rent register was updated on 3 May 2012 by the clerk.",
        "Родился 3 мая 1950 года.",
    ],
)
def test_a_date_that_only_stands_in_the_text_is_not_the_documents_own(text: str) -> None:
    assert dated(text) == VersionDate()


def test_a_date_far_from_the_beginning_is_not_taken() -> None:
    assert dated("The bay is wide. " * 60 + "\n\nValid from 1 April 2025.").day is None


def test_a_stated_day_is_finer_than_the_year_of_the_name() -> None:
    assert dated("Gültig ab 1. September 2025.", uri="Ordnung_2025.docx").day == "2025-09-01"


def test_a_year_that_the_stated_date_contradicts_is_not_the_versions() -> None:
    assert dated("Valid from 1 March 2022.", uri="Agenda 2030.md").day == "2022-03-01"
    assert dated("Gültig ab 1. Mai 2023.", title="Satzung des TKV 1908").day == "2023-05-01"


def test_a_plan_decided_in_the_year_before_keeps_the_year_of_its_name() -> None:
    assert dated("Adopted 11 December 2024.", uri="Fees 2025.md").day == "2025"


def test_the_day_on_which_a_program_saved_a_file_comes_last() -> None:
    assert dated("Valid from 1 April 2025.", date="2026-11-28", media_type=PDF).day == "2025-04-01"
    assert dated(date="2026-11-28", media_type=PDF) == VersionDate("2026-11-28", "saved", label="2026-11-28")
    assert dated(date="2024-05-02").basis == "stated"


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("rules v3.md", (3,)),
        ("rules_V2.1.md", (2, 1)),
        ("Satzung Fassung 4.md", (4,)),
        ("guide rev. 12.md", (12,)),
        ("règlement version 2.md", (2,)),
        ("規程 第3版.md", (3,)),
        ("covid19 rules.md", ()),
        ("Elvis 5.md", ()),
    ],
)
def test_a_name_gives_the_number(uri: str, number: tuple[int, ...]) -> None:
    assert dated(uri=uri).number == number


def test_the_label_is_how_the_document_writes_its_date() -> None:
    assert dated(uri="fees_2024-25.csv", title="").label == "2024-25"
    assert dated("Valid from 1 April 2025.").label == "1 April 2025"


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (VersionDate("2025", "name"), VersionDate("2024-12-31", "stated"), 1),
        (VersionDate("2024", "name"), VersionDate("2025", "name"), -1),
        (VersionDate("2024", "name", (2,)), VersionDate("2025", "name", (1,)), -1),
        (VersionDate("2025", "name", (2,)), VersionDate("2025", "name", (3,)), -1),
        (VersionDate(number=(10,)), VersionDate(number=(9,)), 1),
        (VersionDate("2025", "name"), VersionDate("2025", "name"), 0),
        (VersionDate("2025", "name"), VersionDate("2025-03", "name"), None),
        (VersionDate("2013-12-23", "saved"), VersionDate("2025", "name"), None),
        (VersionDate("2013-12-23", "saved"), VersionDate("2014-01-01", "saved"), -1),
        (VersionDate("2013-12-23", "saved"), VersionDate("2013-12-23", "saved"), None),
        (VersionDate(), VersionDate("2025", "name"), None),
    ],
)
def test_versions_are_ordered_by_day_then_number_or_not_at_all(
    one: VersionDate, other: VersionDate, order: int | None
) -> None:
    assert compare_versions(one, other) == order
