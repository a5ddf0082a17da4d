"""Documents, docstrings and messages are written in short lines and short sentences."""

import re
from pathlib import Path

import pytest

from tests.plain_english import (
    count_words,
    find_long_lines,
    find_long_sentences,
    find_python_units,
    split_sentences,
    split_units,
)

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *("README.md", "CHANGELOG.md", "evals/README.md"),
    *(
        "docs/admin.md",
        "docs/api.md",
        "docs/architecture.md",
        "docs/experiments.md",
        "docs/operating.md",
        "docs/widget.md",
    ),
)
# Old measurements, kept word for word.
ARCHIVE = "docs/experiments-archive.md"
PACKAGES = sorted({path.relative_to(ROOT / "rag").parts[0] for path in (ROOT / "rag").rglob("*.py")})


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


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_and_messages_have_sentences_of_at_most_30_words(package: str) -> None:
    place = ROOT / "rag" / package
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]

    units = [unit for file in files for unit in find_python_units(file.read_text(encoding="utf-8"))]

    assert [long for unit in units for long in find_long_sentences(unit)] == []


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


def test_docstrings_errors_log_lines_help_and_descriptions_are_prose() -> None:
    source = '''
"""A module."""
PORT = Option(help="The port.")
HOST = Field("x", description="The host.")
KIND = "no prose"
"""The kind."""
def run(a, b):
    """Run it.

    Args:
        a: The first, which
            goes on.
        b: The second.
    """
    _logger.info("Ran %s.", a)
    raise Broken(f"{a} is " f"broken", next_step="mend it")
'''

    assert set(find_python_units(source)) == {
        *("A module.", "The port.", "The host.", "The kind."),
        *("Run it.", "Args:", "a: The first, which goes on.", "b: The second."),
        *("Ran %s.", "value is broken", "mend it"),
    }
