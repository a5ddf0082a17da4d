"""OpenAI's client for Node reads what this server sends."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.running import Running

pytestmark = pytest.mark.model

CLIENT = "openai@7.59.0"
SCRIPT = Path(__file__).with_name("node_client.mjs")
WITKOFF = "Who met with Putin in Moscow?"
INSTALL_SECONDS = 300


@pytest.fixture(scope="module")
def client_folder() -> Path:
    """Return the folder of the client, which is installed once for all runs."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node or npm is missing")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footnote-tests"
    folder = cache / CLIENT
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        Path(made, "package.json").write_text('{"private": true}')
        command = [npm, "install", "--prefix", made, "--ignore-scripts", "--no-audit", "--no-fund", CLIENT]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install {CLIENT}: {done.stderr[-300:]}")
        # Another run may have been faster.
        if not folder.exists():
            shutil.copytree(made, folder, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def told(client_folder: Path, quoting_server: Running) -> dict:
    command = ["node", str(SCRIPT), str(client_folder), quoting_server.url + "/v1", WITKOFF]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_completion_and_its_stream_are_the_answer(told: dict, quoting_server: Running) -> None:
    message = told["completion"]["choices"][0]["message"]
    deltas = [chunk["choices"][0]["delta"] for chunk in told["streamed"] if chunk["choices"]]
    streamed = "".join(delta.get("content", "") for delta in deltas)

    assert message["content"].startswith(quoting_server.ask(WITKOFF)["answer"])
    assert message["content"] == streamed == told["helped"]
    assert deltas[-1]["annotations"] == message["annotations"]
    assert told["streamed"][-1]["usage"]["total_tokens"] == 0


def test_the_models_are_listed(told: dict) -> None:
    assert (told["models"], told["model"]["id"]) == (["footnote"], "footnote")


def test_a_response_and_its_events_are_read(told: dict) -> None:
    assert told["response"]["status"] == "completed"
    assert told["response"]["text"] == told["completion"]["choices"][0]["message"]["content"]
    assert (told["events"][0], told["events"][-1]) == ("response.created", "response.completed")


def test_each_refusal_is_an_error_of_its_class(told: dict) -> None:
    assert told["refusals"] == {
        "model": {"kind": "NotFoundError", "status": 404, "code": "model_not_found", "param": "model"},
        "question": {"kind": "BadRequestError", "status": 400, "code": "question_invalid", "param": "messages"},
        "metadata": {
            "kind": "BadRequestError",
            "status": 400,
            "code": "request_invalid",
            "param": "metadata.date_to",
        },
        "embeddings": {"kind": "NotFoundError", "status": 404, "code": "not_found", "param": None},
    }
