"""The documents are written in short lines and short sentences."""

import re
from pathlib import Path

import pytest

from tests.plain_english import count_words, find_long_lines, find_long_sentences, split_sentences, split_units

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/api.md", "docs/widget.md", "docs/experiments.md", "evals/README.md")
# Old measurements, kept word for word.
ARCHIVE = "docs/experiments-archive.md"


def read(name: str) -> str:
    """Return a document; of the changelog only its newest section."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.split(r"^## ", text, flags=re.MULTILINE)[1] if name == "CHANGELOG.md" else text


@pytest.mark.parametrize("name", [*DOCUMENTS, ARCHIVE])
def test_prose_has_lines_of_at_most_100_characters(name: str) -> None:
    assert find_long_lines(read(name)) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_sentences_have_at_most_30_words(name: str) -> None:
    assert [long for unit in split_units(read(name)) for long in find_long_sentences(unit)] == []


def test_a_sentence_does_not_end_at_an_abbreviation_or_in_a_number() -> None:
    text = 'The U.S. envoy asked, e.g. Putin, for 0.5 km at 5 p.m. on Monday. "Why?" is a question! It ends.'

    first, second, third = split_sentences(text)

    assert (count_words(first), count_words(second), count_words(third)) == (14, 4, 2)


def test_31_words_are_too_many_and_a_code_span_is_one_word() -> None:
    thirty = " ".join(["`rag eval SET --json`"] + ["word"] * 29) + "."

    assert find_long_sentences(f"{thirty} {thirty}") == []
    assert len(find_long_sentences(f"Also {thirty}")) == 1


def test_list_items_and_table_cells_stand_alone_and_code_is_left_out() -> None:
    markdown = "# Head\nOne\ntwo.\n- three\n  four\n- five\n\n| a | b |\n| --- | --- |\n```\ncode\n```\nsix"

    assert list(split_units(markdown)) == ["Head", "One two.", "three four", "five", "a", "b", "six"]


def test_only_tables_code_and_links_alone_may_be_wide() -> None:
    wide = "x" * 101

    assert find_long_lines(f"{wide}\n| {wide} |\n```\n{wide}\n```\n[a]({wide})\nsee [a]({wide})") == [
        wide,
        f"see [a]({wide})",
    ]
