import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from rag.assembly.settings import Settings
from rag.cli.add import _Job
from rag.cli.main import app
from tests.fake_site import FakeSite, Served, page, serve_site


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with serve_site() as site:
        site.pages |= {
            "/docs/": page("The start of the docs.", "fares", "lost"),
            "/docs/fares": page("A ticket costs 14 euros."),
            "/docs/lost": Served(b"", 500),
        }
        yield site


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["add", *arguments])

    return run


def test_a_site_is_copied_with_a_summary_and_listed(site: FakeSite, run, tmp_path: Path) -> None:
    address = f"{site.origin}/docs/"

    added = run(address, "--allow-private", "--no-index", "--rate", "50")
    listed = run()

    assert added.exit_code == 0, added.output
    folder = f"documents/sites/127.0.0.1_{site.origin.rpartition(':')[2]}-docs"
    lines = added.stdout.splitlines()
    assert lines[0].startswith(f"Copied {address} to {folder} in ")
    assert lines[0].endswith(" s: 2 pages.")
    assert lines[1:] == [
        "2 new.",
        "Could not read 1 page:",
        f"  {address}lost: it answers 500 Internal Server Error",
        "To index the pages, run `rag index documents`.",
    ]
    assert (tmp_path / folder / "docs/fares.html").is_file()
    assert " ".join(listed.stdout.split()).startswith(f"{address} site 2 pages 20")
    assert "1 could not be read" in " ".join(listed.stdout.split())


def test_without_a_terminal_each_hundred_pages_are_one_line(tmp_path: Path) -> None:
    out = io.StringIO()
    job = _Job(Settings(), tmp_path, Console(file=out, width=80), indexes=False, as_json=False)
    report = job._line_reporter(began=0)

    for n_done in (0, 0, 1, 99, 100, 100, 101, 200):
        report("Copying", n_done, 250)

    assert [line.partition(",")[0] for line in out.getvalue().splitlines()] == [
        "100 of 250 known pages",
        "200 of 250 known pages",
    ]


def test_json_has_all_of_a_run(site: FakeSite, run) -> None:
    done = run(f"{site.origin}/docs/", "--allow-private", "--no-index", "--json", "--rate", "50")

    body = json.loads(done.stdout)
    (source,) = body["sources"]
    assert source["new"] == [f"{site.origin}/docs/", f"{site.origin}/docs/fares"]
    assert source["failed"] == {f"{site.origin}/docs/lost": "it answers 500 Internal Server Error"}
    assert body["index"] is None
    (known,) = json.loads(run("--json").stdout)
    assert (known["n_pages"], known["last_run"]["n_failed"]) == (2, 1)


def test_options_of_a_source_hold_for_later_runs_and_for_an_update(site: FakeSite, run) -> None:
    run(f"{site.origin}/docs/", "--allow-private", "--no-index", "--depth", "0", "--rate", "50")
    site.requests.clear()

    updated = run("--update", "--no-index", "--json")

    assert updated.exit_code == 0, updated.output
    assert site.n_requests == {"/robots.txt": 1, "/docs/": 1}


def test_a_source_is_removed_with_its_pages(site: FakeSite, run, tmp_path: Path) -> None:
    run(f"{site.origin}/docs/", "--allow-private", "--no-index", "--rate", "50")

    removed = run(f"{site.origin}/docs/", "--remove", "--no-index")

    assert removed.exit_code == 0, removed.output
    assert "2 pages" in removed.stdout
    assert list((tmp_path / "documents/sites").iterdir()) == []
    assert "No web site was added to documents." in run().stdout


def test_one_page_that_links_to_others_says_how_to_get_them(site: FakeSite, run) -> None:
    done = run(f"{site.origin}/docs/", "--allow-private", "--no-index", "--depth", "0")

    assert f"For the pages that it links to as well, run `rag add {site.origin}/docs/ --depth 2`." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{origin}/docs/",), "not public; if the site is your own, add `--allow-private`"),
        (("{origin}/none", "--allow-private"), "answers 404 Not Found; check the address"),
        (("ftp://example.org/",), "is no web address"),
        (("https://example.org/", "--remove"), "was not added to documents; run `rag add` for the list"),
        (("--update",), "no web site was added to documents; run `rag add URL`"),
    ],
)
def test_an_error_says_what_and_what_next(site: FakeSite, run, arguments: tuple[str, ...], message: str) -> None:
    done = run(*(argument.format(origin=site.origin) for argument in arguments))

    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--remove",),
        ("--depth", "2", "--update"),
        ("--every", "6"),
        ("https://example.org/", "--depth", "-1"),
        ("https://example.org/", "--rate", "0"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_said(run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_folder_can_be_named(site: FakeSite, run, tmp_path: Path) -> None:
    run(f"{site.origin}/docs/fares", "--allow-private", "--no-index", "--folder", "handbook")

    assert list((tmp_path / "handbook/sites").glob("*/docs/fares.html"))
