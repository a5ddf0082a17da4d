r"""Log lines as text or JSON, one event a line.

A line of text is the time, the level, the message, then `name=value` pairs:

    2026-03-01T09:30:00.123Z INFO answered outcome=answered kind=fact ms=57 request=4f0c…

Whatever a value or message holds, it stays on its line: line breaks and other controls are escaped.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

from rag.api.telemetry.request_ids import current_request_id
from rag.assembly.server_settings import LogFormat

Field = str | int | float | bool | None

# Controls, line and paragraph separators, direction marks, surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(r"[^\s\"=]+")
_TRACEBACK_INDENT = "    "


def log_event(logger: logging.Logger, message: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Log an event with its figures; None leaves a field out."""
    logger.log(level, message, extra={"fields": {name: value for name, value in fields.items() if value is not None}})


def configure_logging(log_format: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Log to a stream: of Footnote everything from INFO on, of libraries only warnings.

    Libraries are quiet because some log the addresses that they ask, which may hold a key.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("rag").setLevel(logging.INFO)


class TextLines(logging.Formatter):
    """Formats for people; the lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        pairs = [f"{name}={_shown(value)}" for name, value in _fields_of(record).items()]
        line = " ".join([_time_of(record), record.levelname, _escape(record.getMessage()), *pairs])
        trace = _traceback_of(self, record)
        return "\n".join([line, *(_TRACEBACK_INDENT + _escape(one) for one in trace.split("\n"))]) if trace else line


class JsonLines(logging.Formatter):
    """Formats for programs: one ASCII object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Field] = {
            "time": _time_of(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields_of(record),
        }
        if trace := _traceback_of(self, record):
            event["traceback"] = trace
        return json.dumps(event)


def _fields_of(record: logging.LogRecord) -> dict[str, Field]:
    fields: dict[str, Field] = dict(getattr(record, "fields", {}))
    request_id = current_request_id()
    return fields | {"request": request_id} if request_id else fields


def _time_of(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback_of(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""


def _shown(value: Field) -> str:
    text = _escape(str(value).lower() if isinstance(value, bool) else str(value))
    return text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '\\"') + '"'


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
