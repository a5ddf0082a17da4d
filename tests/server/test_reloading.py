"""A running server reads rag.toml again at SIGHUP. Real processes and signals."""

import signal
from pathlib import Path

import pytest

from tests.running import Running, serve, wait_for, wait_until

READER = {"X-Forwarded-For": "192.0.2.1"}


def code_of(running: Running, question: str, **headers: str) -> str:
    return running.post("/v1/ask", {"question": question}, **headers).json()["code"]


def reload(running: Running, file: Path, text: str) -> str:
    """Write other settings, send SIGHUP, and return the line that the server logs."""
    n_before = len(lines_of(running))
    file.write_text(text, encoding="utf-8")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(lines_of(running)) > n_before)
    return lines_of(running)[-1]


def lines_of(running: Running) -> list[str]:
    return [line for line in list(running.log) if "the settings " in line]


def test_limits_change_at_once_and_a_wrong_file_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rag.toml"
    file.write_text("max_question_characters = 20\n", encoding="utf-8")
    with serve(tmp_path / "index", wait_until_ready=False, RAG_SETTINGS_FILE=str(file)) as running:
        before = code_of(running, "Who met with Putin?"), code_of(running, "Who met with him in Moscow?")
        same = reload(running, file, "max_question_characters = 20\n")
        changed = reload(
            running,
            file,
            'max_question_characters = 10\naddress_questions_per_minute = 1\ntitle = "Desk"\n',
        )
        after = code_of(running, "Who is it?", **READER), code_of(running, "Who is it?", **READER)
        too_long = code_of(running, "Who met with Putin?")
        wrong = reload(running, file, 'max_question_characters = "many"\n')
        still = code_of(running, "Who met with Putin?")

    assert before == ("index_missing", "question_invalid")
    assert "changed=nothing" in same
    assert "needs_restart" not in same
    assert 'changed="address_questions_per_minute, max_question_characters" needs_restart=title' in changed
    assert after == ("index_missing", "rate_limited")
    assert too_long == still == "question_invalid"
    assert "ERROR the settings stay as they were: " in wrong
    assert f"{file}: 'many' is not valid for max_question_characters" in wrong


def test_each_collection_takes_the_new_limits(tmp_path: Path) -> None:
    file = tmp_path / "rag.toml"
    both = "[collections.bees]\nindex_folder = 'bees'\n[collections.boats]\nindex_folder = 'boats'\n"
    file.write_text(both, encoding="utf-8")
    with serve(tmp_path / "index", wait_until_ready=False, RAG_SETTINGS_FILE=str(file)) as running:
        line = reload(running, file, f"max_question_characters = 10\n{both}max_question_characters = 20\n")
        codes = [
            running.post(f"/collections/{name}/v1/ask", {"question": "Who met him?"}).json()["code"]
            for name in ("bees", "boats")
        ]
        less = reload(running, file, both.partition("[collections.boats]")[0])

    assert "changed=max_question_characters" in line
    assert codes == ["question_invalid", "index_missing"]
    assert "needs_restart=collections" in less


@pytest.mark.parametrize("n_signals", [1, 3])
def test_the_signal_never_ends_a_server_without_a_terminal(tmp_path: Path, n_signals: int) -> None:
    with serve(tmp_path / "index", wait_until_ready=False) as running:
        for _ in range(n_signals):
            running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: lines_of(running))

        assert wait_for(running, "/healthz").json() == {"status": "ok"}
