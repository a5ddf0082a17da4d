import pytest

from rag.answering.gathering.comparing.dates import compare_days, find_dates, remove_dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-02", "2024-05-02"),
        ("minutes_20240502", "2024-05-02"),
        ("1 April 2025", "2025-04-01"),
        ("1st of May 2024", "2024-05-01"),
        ("May 3, 2024", "2024-05-03"),
        ("Stand: 01.03.2024", "2024-03-01"),
        ("15. März 2024", "2024-03-15"),
        ("le 1er août 2023", "2023-08-01"),
        ("1 de octubre de 2024", "2024-10-01"),
        ("12 gennaio 2025", "2025-01-12"),
        ("3 de março de 2022", "2022-03-03"),
        ("7 mei 2021", "2021-05-07"),
        ("1 stycznia 2024", "2024-01-01"),
        ("1 января 2024 г.", "2024-01-01"),
        ("2025年4月1日", "2025-04-01"),
        ("Feb 2026", "2026-02"),
        ("fees_2024-25", "2024"),
        ("school year 24/25", "2024"),
        ("2024/2025", "2024"),
        ("status report 2026-03", "2026-03"),
        ("autumn2025", "2025"),
        ("1 January to 31 December 2025", "2025-01-01"),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(text: str, day: str) -> None:
    assert [found.day for found in find_dates(text)] == [day]


@pytest.mark.parametrize("text", ["ISO 12024", "call 2024.50", "K-2024x", "99/98", "31.31.2024x", "page 1999,5"])
def test_a_number_that_only_holds_four_digits_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_dates_are_taken_out_of_a_name() -> None:
    assert remove_dates("Fees 2024-25 final").split() == ["Fees", "final"]


def test_days_are_compared_as_far_as_both_are_known() -> None:
    assert compare_days("2024", "2024-05") == 0
    assert compare_days("2024-06", "2024-05-31") == 1
    assert compare_days("2023-12-31", "2024") == -1
