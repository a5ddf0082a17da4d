from pathlib import Path

import pytest

from rag.assembly.settings import read_settings
from rag.errors import SettingsInvalid

TOML = """
title = "Server"
index_folder = "server-index"
documents_folder = "server-documents"
conversations_file = "server.sqlite"
top_k = 5
[collections.handbook]
index_folder = "handbook-index"
title = "Handbook"
greeting = "Hello"
language = "de"
openai_api_key = "sk-canary"
[collections.shop]
index_folder = "shop-index"
"""


def write(tmp_path: Path, toml: str) -> Path:
    file = tmp_path / "rag.toml"
    file.write_text(toml)
    return file


def test_a_collection_has_its_own_settings_and_takes_over_the_others(tmp_path: Path) -> None:
    settings = read_settings({}, {}, write(tmp_path, TOML))

    handbook, shop = (settings.of_collection(name) for name in settings.collections)

    assert (handbook.title, shop.title) == ("Handbook", "Server")
    assert (handbook.greeting, handbook.language, shop.language) == ("Hello", "de", "en")
    assert (handbook.top_k, shop.top_k) == (5, 5)
    assert handbook.answers_with == "openai"
    assert shop.openai_api_key is None
    assert not handbook.collections


def test_what_belongs_to_one_index_is_not_taken_over(tmp_path: Path) -> None:
    shop = read_settings({}, {}, write(tmp_path, TOML)).of_collection("shop")

    assert shop.documents_folder is None
    assert shop.conversations_path == Path("shop-index/conversations.sqlite")


def test_the_flag_chooses_a_collection_for_every_command(tmp_path: Path) -> None:
    file = write(tmp_path, TOML)

    assert read_settings({"collection": "shop"}, {}, file).index_folder == Path("shop-index")
    indexing = read_settings({"collection": "shop", "documents_folder": "docs", "top_k": None}, {}, file)
    assert (indexing.documents_folder, indexing.index_folder, indexing.top_k) == (Path("docs"), Path("shop-index"), 5)
    with pytest.raises(SettingsInvalid, match="there is no collection 'shoop'; take one of handbook, shop"):
        read_settings({"collection": "shoop"}, {}, file)


@pytest.mark.parametrize("given", ["a=one,b=two", ["a=one", "b=two"], {"a": "one", "b": {"index_folder": "two"}}])
def test_index_folders_are_named_in_any_form(tmp_path: Path, given: object) -> None:
    settings = read_settings({"collections": given}, {}, tmp_path / "none.toml")

    assert [settings.of_collection(name).index_folder for name in ("a", "b")] == [Path("one"), Path("two")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a", "'a' has to be NAME=INDEX_FOLDER"),
        ("a=", "'a=' has to be NAME=INDEX_FOLDER"),
        ("A b=c", "'A b' cannot name a collection"),
        ("../x=c", "cannot name a collection"),
        ("-x=c", "cannot name a collection"),
        ("footnote=c", "cannot name a collection"),
        ({"a": {}}, "a needs an index_folder"),
        ({"a": {"index_folder": "b", "port": 1}}, "a cannot have the setting port"),
        ({"a": {"index_folder": "b", "collections": {}}}, "a cannot have the setting collections"),
        ({"a": {"index_folder": "b", "top_k": 999}}, "in a, top_k must be at most 100"),
        ({"a": 7}, "in a, index_folder must be a path"),
        (7, "has to be NAME=INDEX_FOLDER"),
        (["a"], "--collection is not valid for collections: 'a' has to be NAME=INDEX_FOLDER"),
        (["=c"], "'=c' has to be NAME=INDEX_FOLDER"),
        (["a=one", "b=./two/../one/"], "a and b have the same index_folder; give each a folder of its own"),
        (["a=one", "b=two", "a=three"], "'a' is there twice; give each collection a name of its own"),
    ],
)
def test_a_mistake_in_a_collection_is_named(tmp_path: Path, given: object, message: str) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        read_settings({"collections": given}, {}, tmp_path / "none.toml")


def test_the_key_of_a_collection_is_never_shown(tmp_path: Path) -> None:
    toml = TOML.replace('openai_api_key = "sk-canary"', 'openai_api_key = "sk-canary"\ntop_k = 999')

    with pytest.raises(SettingsInvalid) as raised:
        read_settings({}, {}, write(tmp_path, toml))

    assert "sk-canary" not in str(raised.value)
    assert "sk-canary" not in str(read_settings({}, {}, write(tmp_path, TOML)))


def test_a_command_about_a_collection_repeats_what_chose_it(tmp_path: Path) -> None:
    file = write(tmp_path, TOML)

    of_server = read_settings({"models_folder": "models", "index_folder": "other"}, {}, file)
    chosen = read_settings({"collection": "shop", "index_folder": "other"}, {}, file)
    of_flags = read_settings({"collections": ["shop=my shop"], "port": 1}, {}, file)

    assert of_server.options == {"--index-folder": "other", "--models-folder": "models"}
    assert of_server.of_collection("shop").options == {"--collection": "shop", "--models-folder": "models"}
    assert chosen.options == {"--collection": "shop", "--index-folder": "other"}
    # No other command knows a collection that `rag serve` got by its command line.
    assert of_flags.of_collection("shop").options == {"--index-folder": "my shop"}
