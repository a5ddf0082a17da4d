"""A process of its own, because a test run has other thresholds and other objects."""

import subprocess
import sys
from pathlib import Path

_READ_MANY_TEXTS = """
import asyncio, gc, sys
from pathlib import Path
from rag.api.engine_loader import open_engine
from rag.assembly.settings import Settings
from rag.errors import RagError
from rag.text.words import split_words

try:
    asyncio.run(open_engine(Settings(index_folder=Path(sys.argv[1]))))
except RagError:
    pass
n_before = gc.get_stats()[2]["collections"]
for number in range(4000):
    split_words(f"The {number} ferries of the harbour carry 420 passengers each across the wide bay.", str.lower)
print(gc.get_stats()[2]["collections"] - n_before)
"""


def test_words_that_answers_leave_in_caches_cause_no_full_collection(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _READ_MANY_TEXTS, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "0\n", ran.stderr
