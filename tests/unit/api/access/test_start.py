"""The line that `rag serve` prints about who may ask says what is true of the settings."""

from pathlib import Path

import pytest

from rag.api.access.start import describe_access
from rag.assembly.settings import Settings


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, ": everybody on this machine can ask and read. `rag keys create` closes the server."),
        (
            {"public_documents": False},
            (
                ": everybody on this machine can ask, and whole documents need a key "
                "(public_documents). `rag keys create` closes the server."
            ),
        ),
        (
            {"host": "192.0.2.7", "insecure": True, "public_documents": False},
            (
                ": everybody who reaches this server can ask, and whole documents need a key "
                "(public_documents). The option --insecure opens it."
            ),
        ),
    ],
)
def test_without_keys_it_says_who_may_ask_and_who_may_read(tmp_path: Path, more: dict[str, object], line: str) -> None:
    said = describe_access(Settings(index_folder=tmp_path, **more))

    assert said == f"No key is needed, as there is none in {tmp_path}{line}"
