"""docs/operating.md names commands, settings, files and messages that exist."""

import ast
import re
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from rag.assembly.settings import Settings
from rag.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
CODE = [*re.findall(r"```[a-z]*\n(.*?)```", TEXT, re.DOTALL), *re.findall(r"`([^`\n]+)`", TEXT)]
COMMANDS = sorted({found for code in CODE for found in re.findall(r"(?:^|[\s/])rag ([a-z]+(?: [^\n|;]*)?)", code)})
# The first column of the last table, where it holds words of the program.
MESSAGES = [
    message
    for row in re.findall(r"^\| (.*?) \|", TEXT.split("## Troubleshooting")[1], re.MULTILINE)
    for message in re.findall(r"`([^`]*[a-z] [^`]*)`", row)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_options_exist(command: str) -> None:
    group = get_command(app)
    words = command.split()
    while words and isinstance(group, typer.core.TyperGroup):
        assert words[0] in group.commands, f"rag {command}"
        group = group.commands[words.pop(0)]
    options = {option for parameter in group.params for option in parameter.opts}

    assert {word for word in words if word.startswith("--")} <= options


def test_there_are_commands_and_messages_to_check() -> None:
    assert len(COMMANDS) >= 10
    assert len(MESSAGES) >= 7


def test_settings_exist() -> None:
    settings = re.findall(r"^(\w+) = ", "\n".join(CODE), re.MULTILINE)
    named = [
        name for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", TEXT) if not name.startswith(("footnote_", "client_"))
    ]
    known = set(Settings.model_fields)

    assert {*settings, *named} - known - {"max_size", "next_step"} == set()


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_one_that_the_program_prints(message: str) -> None:
    texts = "\n".join(
        node.value
        for path in (ROOT / "rag").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )

    assert message in texts


def test_files_exist() -> None:
    files = [name for code in CODE for name in re.findall(r"(?<![\w/])((?:deploy|scripts)/[\w./@-]+\w)", code)]
    files += [name.partition("#")[0] for name in re.findall(r"\]\(\.\./([^)]+)\)", TEXT)]

    assert len(files) >= 6
    assert [name for name in files if not (ROOT / name).exists()] == []
