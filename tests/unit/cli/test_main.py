import asyncio
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import typer
from typer.testing import CliRunner

from rag import __version__
from rag.api.access.keys import KeyStore
from rag.api.app import create_app
from rag.api.feedback.store import FeedbackStore
from rag.assembly.settings import Settings
from rag.cli.doctor import _IN_WIDGET
from rag.cli.main import _Commands, app
from rag.encoders.exported import EXPORT_VERSION, JUDGE_EXPORT_VERSION, MODEL_FILE, Export, JudgeExport
from rag.model_files.builtin import ENCODER
from rag.model_files.folders import hash_folder, hash_of_hashes
from tests.fake_hub import serve_hub
from tests.model_files import judge_files, write_files

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("RAG_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_after(port: int) -> int:
    """Return the first port after one that nothing listens on."""
    return next(other for other in range(port + 1, 65536) if is_free(other))


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def two_ports_in_a_row() -> tuple[socket.socket, socket.socket]:
    """Return listeners on two ports that follow each other."""
    for port in range(20_000, 30_000):
        if is_free(port) and is_free(port + 1):
            return socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1))
    raise AssertionError("all ports are in use")


def rag(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def settings_by_name(output: str) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(output)}


@pytest.mark.parametrize(
    "command",
    ["index", "search", "ask", "chat", "serve", "settings", "doctor", "eval", "models", "models pull", "models list"],
)
def test_every_command_has_help(command: str) -> None:
    status, out, _ = rag(*command.split(), "--help")

    assert status == 0
    assert out.startswith(f"Usage: root {command} ")


def test_version_is_printed() -> None:
    assert rag("--version") == (0, f"footnote {__version__}\n", "")


def test_a_command_line_that_makes_no_sense_ends_with_2() -> None:
    status, out, err = rag("ask")

    assert (status, out) == (2, "")
    assert "Missing argument 'QUESTION'" in err


def test_an_llm_that_does_not_exist_ends_with_2() -> None:
    assert rag("--llm", "oracle", "settings")[0] == 2


def test_our_errors_are_one_line_on_stderr() -> None:
    status, out, err = rag("ask", "  ")

    assert (status, out, err) == (1, "", "rag: the question is empty; ask something\n")


def test_an_error_never_repeats_the_question() -> None:
    assert "secret" not in rag("search", "secret\x1b[2J")[2]


def test_debug_shows_where_an_error_came_from() -> None:
    status, _, err = rag("--debug", "ask", "")

    assert status == 1
    assert err.startswith("Traceback")
    assert err.endswith("rag: the question is empty; ask something\n")


def test_an_unexpected_error_is_one_line_with_a_hint() -> None:
    broken = typer.Typer(cls=_Commands, pretty_exceptions_enable=False)

    @broken.command()
    def first() -> None:
        raise ZeroDivisionError("by\nnothing")

    @broken.command()
    def second() -> None: ...

    result = CliRunner().invoke(broken, ["first"])

    assert result.exit_code == 1
    assert result.stderr == "rag: unexpected ZeroDivisionError: by nothing; run `rag --debug …` to see where\n"


def test_ctrl_c_ends_quietly() -> None:
    interrupted = typer.Typer(cls=_Commands, pretty_exceptions_enable=False)

    @interrupted.command()
    def first() -> None:
        raise KeyboardInterrupt

    @interrupted.command()
    def second() -> None: ...

    result = CliRunner().invoke(interrupted, ["first"])

    assert (result.exit_code, result.output) == (130, "")


