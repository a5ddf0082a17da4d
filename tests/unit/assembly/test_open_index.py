from dataclasses import replace
from pathlib import Path

import pytest

from rag.assembly.open_index import read_index
from rag.assembly.settings import Settings
from rag.errors import IndexStale
from rag.index.versions import Manifest, Recipe, write_version

RECIPE = Recipe("mini", "ab" * 32, 1, 128, 32, 1)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (replace(RECIPE, encoder="other"), r"with encoder 'mini' \(\w+\), settings ask for 'other'"),
        (replace(RECIPE, max_tokens=200), "with passages of 32 to 128 tokens, settings ask for 32 to 200"),
        (replace(RECIPE, reader=2), "by another version of Footnote"),
        (replace(RECIPE, export=2), "by another version of Footnote"),
    ],
)
def test_an_index_of_another_recipe_is_refused_with_the_reason_alone(tmp_path: Path, wanted: Recipe, why: str) -> None:
    write_version(tmp_path, Manifest(RECIPE, "/docs", "", "", 384, 1, 1, 2, ""), {"passages.faiss": Path.touch})

    with pytest.raises(IndexStale, match=rf"was built {why}.*; run `rag index FOLDER`"):
        read_index(Settings(index_folder=tmp_path), wanted)
