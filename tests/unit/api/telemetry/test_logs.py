"""A log line is one line, whatever is in it, and programs can read it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from rag.api.telemetry.logs import JsonLines, TextLines, configure_logging, log_event
from rag.api.telemetry.request_ids import continue_request

HOSTILE = [
    "a\n2026-03-01T09:30:00.000Z INFO answered outcome=answered",
    "a\r\nb",
    "\x1b[2J\x1b]0;title\x07",
    "a\u2028b\u2029c\u202ed\x85e\x9bf",
    'quote" status=200',
    "back\\slash",
    "half \ud800 pair",
    "",
    "name=value",
    "tab\tbed",
]


@pytest.fixture
def lines() -> Iterator[tuple[logging.Logger, io.StringIO, logging.Handler]]:
    logger, stream = logging.getLogger("rag.test_logs"), io.StringIO()
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger, stream, handler
    logger.removeHandler(handler)
    logger.propagate = True
    continue_request(None)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_on_its_line_and_shows_no_control(lines: tuple, text: str) -> None:
    logger, stream, handler = lines
    handler.setFormatter(TextLines())

    log_event(logger, text, value=text)

    (line,) = stream.getvalue().splitlines()
    assert all(character.isprintable() for character in line)
    assert not any(part.startswith("status=") for part in line.split('value="')[0].split(" ")[2:] if '"' not in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_gives_back_what_was_logged(lines: tuple, text: str) -> None:
    logger, stream, handler = lines
    handler.setFormatter(JsonLines())
    continue_request("id-of-request")

    log_event(logger, text, value=text, n=3, none=None)

    (line,) = stream.getvalue().splitlines()
    assert line.isascii()
    event = json.loads(line)
    assert (event["message"], event["value"], event["n"], event["request"]) == (text, text, 3, "id-of-request")
    assert set(event) == {"time", "level", "logger", "message", "value", "n", "request"}


def test_a_value_that_could_be_taken_for_more_is_quoted(lines: tuple) -> None:
    logger, stream, handler = lines
    handler.setFormatter(TextLines())

    log_event(logger, "stored", document='my "file" status=200.pdf', seconds=1.5, whole=True)

    assert stream.getvalue().endswith(' INFO stored document="my \\"file\\" status=200.pdf" seconds=1.5 whole=true\n')


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
def test_a_traceback_begins_no_line_of_its_own(lines: tuple, formatter: logging.Formatter) -> None:
    logger, stream, handler = lines
    handler.setFormatter(formatter)

    try:
        int("x\n2026-03-01T09:30:00.000Z INFO request status=200")
    except ValueError:
        logger.exception("it failed")

    first, *others = stream.getvalue().split("\n")[:-1]
    assert "it failed" in first
    assert all(line.startswith("    ") for line in others)


def test_libraries_are_heard_only_when_something_is_wrong() -> None:
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure_logging("text", stream)
        logging.getLogger("httpx2").info("HTTP Request: POST http://user:password@host/v1")
        logging.getLogger("uvicorn.error").warning("something is wrong")
        logging.getLogger("rag.api").info("ready")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.getLogger("rag").setLevel(logging.NOTSET)

    assert [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()] == [
        "WARNING something is wrong",
        "INFO ready",
    ]
