from pathlib import Path

import pytest

from rag.encoders.judge import OnnxJudge
from rag.errors import ModelCorrupt


def test_a_judge_without_its_files_says_where_and_what_to_do(tmp_path: Path) -> None:
    judge = OnnxJudge(tmp_path)

    assert judge.reads("en")
    with pytest.raises(ModelCorrupt, match=f"the judge in {tmp_path} cannot be loaded: .*reinstall the package"):
        judge.judge_statement("The pool is open.", "It is open.")
