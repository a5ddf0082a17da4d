import pytest
from typer import Typer
from typer.testing import CliRunner

from rag.cli.filter_options import with_filters
from rag.filters import Filters


def read_filters(*options: str) -> Filters:
    """Return what a command reads from these options."""
    app = Typer()
    seen: list[Filters] = []

    @app.command()
    @with_filters
    def command(filters: Filters) -> None:
        seen.append(filters)

    result = CliRunner().invoke(app, list(options))
    assert result.exit_code == 0, result.output
    return seen[0]


def test_no_option_lets_all_documents_pass() -> None:
    assert read_filters().is_empty


def test_options_that_are_lists_may_be_given_several_times() -> None:
    options = ["--tag", "a", "--tag", "b", "--group", "c", "--group", "d", "--language", "en", "--language", "de"]

    assert read_filters(*options) == Filters(tags=("a", "b"), groups=("c", "d"), languages=("en", "de"))


def test_folder_kind_and_days_are_taken_as_they_are() -> None:
    read = read_filters(
        *("--media-type", "application/pdf", "--folder", "reports", "--from", "2024-01-31", "--to", "2024-02-29")
    )

    assert read == Filters(
        media_types=("application/pdf",), folder="reports", date_from="2024-01-31", date_to="2024-02-29"
    )


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "31.1.2024", ""])
def test_what_is_no_day_is_a_command_line_that_makes_no_sense(day: str) -> None:
    with pytest.raises(AssertionError, match="Invalid value for '--from'"):
        read_filters("--from", day)


def test_documents_titles_and_links_are_filters_too() -> None:
    read = read_filters("--document", "a.txt", "--title", "Rules", "--title", "Fares", "--link", "https://example.org/")

    assert read == Filters(documents=("a.txt",), titles=("Rules", "Fares"), links=("https://example.org/",))
