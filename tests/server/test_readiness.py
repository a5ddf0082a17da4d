"""GET /readyz is 200 as long as quotes work, says what is degraded, and makes no request to the LLM."""

from pathlib import Path

import pytest

from rag.assembly.settings import read_settings
from rag.model_files.builtin import ENCODER
from tests.fake_llm import Script, serve_llm
from tests.running import serve

pytestmark = pytest.mark.model

WITKOFF = {"question": "Who met with Putin in Moscow?"}
N_PROBES = 50


def test_requests_show_whether_the_llm_works_and_probes_do_not_reach_it(seed_index: Path) -> None:
    script = Script(["U.S. envoy Steve Witkoff ", "met with Putin in Moscow. [1]"])
    with serve_llm(script) as base_url, serve(seed_index, OPENAI_BASE_URL=base_url) as running:
        first = running.post("/v1/ask", WITKOFF).json()
        well = running.get("/readyz")
        script.listings.clear()
        for _ in range(N_PROBES):
            running.get("/readyz")
        n_listings = len(script.listings)
        script.status = 401
        quoted = running.post("/v1/ask", WITKOFF).json()
        ill = running.get("/readyz")

    assert (first["answered_by"], quoted["answered_by"]) == ("llm", "extractive")
    assert well.json() == {
        "status": "ready",
        "index_version": first["index_version"],
        "llm": "scripted",
        "degraded": [],
    }
    # The server's own check, every ten seconds, may fall between.
    assert n_listings < N_PROBES / 2
    assert ill.status_code == 200
    (degraded,) = ill.json()["degraded"]
    assert (degraded["part"], degraded["code"]) == ("llm", "generation_failed")
    assert degraded["reason"] == "the LLM refused the key"
    assert "set OPENAI_API_KEY" in degraded["next_step"]


def test_a_local_llm_that_is_missing_leaves_the_server_ready(seed_index: Path, tmp_path: Path) -> None:
    # Preparing the encoder takes long.
    for path in read_settings().models_folder.glob(f"{ENCODER.name}.*"):
        (tmp_path / path.name).symlink_to(path)
    with serve(seed_index, RAG_LLM="local", RAG_MODELS_FOLDER=str(tmp_path)) as running:
        ready = running.get("/readyz").json()

    assert (ready["status"], ready["llm"]) == ("ready", None)
    (degraded,) = ready["degraded"]
    assert (degraded["part"], degraded["code"]) == ("llm", "model_missing")
    assert degraded["next_step"] == "run `rag models pull`"


def test_version_and_metrics_tell_what_runs_and_what_it_did(seed_index: Path) -> None:
    with serve(seed_index, RAG_LLM="extractive", RAG_LOCAL_METRICS="true") as running:
        answer = running.ask(WITKOFF["question"])
        running.stream(WITKOFF["question"])
        ready = running.get("/readyz").json()
        version = running.get("/version").json()
        metrics = running.get("/metrics").text

    assert (version["index_version"], version["llm"]) == (ready["index_version"], "extractive")
    assert version["encoder"] == "all-MiniLM-L6-v2"
    (counted,) = [line for line in metrics.splitlines() if line.startswith("footnote_questions_total{")]
    assert f'outcome="{answer["outcome"]}"' in counted
    assert counted.endswith(" 2.0")
    assert f'footnote_index_info{{collection="default",version="{ready["index_version"]}"}} 1.0' in metrics
    assert 'footnote_requests_total{method="POST",route="/v1/ask",status="200"} 2.0' in metrics
    assert 'footnote_stage_seconds_count{stage="search"} 2.0' in metrics
    assert 'footnote_degraded{collection="default",part="llm"} 0.0' in metrics