def test_indexing_beside_collections_says_which_index_the_server_answers_from(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(
        f'[collections.shop]\nindex_folder = "{tmp_path / "shop"}"\n[collections.club]\nindex_folder = "club"\n'
    )
    (tmp_path / "docs").mkdir()

    _, _, plain = rag("index", "--dry-run", "docs")
    _, _, chosen = rag("--collection", "shop", "index", "--dry-run", "docs")

    assert "answers from the collections shop, club, not from index." in plain
    assert "run `rag --collection NAME index FOLDER`" in plain
    assert "collections" not in chosen


COLLECTIONS = """
[collections.shop]
index_folder = "shop-index"
[collections.club]
index_folder = "club-index"
"""


@pytest.mark.parametrize(
    ("options", "step"),
    [
        (("--collection", "shop"), "run `rag --collection shop index FOLDER`"),
        (("--index-folder", "my index"), "run `rag --index-folder 'my index' index FOLDER`"),
        ((), "name one, as in `rag --collection shop …`"),
    ],
)
def test_a_missing_index_is_built_by_the_command_that_the_message_names(
    tmp_path: Path, options: tuple[str, ...], step: str
) -> None:
    toml = COLLECTIONS if "--index-folder" not in options else ""
    (tmp_path / "rag.toml").write_text(toml)

    status, _, error = rag(*options, "search", "pier")

    assert status == 1
    assert step in error


def test_doctor_examines_the_indexes_that_the_server_answers_from(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(COLLECTIONS)

    _, out, _ = rag("doctor", "--json")

    steps = {check["name"]: check["next_step"] for check in json.loads(out)["checks"]}
    assert steps["shop: index"].startswith("run `rag --collection shop index FOLDER`")
    assert steps["club: index"].startswith("run `rag --collection club index FOLDER`")
    assert "index" not in steps


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("shop",), "--collection is not valid for collections: 'shop' has to be NAME=INDEX_FOLDER"),
        (("=shop-index",), "'=shop-index' has to be NAME=INDEX_FOLDER"),
        (("shop=a", "shop=b"), "'shop' is there twice; give each collection a name of its own"),
        (
            ("shop=nowhere",),
            "there is no index in nowhere; correct the folder, or run `rag --index-folder nowhere index FOLDER`",
        ),
    ],
)
def test_a_collection_that_cannot_be_served_is_told_before_the_server_starts(
    given: tuple[str, ...], message: str
) -> None:
    flags = [flag for one in given for flag in ("--collection", one)]

    status, _, error = rag("serve", *flags)

    assert status == 1
    assert message in error


