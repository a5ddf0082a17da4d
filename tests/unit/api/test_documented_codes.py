"""Every code that a client can get stands in the table of docs/api.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from rag.api.problems import _CODES_BY_STATUS

ROOT = Path(__file__).resolve().parents[3]
MAKES_A_PROBLEM = {"make_problem", "_refuse"}


def codes_made_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in MAKES_A_PROBLEM:
            yield from (one.value for one in node.args[1:2] if isinstance(one, ast.Constant))


def test_the_table_of_problems_has_every_code() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| \d", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    documented = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rag" / "api").rglob("*.py"))]
    made = {code for source in sources for code in codes_made_in(source)}

    assert {"head_too_large", "body_not_json"} <= made
    assert made.union(*_CODES_BY_STATUS.values()) - documented == set()
