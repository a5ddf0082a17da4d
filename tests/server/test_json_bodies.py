"""JSON that is deep, huge or ambiguous, on every route that takes JSON: refused, and at once."""

import json
import time

import httpx2
import pytest

from tests.running import MAX_SECONDS, Running

pytestmark = pytest.mark.model

MESSAGES = '[{"role": "user", "content": "Who?"}]'
MCP_CALL = (
    '"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "W"}}'
)
# The inside of a valid body by route.
BODIES = {
    "/v1/ask": '"question": "Who?"',
    "/v1/feedback": '"answer_id": "a", "thumbs": "up"',
    "/v1/chat/completions": f'"model": "footnote", "messages": {MESSAGES}',
    "/v1/responses": '"model": "footnote", "input": "Who?"',
    "/mcp": MCP_CALL,
}
# What is added to the valid body; REST stands for it.
FAULTS = {
    "the same name twice": '{REST, "x": 1, "x": 2}',
    "the valid fields twice": "{REST, REST}",
    "the same name twice, far inside": '{REST, "x": [{"y": [{"z": 1, "z": 1}]}]}',
    "NaN": '{REST, "x": NaN}',
    "Infinity": '{REST, "x": [-Infinity]}',
    "a float that is infinite": '{REST, "x": 1e400}',
    "a huge integer": '{REST, "x": ' + "9" * 200_000 + "}",
    "half a character in a name": '{REST, "\\ud800": 1}',
    "40,000 names": "{REST, " + ", ".join(f'"{n:x}":0' for n in range(21_000)) + "}",
    "a list 65 deep": '{REST, "x": ' + "[" * 65 + "]" * 65 + "}",
    "a list 100,000 deep": '{REST, "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "objects 20,000 deep": '{REST, "x": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}",
    "objects that never end": '{"a":' * 40_000,
    "lists that never end": "[" * 250_000,
}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def post(server: Running, path: str, body: str | bytes) -> httpx2.Response:
    return httpx2.post(server.url + path, content=body, headers=HEADERS, timeout=MAX_SECONDS)


@pytest.mark.parametrize("path", BODIES)
def test_a_plain_body_is_read(quoting_server: Running, path: str) -> None:
    reply = post(quoting_server, path, f"{{{BODIES[path]}}}")

    # There is no such answer to give feedback on.
    assert reply.status_code == (404 if path == "/v1/feedback" else 200), reply.text


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_can_be_read_in_two_ways_or_takes_long_is_refused(
    quoting_server: Running, path: str, fault: str
) -> None:
    reply = post(quoting_server, path, FAULTS[fault].replace("REST", BODIES[path]))

    told = json.dumps(reply.json())
    assert reply.status_code == 400, told
    assert len(told) < 600
    is_no_json = "never end" in fault
    codes = ("body_not_json", "body_invalid", "Parse error") if is_no_json else ("body_invalid",)
    assert any(code in told for code in codes), told


@pytest.mark.parametrize("path", BODIES)
def test_a_body_in_another_encoding_is_refused(quoting_server: Running, path: str) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1"):
        assert post(quoting_server, path, f'{{{BODIES[path]}, "x": "\xe9"}}'.encode(encoding)).status_code == 400


def test_bodies_that_take_long_to_read_hold_nobody_up(quoting_server: Running) -> None:
    baseline = [_seconds(quoting_server, path, f"{{{BODIES[path]}}}") for path in BODIES]

    taken = {
        (path, fault): _seconds(quoting_server, path, body.replace("REST", BODIES[path]))
        for path in BODIES
        for fault, body in FAULTS.items()
    }

    # The slowest valid body is a question that is searched for; the margin is for a busy machine.
    assert {key: seconds for key, seconds in taken.items() if seconds > 5 + 20 * max(baseline)} == {}


def _seconds(server: Running, path: str, body: str) -> float:
    started = time.perf_counter()
    post(server, path, body)
    return time.perf_counter() - started