def test_serve_takes_no_collection_before_it_because_it_would_find_no_keys(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(COLLECTIONS)

    status, _, error = rag("--collection", "club", "serve")

    assert status == 1
    assert "run `rag serve`, which serves this one below /collections/club" in error


def test_feedback_is_looked_for_where_the_collections_record_it(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text(COLLECTIONS)

    _, _, before = rag("feedback", "export", "judged")
    (tmp_path / "club-index").mkdir()
    FeedbackStore(tmp_path / "club-index" / "answers.sqlite").close()
    _, _, after = rag("feedback", "export", "judged")
    _, _, chosen = rag("--collection", "shop", "feedback", "export", "judged")

    assert "run `rag serve` and ask one of the collections shop, club" in before
    assert "run `rag --collection club feedback export …`" in after
    assert "run `rag serve` and ask something" in chosen


def test_settings_tell_value_and_origin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAG_PORT", "9000")
    # These belong to other programs.
    monkeypatch.setenv("TITLE", "Other")
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    (tmp_path / "rag.toml").write_text('title = "Ask us"\nopenai_base_url = "http://127.0.0.1:1/v1"\n')

    status, out, _ = rag("--llm", "extractive", "settings", "--json")

    rows = settings_by_name(out)
    assert status == 0
    found = {name: (row["value"], row["origin"]) for name, row in rows.items() if row["origin"] != "default"}
    assert found == {
        "llm": ("extractive", "--llm"),
        "port": (9000, "RAG_PORT"),
        "title": ("Ask us", "rag.toml"),
        "openai_base_url": ("http://127.0.0.1:1", "rag.toml"),
    }
    assert rows["host"]["value"] == "127.0.0.1"


def test_settings_mask_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")

    as_json, as_text = rag("settings", "--json")[1], rag("settings")[1]

    assert "very-secret" not in as_json + as_text
    assert settings_by_name(as_json)["openai_api_key"]["origin"] == "OPENAI_API_KEY"


def test_an_unknown_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_PROT", "9000")

    status, _, err = rag("settings")

    assert status == 1
    assert err.startswith("rag: unknown setting RAG_PROT (did you mean port?); `rag settings` lists them all")


def test_models_list_tells_what_is_missing(tmp_path: Path) -> None:
    status, out, _ = rag("--models-folder", str(tmp_path / "none"), "models", "list", "--json")

    assert status == 0
    assert json.loads(out)[1]["state"] == "missing"


def test_models_list_tells_of_those_named_at_a_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_RERANKER", "maker/order")

    status, out, _ = rag("models", "list", "--json")

    assert status == 0
    assert [(model["name"], model["state"]) for model in json.loads(out)[:1]] == [("maker/order", "missing")]


def test_models_pull_says_that_offline_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_ENCODER", "maker/encoder")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    status, _, err = rag("models", "pull")

    assert status == 1
    assert err.startswith("rag: the model maker/encoder is not in ")
    assert err.endswith("HF_HUB_OFFLINE forbids its download; unset that and run `rag models pull`\n")


def test_models_pull_fetches_no_llm_that_is_not_wanted(tmp_path: Path) -> None:
    # An export that is there already; making one takes seconds, see tests/encoder.
    prepared = tmp_path / f"{ENCODER.name}.export"
    prepared.mkdir()
    Export(EXPORT_VERSION, None, "", 384, "", "", 1.0).write(prepared)

    status, out, _ = rag("--models-folder", str(tmp_path), "--llm", "extractive", "models", "pull", "--json")

    assert status == 0
    assert [(model["name"], model["state"]) for model in json.loads(out)] == [("all-MiniLM-L6-v2", "verified")]
    assert not list(tmp_path.glob("*.gguf*"))


def test_models_pull_fetches_a_judge_that_no_setting_names_and_prints_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{ENCODER.name}.export").mkdir()
    Export(EXPORT_VERSION, None, "", 384, "", "", 1.0).write(tmp_path / f"{ENCODER.name}.export")
    pull = ("--models-folder", str(tmp_path), "--llm", "extractive", "models", "pull", "--judge", "maker/judge")
    with serve_hub() as hub:
        hub.offer("maker/judge", judge_files())
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        files = {path: hashlib.sha256(content).hexdigest() for path, content in judge_files().items()}
        prepared = tmp_path / f"maker--judge-{hash_of_hashes(files)[:12]}.export"
        prepared.mkdir()
        JudgeExport(JUDGE_EXPORT_VERSION, None, "", 0.0, 0.0, "no such operator").write(prepared)

        status, out, err = rag(*pull)
        monkeypatch.setenv("RAG_JUDGE", "maker/judge")
        _, out_again, err_again = rag(*pull)
        _, listed, _ = rag("--models-folder", str(tmp_path), "models", "list", "--json")

    assert status == 0, err
    assert out == out_again == "Ready: maker/judge, all-MiniLM-L6-v2.\n"
    assert "Judge maker/judge: torch serves it" in err
    assert 'To use the judge, put this line into rag.toml: judge = "maker/judge"\n' in err
    assert "rag.toml" not in err_again
    assert [(model["name"], model["state"]) for model in json.loads(listed)[:1]] == [("maker/judge", "verified")]


def test_doctor_says_how_the_judge_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_files(tmp_path / "judge", judge_files())
    monkeypatch.setenv("RAG_JUDGE", str(folder))
    monkeypatch.setenv("RAG_LLM", "extractive")

    _, before, _ = rag("--models-folder", str(tmp_path), "doctor", "--json")
    prepared = tmp_path / f"judge-{hash_folder(folder)[:12]}.export"
    prepared.mkdir()
    (prepared / MODEL_FILE).write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    JudgeExport(JUDGE_EXPORT_VERSION, "int8", sha256, 0.0041, 0.05).write(prepared)
    _, after, _ = rag("--models-folder", str(tmp_path), "doctor", "--json")

    details = [
        next(check["detail"] for check in json.loads(out)["checks"] if check["name"] == "judge")
        for out in (before, after)
    ]
    assert details[0].endswith(f"in {folder}; `rag models pull` prepares it for this machine")
    assert details[1].endswith(f"in {folder}; served in int8, 0.004 from the model's own probabilities")


def test_serve_refuses_a_port_in_use_and_names_another(taken_port: int) -> None:
    status, _, err = rag("serve", "--port", str(taken_port))

    assert status == 1
    assert err == (
        f"rag: port {taken_port} on 127.0.0.1 is in use; port {free_after(taken_port)} is free: "
        f"add `--port {free_after(taken_port)}`, or with make run `make run PORT={free_after(taken_port)}`\n"
    )


def test_serve_names_a_port_that_is_free() -> None:
    first, second = two_ports_in_a_row()
    with first, second:
        _, _, err = rag("serve", "--port", str(first.getsockname()[1]))
        taken = second.getsockname()[1]
        named = int(re.findall("port (\\d+) is free", err)[0])

    assert named > taken


def test_doctor_tests_the_port_and_the_host_of_the_settings(monkeypatch: pytest.MonkeyPatch, taken_port: int) -> None:
    monkeypatch.setenv("RAG_HOST", "127.0.0.2")
    monkeypatch.setenv("RAG_PORT", str(taken_port))
    elsewhere = port_check()
    monkeypatch.setenv("RAG_HOST", "127.0.0.1")
    here = port_check()
    monkeypatch.setenv("RAG_PORT", "0")
    any_port = port_check()

    assert (elsewhere["is_ok"], elsewhere["detail"]) == (True, f"{taken_port} on 127.0.0.2 is free")
    assert (here["is_ok"], here["detail"]) == (False, f"port {taken_port} on 127.0.0.1 is in use")
    assert (any_port["is_ok"], any_port["detail"]) == (True, "the server takes a free one on 127.0.0.1")


def test_doctor_knows_a_server_with_keys_by_what_it_answers_without_one(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys.sqlite", lambda: 0.0).create("x", scopes=frozenset({"ask"}), origins=frozenset())
    app = create_app(Settings(index_folder=tmp_path))

    async def fetch() -> bytes:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return (await client.get("/widget.js")).content

    assert _IN_WIDGET in asyncio.run(fetch())


def port_check() -> dict[str, object]:
    _, out, _ = rag("doctor", "--json")
    return next(check for check in json.loads(out)["checks"] if check["name"] == "port")


def test_serve_refuses_an_address_that_is_not_ours() -> None:
    status, _, err = rag("serve", "--host", "192.0.2.1", "--insecure")

    assert status == 1
    assert err.startswith("rag: cannot listen on port 8000 of 192.0.2.1 (")


@pytest.mark.parametrize(
    ("llm", "arguments"), [("extractive", []), ("local", ["--sample", "0"]), ("extractive", ["--sample", "0"])]
)
def test_the_naive_chatbot_needs_questions_to_be_answered_and_an_llm(llm: str, arguments: list[str]) -> None:
    status, out, err = rag("--llm", llm, "eval", str(ROOT / "evals" / "seed"), "--naive", *arguments)

    assert (status, out) == (2, "")
    assert "--naive" in err
    assert "it needs a sample of at least 1, and an LLM that answers" in " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    "name",
    [
        *("RAG_MIN_HIT_CONFIDENCE", "RAG_MIN_CONFIDENCE", "RAG_MIN_QUOTE_CONFIDENCE", "RAG_MIN_ANSWERABLE"),
        "RAG_ENTAILMENT",
    ],
)
def test_a_setting_that_is_gone_is_named_as_unknown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "0.5")

    status, _, err = rag("settings")

    assert status == 1
    assert f"unknown setting {name}" in err


def test_doctor_names_what_is_wrong_with_other_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("RAG_ENCODER", "maker/encoder")
    monkeypatch.setenv("RAG_RERANKER", str(tmp_path / "empty"))
    monkeypatch.setenv("RAG_LLM", "extractive")

    _, out, _ = rag("doctor", "--json")

    steps = {check["name"]: check["next_step"] for check in json.loads(out)["checks"]}
    assert steps["encoder"] == "correct the name, or run `rag models pull` to download it from a hub"
    assert steps["reranker"] == "copy the whole model there, or set RAG_RERANKER to another model"


def test_doctor_names_the_command_for_each_problem(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_PORT", str(taken_port))
    monkeypatch.setenv("RAG_DOCUMENTS_FOLDER", "papers")

    status, out, _ = rag("doctor", "--json")

    steps = {check["name"]: check["next_step"] for check in json.loads(out)["checks"]}
    free = free_after(taken_port)
    assert status == 1
    assert steps == {
        "Python": None,
        "encoder": None,
        "LLM": "run `rag models pull`",
        "index": "run `rag index papers`",
        "port": f"port {free} is free: add `--port {free}`, or with make run `make run PORT={free}`",
    }
