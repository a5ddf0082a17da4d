"""A key of the LLM and a reader's words never show up where they do not belong: replies, logs, commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from rag.api.access.rules import _SCOPES_BY_ROUTE
from tests.fault_server import FAULTS, FaultServer, serve_faults
from tests.running import MAX_SECONDS, Running, free_port, run_rag, serve, wait_for

pytestmark = pytest.mark.model

# One for each place of the LLM's address, its key and ours.
SECRETS = {
    "user": "CANARYuser",
    "password": "CANARYpassword",
    "path": "CANARYpath",
    "query": "CANARYquery",
    "key": "CANARYkey",
    "admin": "CANARYadmin-1234",
}
PERSON = "Canaria Vogelsang"
QUESTION = f"I am {PERSON}, born 1971-02-03. Who met with Putin in Moscow?"
OPENAI_BODY = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
MCP_BODY = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": QUESTION}},
}
MCP_HEADERS = {"Accept": "application/json, text/event-stream"}
ADMIN = {"Authorization": f"Bearer {SECRETS['admin']}"}


def address_of_llm(place: str) -> str:
    """Return an address of the LLM with a secret in each of its parts."""
    user, password = SECRETS["user"], SECRETS["password"]
    return f"http://{user}:{password}@{place}/{SECRETS['path']}/v1?key={SECRETS['query']}"


def environment_at(place: str) -> dict[str, str]:
    return {
        "RAG_LLM": "openai",
        "RAG_LLM_PAUSE_SECONDS": "0",
        "OPENAI_BASE_URL": address_of_llm(place),
        "OPENAI_API_KEY": SECRETS["key"],
        "RAG_ADMIN_KEY": SECRETS["admin"],
    }


@contextmanager
def serve_with_secrets(index: Path) -> Iterator[tuple[Running, FaultServer]]:
    with serve_faults() as llm:
        place = llm.base_url.removeprefix("http://").removesuffix("/v1")
        with serve(index, **environment_at(place)) as running:
            yield running, llm


def shown_by(reply: httpx2.Response) -> str:
    return f"{reply.headers.raw!r} {reply.text}"


def ask_in_all_ways(running: Running) -> list[str]:
    """Ask over each protocol; return what the replies show."""
    replies = [
        running.post("/v1/ask", {"question": QUESTION}),
        running.post("/v1/ask", {"question": QUESTION, "stream": True}),
        running.post("/v1/chat/completions", OPENAI_BODY),
        running.post("/v1/chat/completions", {**OPENAI_BODY, "stream": True}),
        running.post("/v1/responses", {"model": "footnote", "input": QUESTION}),
        running.post("/v1/responses", {"model": "footnote", "input": QUESTION, "stream": True}),
        running.post("/mcp", MCP_BODY, **MCP_HEADERS),
        running.get(f"/v1/search?q={PERSON}"),
    ]
    assert {reply.status_code for reply in replies} == {200}
    return [shown_by(reply) for reply in replies]


def visit_all_routes(running: Running) -> list[str]:
    """Send an empty request to each route, as everybody, as a person and as the owner."""
    shown = []
    for line in sorted(_SCOPES_BY_ROUTE):
        method, path = line.split()
        path = path.replace("{name}", "pages.css").replace("{name:path}", "footnote").replace("{", "").replace("}", "")
        # The owner's list of conversations shows what was asked.
        owner = {} if line == "GET /v1/conversations" else ADMIN
        for headers in ({}, {"Accept": "text/html"}, owner):
            reply = httpx2.request(method, running.url + path, headers=headers, timeout=MAX_SECONDS)
            shown.append(shown_by(reply))
    return shown


def require_absent(texts: list[str], *words: str) -> None:
    found = [(word, text[:500]) for text in texts for word in words if word.casefold() in text.casefold()]
    assert not found


def test_no_secret_and_no_readers_word_is_shown_whatever_the_llm_does(seed_index: Path) -> None:
    with serve_with_secrets(seed_index) as (running, llm):
        shown = ask_in_all_ways(running)
        for fault in FAULTS.values():
            llm.fault = fault
            shown.append(shown_by(running.post("/v1/ask", {"question": QUESTION})))
        shown += ask_in_all_ways(running)
        ready = running.get("/readyz")
        visited = visit_all_routes(running)
        refused = running.post("/v1/ask", {"question": QUESTION, PERSON: 1})
        wrong_key = running.get("/v1/conversations", authorization=f"Bearer {PERSON}")

    log = "".join(running.log)
    assert ready.json()["degraded"][0]["reason"].startswith("the LLM ")
    assert refused.status_code == 422
    assert wrong_key.status_code == 401
    assert llm.n_asked > len(FAULTS)
    require_absent(
        [*shown, *visited, shown_by(ready), log], *SECRETS.values(), "127.0.0.1:" + llm.base_url.split(":")[2]
    )
    require_absent([*visited, shown_by(ready), shown_by(wrong_key), log], PERSON, "1971-02-03")
    require_absent([*shown, *visited, shown_by(ready)], str(seed_index.parent))


def test_an_llm_that_cannot_be_reached_is_named_by_its_host_alone_and_to_the_operator_alone(seed_index: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    with serve(seed_index, **environment_at(place)) as running:
        answer = running.post("/v1/ask", {"question": QUESTION})
        ready = running.get("/readyz")

    log = "".join(running.log)
    require_absent([shown_by(answer), shown_by(ready), log], *SECRETS.values())
    require_absent([shown_by(answer), shown_by(ready)], place)
    assert f"the LLM at http://{place} cannot be reached" in log


def test_a_server_without_an_index_tells_readers_no_path(tmp_path: Path) -> None:
    index = tmp_path / "CANARYfolder"
    with serve(index, wait_until_ready=False, RAG_LLM="extractive") as running:
        ready = wait_for(running, "/readyz", 503)
        while ready.json()["code"] == "not_ready":
            ready = running.get("/readyz")
        asked = running.post("/v1/ask", {"question": QUESTION})
        visited = visit_all_routes(running)

    assert ready.json()["reason"] == "there is no index yet"
    assert asked.json()["detail"].startswith("there is no index yet; run `rag index FOLDER`")
    require_absent([shown_by(ready), shown_by(asked), *visited], "CANARYfolder")
    assert "CANARYfolder" in "".join(running.log)


@pytest.mark.parametrize(
    "arguments",
    [
        ("settings",),
        ("settings", "--json"),
        ("doctor",),
        ("doctor", "--json"),
        ("--debug", "doctor"),
        ("ask", QUESTION),
        ("--debug", "ask", QUESTION, "--json"),
        ("search", "Putin", "--explain"),
        ("models", "list"),
        ("keys", "list"),
    ],
)
def test_a_command_shows_no_secret(seed_index: Path, arguments: tuple[str, ...]) -> None:
    place = f"127.0.0.1:{free_port()}"

    done = run_rag(*arguments, RAG_INDEX_FOLDER=str(seed_index), **environment_at(place))

    require_absent([done.stdout, done.stderr], *SECRETS.values())
    if arguments[0] in {"settings", "doctor"}:
        assert f"http://{place}" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "ftp://CANARYuser:CANARYpassword@host/v1"),
        ("OPENAI_BASE_URL", "http://CANARYuser:CANARY/password@host/v1"),
        ("OPENAI_BASE_URL", "http://[CANARYuser/v1"),
        ("OPENAI_BASE_URL", "http://host:CANARYport/v1"),
        ("OPENAI_BASE_URL", "http://host/v1?key=CANARYquery\r\nX-Other: 1"),
        ("OPENAI_API_KEY", "CANARYkey\n"),
        ("OPENAI_API_KEY", "CANARYkey CANARYkey"),
        ("OPENAI_API_KEY", "CANARYkéy"),
        ("RAG_OTLP_ENDPOINT", "grpc://CANARYuser:CANARYpassword@host:4317"),
        ("RAG_ADMIN_KEY", "CANARY"),
        ("RAG_ADMIN_KEY", "CANARYadmin with spaces"),
    ],
)
@pytest.mark.parametrize("command", [("settings",), ("--debug", "doctor")])
def test_a_setting_that_cannot_be_used_is_refused_without_showing_it(
    name: str, value: str, command: tuple[str, ...]
) -> None:
    done = run_rag(*command, **{name: value})

    assert done.returncode == 1
    assert f"{name} is not valid for" in done.stderr
    require_absent([done.stdout, done.stderr], "CANARY")
