import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli.main import app
from rag.index.store import write_store
from rag.index.versions import STORE_FILE, version_folder
from rag.types import Facts
from tests.unit.conftest import make_document

VERSION = "0123456789abcdef"


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("RAG_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def create(*more: str, collection: str | None = None) -> tuple[int, str, str]:
    chosen = ["--collection", collection] if collection else []
    result = CliRunner().invoke(app, [*chosen, "keys", "create", "desk", "--scope", "ask", *more])
    return result.exit_code, result.stdout, result.stderr


def index_group(index: Path, group: str) -> None:
    document = replace(make_document(), group=group)
    folder = version_folder(index, VERSION)
    folder.mkdir(parents=True)
    write_store(folder / STORE_FILE, [(document, Facts(), [])], [])
    (index / "live").write_text(VERSION, encoding="ascii")


def test_a_group_that_no_document_has_is_named_with_those_that_there_are() -> None:
    index_group(Path("index"), "staff")

    status, _, notes = create("--group", "stuff", "--group", "staff")

    assert status == 0
    assert "No document has the group stuff yet; the groups of the documents are staff.\n" in notes


def test_a_known_group_and_one_before_the_first_index_cause_no_warning() -> None:
    _, _, before = create("--group", "staff")
    index_group(Path("index"), "staff")
    _, _, after = create("--group", "staff")

    assert "No document" not in before + after


def test_groups_are_those_of_the_collections_that_the_key_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    index_group(Path("bees"), "keepers")
    index_group(Path("boats"), "sailors")
    monkeypatch.setenv("RAG_COLLECTIONS", "bees=bees,boats=boats")

    _, _, of_all = create("--group", "sailors")
    _, _, of_bees = create("--group", "sailors", "--collection", "bees")

    assert "No document" not in of_all
    assert "No document has the group sailors yet; the groups of the documents are keepers." in of_bees


def test_a_collection_that_is_not_configured_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_COLLECTIONS", "bees=bees,boats=boats")

    status, out, error = create("--collection", "beez")

    assert (status, out) == (1, "")
    assert error == "rag: there is no collection 'beez'; take one of bees, boats\n"


def test_a_collection_that_only_a_server_may_know_is_taken_with_a_note() -> None:
    status, _, notes = create("--collection", "bees")

    assert status == 0
    assert "the key opens nothing before `rag serve --collection bees=INDEX_FOLDER` does." in notes


def test_a_key_made_for_the_collection_of_all_commands_lies_where_the_server_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAG_COLLECTIONS", "bees=bees,boats=boats")

    _, out, _ = create("--json", collection="bees")

    assert json.loads(out)["collections"] == ["bees"]
    assert Path("index/keys.sqlite").exists()
    assert not Path("bees").exists()


def test_no_limit_is_shown_as_all() -> None:
    _, out, _ = create("--all-groups")

    assert "groups: all" in out
    assert "collections: all" in out


def test_only_the_first_key_says_that_the_server_is_closed_now() -> None:
    _, _, first = create()
    _, _, second = create()

    assert "closes the server, also the chat page and the list of documents" in first
    assert "closes the server" not in second


def test_the_list_shows_what_each_site_key_may_spend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_SITE_KEY_TOKENS_PER_DAY", "7000")
    create("--site", "https://a.example", "--daily-tokens", "50000")
    create("--site", "https://b.example", "--daily-tokens", "0")
    create("--site", "https://c.example")
    create()

    listed = CliRunner().invoke(app, ["keys", "list"]).stdout
    bodies = json.loads(CliRunner().invoke(app, ["keys", "list", "--json"]).stdout)

    for shown in ("a day: 50,000", "a day: no limit", "a day: 7,000 (setting)"):
        assert shown in listed
    assert {body["daily_tokens"] for body in bodies} == {50_000, 0, None}


def test_a_key_that_is_no_site_key_takes_no_tokens_a_day() -> None:
    status, _, notes = create("--daily-tokens", "50000")

    assert status == 1
    assert "add --site" in notes


def test_revoking_a_key_again_says_that_it_was_revoked_already() -> None:
    key_id = json.loads(create("--json")[1])["id"]
    first, second = (CliRunner().invoke(app, ["keys", "revoke", key_id]) for _ in range(2))

    assert first.stdout == f"Revoked {key_id} (desk).\n"
    assert second.exit_code == 0
    assert second.stdout.startswith(f"{key_id} (desk) was revoked already, on 20")


def test_scopes_in_one_option_are_refused_with_the_form_that_is_right() -> None:
    result = CliRunner().invoke(app, ["keys", "create", "desk", "--scope", "ask,search"])

    assert result.exit_code == 2
    assert "one for each --scope" in " ".join(result.stderr.replace("│", " ").split())
