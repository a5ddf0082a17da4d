"""A server whose surroundings are broken stays up, says why in one line, and serves once they are mended."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from rag.model_files.builtin import locate_encoder
from tests.fake_llm import Script, serve_llm
from tests.running import SEEDS, free_port, run_rag, serve, wait_for, wait_until

pytestmark = pytest.mark.model

WITKOFF = {"question": "Who met with Putin in Moscow?"}


def test_without_an_index_it_says_so_and_serves_once_there_is_one(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with serve(index, wait_until_ready=False, RAG_LLM="extractive") as running:
        wait_until(lambda: running.get("/readyz").json()["code"] != "not_ready")
        not_ready = running.get("/readyz")
        refused = running.post("/v1/ask", WITKOFF)
        indexed = run_rag("index", str(SEEDS), RAG_INDEX_FOLDER=str(index))
        wait_for(running, "/readyz")
        answered = running.post("/v1/ask", WITKOFF)

    assert not_ready.json()["code"] == "index_missing"
    assert "run `rag index" in not_ready.json()["next_step"]
    assert (refused.status_code, refused.json()["code"]) == (503, "index_missing")
    assert refused.headers["retry-after"] == "3"
    assert indexed.returncode == 0
    assert answered.status_code == 200


@pytest.mark.parametrize(
    ("fault", "code"), [("flip", "index_corrupt"), ("passages", "index_stale"), ("encoder", "index_stale")]
)
def test_an_index_that_cannot_serve_names_the_command(seed_index: Path, tmp_path: Path, fault: str, code: str) -> None:
    index = tmp_path / "index"
    shutil.copytree(seed_index, index)
    environment = {"RAG_LLM": "extractive"}
    if fault == "flip":
        vectors = next(index.rglob("passages.faiss"))
        content = bytearray(vectors.read_bytes())
        content[len(content) // 2] ^= 1
        vectors.write_bytes(content)
    elif fault == "passages":
        environment["RAG_PASSAGE_TOKENS"] = "64"
    else:
        encoder = shutil.copytree(locate_encoder(), tmp_path / "encoder", copy_function=os.link)
        environment["RAG_ENCODER"] = str(encoder)

    with serve(index, wait_until_ready=False, **environment) as running:
        reply = running.post("/v1/ask", WITKOFF)

    assert (reply.status_code, reply.json()["code"]) == (503, code)
    assert "run `rag index" in reply.json()["detail"]


def test_an_llm_that_is_not_there_means_quotes_marked_degraded(seed_index: Path) -> None:
    with serve(seed_index, OPENAI_BASE_URL=f"http://127.0.0.1:{free_port()}/v1") as running:
        answer = running.post("/v1/ask", WITKOFF).json()
        ready = running.get("/readyz")

    assert answer["answered_by"] == "extractive"
    assert answer["degraded"] == "the language model was not available"
    assert "Steve Witkoff" in answer["answer"]
    assert (ready.status_code, ready.json()["status"], ready.json()["llm"]) == (200, "ready", None)
    (degraded,) = ready.json()["degraded"]
    assert (degraded["part"], degraded["code"]) == ("llm", "generation_failed")
    assert "cannot be reached" in degraded["reason"]
    assert "rag doctor" in degraded["next_step"]


def test_a_wrong_key_is_said_and_never_shown(seed_index: Path) -> None:
    with (
        serve_llm(Script(status=401)) as base_url,
        serve(seed_index, wait_until_ready=False, OPENAI_BASE_URL=base_url, OPENAI_API_KEY="sk-secret") as running,
    ):
        answer = running.post("/v1/ask", WITKOFF)
        ready = running.get("/readyz")

    assert answer.json()["answered_by"] == "extractive"
    assert "refused the key" in ready.json()["degraded"][0]["reason"]
    assert "sk-secret" not in answer.text + ready.text


def test_any_openai_compatible_server_writes_the_answer(seed_index: Path) -> None:
    script = Script(["U.S. envoy Steve Witkoff ", "met with Putin in Moscow. [1]"])
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url, RAG_LLM_MODEL="m") as running:
        answer = running.post("/v1/ask", WITKOFF).json()

    assert (answer["answered_by"], answer["model"]) == ("llm", "m")
    assert answer["answer"] == "U.S. envoy Steve Witkoff met with Putin in Moscow. [1]"


def test_a_port_in_use_is_one_line_with_the_next_command(seed_index: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_rag("serve", "--port", str(port), RAG_INDEX_FOLDER=str(seed_index), RAG_LLM="extractive")

    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [(None, b"", "holds no file that can be read"), ("a.txt", b"caf\xe9 \x81\x8d", "byte 3 is not valid UTF-8")],
)
def test_a_folder_with_nothing_to_read_is_an_error(
    tmp_path: Path, name: str | None, content: bytes, message: str
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    if name:
        (docs / name).write_bytes(content)

    done = run_rag("index", str(docs), RAG_INDEX_FOLDER=str(tmp_path / "index"))

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bad.txt").write_bytes(b"caf\xe9 \x81\x8d")
    (docs / "good.txt").write_text("The ferry carries 420 passengers across the bay.")

    done = run_rag("index", str(docs), "--json", RAG_INDEX_FOLDER=str(tmp_path / "index"))

    assert done.returncode == 0, done.stderr
    assert '"n_documents": 1' in done.stdout
    assert "bad.txt" in done.stdout
