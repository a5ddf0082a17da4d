"""What is counted, with labels that nobody outside can choose, and who may read it."""

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from rag.api.access.rules import _SCOPES_BY_ROUTE
from rag.api.app import create_app
from rag.api.finishing import report_answer
from rag.api.telemetry.metrics import Metrics, ServedState
from rag.assembly.settings import Settings
from rag.events import AnswerEvent, AnswerFinished, AnswerStarted
from rag.types import Answer, Timings, Usage

KEY = "key-of-16-letters"
OWNER = {"Authorization": f"Bearer {KEY}"}
ANSWER = Answer(
    *("id", "conversation", "secret question", "secret query", "answered", "secret answer", "", (), ()),
    *(None, "llm", "secret-model", "v1"),
    usage=Usage(7, 3),
    timings_ms=Timings(rewrite=1, retrieve=20, llm=900, check=80, first_token=500, total=1010),
    degraded="the LLM at http://secret",
    kind="fact",
)


def samples_of(text: str) -> dict[str, float]:
    """Return each sample as Prometheus reads it: name and labels in order, but for those of the process."""
    found = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            if name.startswith("footnote_") and not name.endswith(("_bucket", "_created")):
                found[name + "".join(f" {key}={labels[key]}" for key in sorted(labels))] = value
    return found


def read(metrics: Metrics) -> dict[str, float]:
    body, _ = metrics.exposed("")
    return samples_of(body.decode())


def send(app: FastAPI, line: str, *, sender: str = "127.0.0.1", **headers: str) -> httpx2.Response:
    async def request() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, client=(sender, 1234))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(*line.split(" ", 1), headers=headers)

    return asyncio.run(asyncio.wait_for(request(), 60))


def make_app(folder: Path, **settings: object) -> FastAPI:
    return create_app(Settings(index_folder=folder, conversation_days=0, admin_key=KEY, **settings))


def test_an_answer_counts_by_outcome_kind_and_step_and_says_no_word_of_it() -> None:
    metrics = Metrics()

    metrics.count_answer(ANSWER)

    counted = read(metrics)
    assert counted["footnote_questions_total answered_by=llm kind=fact outcome=answered"] == 1
    assert counted["footnote_stage_seconds_sum stage=search"] == pytest.approx(0.02)
    assert counted["footnote_stage_seconds_sum stage=llm"] == pytest.approx(0.9)
    assert counted["footnote_stage_seconds_sum stage=check"] == pytest.approx(0.08)
    assert (counted["footnote_llm_tokens_total kind=prompt"], counted["footnote_llm_tokens_total kind=completion"]) == (
        *(7, 3),
    )
    assert counted["footnote_degraded_answers_total"] == 1
    assert b"secret" not in metrics.exposed("")[0]


@pytest.mark.parametrize("ending", ["finished", "failed", "left"])
def test_a_question_is_counted_once_however_it_ends(ending: str) -> None:
    metrics = Metrics()

    async def events() -> AsyncGenerator[AnswerEvent, None]:
        yield AnswerStarted("id", "conversation", "question", "query")
        assert read(metrics)["footnote_questions_in_flight"] == 1
        if ending == "failed":
            raise RuntimeError
        yield AnswerFinished(ANSWER)

    async def follow() -> None:
        reported = report_answer(events(), metrics)
        await anext(reported)
        if ending == "left":
            await reported.aclose()
            return
        async for _ in reported:
            pass

    if ending == "failed":
        with pytest.raises(RuntimeError):
            asyncio.run(follow())
    else:
        asyncio.run(follow())

    counted = read(metrics)
    outcome = "outcome=" + {"finished": "answered"}.get(ending, ending)
    assert {name: n for name, n in counted.items() if name.startswith("footnote_questions_total")} == {
        name: 1 for name in counted if name.startswith("footnote_questions_total") and outcome in name
    }
    assert counted["footnote_questions_in_flight"] == 0


def test_the_state_is_read_anew_each_time() -> None:
    metrics, states = Metrics(), [ServedState("default")]
    waiting = [0]
    metrics.watch(lambda: states, lambda: waiting[0])

    before = read(metrics)
    states[:] = [ServedState("default", "v7", 1000.0, frozenset({"llm"}), is_llm_paused=True, n_waiting_for_llm=3)]
    waiting[0] = 5
    after = read(metrics)

    assert before["footnote_ready collection=default"] == 0
    assert after["footnote_ready collection=default"] == 1
    assert after["footnote_index_info collection=default version=v7"] == 1
    assert after["footnote_index_built_timestamp_seconds collection=default"] == 1000
    assert after["footnote_llm_paused collection=default"] == 1
    assert after["footnote_waiting_for_llm collection=default"] == 3
    assert (before["footnote_waiting_to_begin"], after["footnote_waiting_to_begin"]) == (0, 5)
    assert after["footnote_degraded collection=default part=llm"] == 1
    assert after["footnote_degraded collection=default part=index"] == 0


def test_what_senders_invent_makes_no_new_label(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    for line in ("GET /invented/1", "BREW /invented/2", "GET /v1/documents/invented-3", "GET /v1/search?q=invented-4"):
        send(app, line, **{"user-agent": "invented-5"})

    text = send(app, "GET /metrics", **OWNER).text

    assert "invented" not in text
    routes = set(re.findall(r'route="([^"]*)"', text))
    assert routes <= {"none", *(line.split()[1] for line in _SCOPES_BY_ROUTE)}
    assert set(re.findall(r'method="([^"]*)"', text)) <= {"GET", "other"}


def test_apps_share_no_count(tmp_path: Path) -> None:
    first, second = make_app(tmp_path), make_app(tmp_path)
    send(first, "GET /healthz")

    assert 'route="/healthz"' in send(first, "GET /metrics", **OWNER).text
    assert 'route="/healthz"' not in send(second, "GET /metrics", **OWNER).text


def test_metrics_need_the_owners_key(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    assert send(app, "GET /metrics").status_code == 401
    reply = send(app, "GET /metrics", **OWNER)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert "footnote_requests_in_flight 1.0" in reply.text


@pytest.mark.parametrize(
    ("sender", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 401),
        ("192.0.2.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
    ],
)
def test_a_setting_opens_them_to_programs_of_this_machine_alone(
    tmp_path: Path, sender: str, headers: dict[str, str], status: int
) -> None:
    app = make_app(tmp_path, local_metrics=True)

    assert send(app, "GET /metrics", sender=sender, **headers).status_code == status


def test_the_version_needs_a_key_once_there_is_one_and_shows_no_path(tmp_path: Path) -> None:
    app = make_app(tmp_path, judge="/srv/secret/my-judge", reranker="owner/name")

    body = send(app, "GET /version", **OWNER).json()

    assert set(body) == {"version", "index_version", "encoder", "reranker", "judge", "llm"}
    assert (body["judge"], body["reranker"], body["index_version"]) == ("my-judge", "owner/name", None)
