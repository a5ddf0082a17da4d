import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rag.assembly import open_index as open_index_module
from rag.assembly.encoder_choice import (
    build_index,
    choose_encoder,
    encoders_to_pull,
    explain_encoder,
    explain_index,
)
from rag.assembly.model_sources import encoder_name
from rag.assembly.settings import Settings
from rag.files import hash_file
from rag.index.versions import read_manifest, read_version
from rag.model_files.multilingual import MULTILINGUAL
from rag.types import FloatArray

ENGLISH, OTHER = "all-MiniLM-L6-v2", "multilingual-e5-small"
GERMAN_TEXT = "Die Fähre nach Amrum fährt im Winter nur dienstags und samstags, im Sommer jeden Tag um neun Uhr."
ENGLISH_TEXT = "The ferry to Amrum leaves on Tuesdays and Saturdays in winter, and every day at nine in summer."


@pytest.mark.parametrize(
    ("languages", "is_pulled", "name", "reason", "next_step"),
    [
        ({"en": 12}, True, ENGLISH, "the documents are in English", None),
        ({"en": 12}, False, ENGLISH, "the documents are in English", None),
        ({}, True, ENGLISH, "the documents are in English", None),
        ({"": 4}, True, ENGLISH, "the documents are in English", None),
        ({"de": 3}, True, OTHER, "3 of 3 documents are not in English (de)", None),
        ({"de": 1}, True, OTHER, "1 of 1 document is not in English (de)", None),
        ({"en": 95, "fr": 3, "de": 2}, True, OTHER, "5 of 100 documents are not in English (fr, de)", None),
        ({"en": 96, "de": 4}, True, ENGLISH, "only 4 of 100 documents are not in English (de)", None),
        (
            {"ar": 1, "de": 1, "fr": 1, "ja": 2},
            False,
            ENGLISH,
            "multilingual-e5-small is not here; 5 of 5 documents are not in English (ja, ar, de, …)",
            "run `rag models pull`, then `rag index --rebuild`",
        ),
    ],
)
def test_the_languages_of_the_documents_choose_the_encoder(
    languages: Mapping[str, int], *, is_pulled: bool, name: str, reason: str, next_step: str | None
) -> None:
    choice = choose_encoder(languages, is_pulled=is_pulled)

    assert (choice.name, choice.reason, choice.next_step) == (name, reason, next_step)


@pytest.mark.parametrize(
    ("name", "languages", "is_set", "is_pulled", "described"),
    [
        (ENGLISH, {"en": 2}, False, True, "all-MiniLM-L6-v2, because the documents are in English"),
        (ENGLISH, {"de": 2}, True, True, "all-MiniLM-L6-v2, because the setting `encoder` names it"),
        (
            ENGLISH,
            {"de": 2},
            False,
            True,
            (
                "all-MiniLM-L6-v2, because the index was built with it, but 2 of 2 documents are not in English (de); "
                "for multilingual-e5-small run `rag index --rebuild`"
            ),
        ),
        (
            ENGLISH,
            {"de": 2},
            False,
            False,
            (
                "all-MiniLM-L6-v2, because multilingual-e5-small is not here; 2 of 2 documents are not in English "
                "(de); run `rag models pull`, then `rag index --rebuild`"
            ),
        ),
        (OTHER, {"de": 2}, False, True, "multilingual-e5-small, because 2 of 2 documents are not in English (de)"),
        (
            OTHER,
            {"en": 2},
            False,
            True,
            (
                "multilingual-e5-small, because the index was built with it, but the documents are in English; "
                "for all-MiniLM-L6-v2 run `rag index --rebuild`"
            ),
        ),
    ],
)
def test_a_line_says_why_an_index_has_its_encoder(
    name: str, languages: Mapping[str, int], *, is_set: bool, is_pulled: bool, described: str
) -> None:
    assert explain_encoder(name, languages, is_set=is_set, is_pulled=is_pulled).described() == described


@dataclass
class CountingEncoder:
    """Stands for the encoder of the settings that it was opened with."""

    settings: Settings
    dimensions: int = 8
    export_sha256: str = ""

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        return np.full((len(texts), self.dimensions), 8**-0.5, dtype=np.float32)

    def encode_query(self, query: str) -> FloatArray:
        return self.encode_texts([query])[0]

    def count_unread(self, query: str) -> int:
        del query
        return 0


@dataclass
class Library:
    """A folder of documents with its index and its models."""

    folder: Path
    encoder: str = "auto"

    @property
    def settings(self) -> Settings:
        return Settings(index_folder=self.folder / "index", models_folder=self.folder / "models", encoder=self.encoder)

    def write(self, name: str, text: str) -> None:
        (self.folder / "docs").mkdir(exist_ok=True)
        (self.folder / "docs" / name).write_text(text, encoding="utf-8")

    def pull(self) -> None:
        """Put a folder there that passes for the encoder for other languages."""
        folder = self.folder / "models" / MULTILINGUAL.name
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights")
        weights = hash_file(folder / "model.safetensors")
        converted = {"sha256": MULTILINGUAL.sha256, "converter": 1, "weights": weights}
        (folder / "converted.json").write_text(json.dumps(converted))

    def build(self, *, rebuild: bool = False) -> str:
        """Update the index; return the encoder that the index is bound to."""
        loaded: list[str] = []

        def load(settings: Settings) -> CountingEncoder:
            loaded.append(settings.encoder)
            return CountingEncoder(settings)

        build_index(self.settings, self.folder / "docs", load, always_rebuild=rebuild)
        manifest = read_manifest(self.settings.index_folder)
        assert manifest is not None
        assert set(loaded) <= {manifest.recipe.encoder}
        return manifest.recipe.encoder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def test_a_new_index_of_german_documents_gets_the_encoder_for_other_languages(library: Library) -> None:
    library.pull()
    library.write("fahrplan.txt", GERMAN_TEXT)

    assert library.build() == OTHER
    assert encoder_name(library.settings) == OTHER


def test_without_that_encoder_the_index_is_built_all_the_same_and_a_line_says_what_helps(library: Library) -> None:
    library.write("fahrplan.txt", GERMAN_TEXT)

    assert library.build() == ENGLISH

    choice = explain_index(library.settings)
    assert choice is not None
    assert choice.next_step == "run `rag models pull`, then `rag index --rebuild`"
    assert encoders_to_pull(library.settings) == ({ENGLISH}, {OTHER})


def test_an_index_keeps_its_encoder_until_it_is_rebuilt(library: Library) -> None:
    library.write("fahrplan.txt", GERMAN_TEXT)
    library.build()
    library.pull()
    library.write("timetable.txt", ENGLISH_TEXT)

    assert library.build() == ENGLISH
    assert library.build(rebuild=True) == OTHER
    assert encoders_to_pull(library.settings) == ({OTHER}, set())


def test_the_setting_decides_whatever_the_languages_are(library: Library) -> None:
    library.pull()
    library.write("fahrplan.txt", GERMAN_TEXT)
    library.encoder = ENGLISH

    assert library.build() == ENGLISH


def test_english_documents_need_nothing_more(library: Library) -> None:
    library.write("timetable.txt", ENGLISH_TEXT)

    assert library.build() == ENGLISH
    assert encoders_to_pull(library.settings) == ({ENGLISH}, set())


def test_without_an_index_nothing_more_is_pulled(library: Library) -> None:
    assert explain_index(library.settings) is None
    assert encoders_to_pull(library.settings) == ({ENGLISH}, set())


def test_a_server_opens_a_version_with_the_encoder_that_it_was_built_with(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_one(settings: Settings, *_: object) -> CountingEncoder:
        opened.append(encoder_name(settings))
        return CountingEncoder(settings)

    monkeypatch.setattr(open_index_module, "open_encoder", open_one)
    library.write("fahrplan.txt", GERMAN_TEXT)
    library.build()
    open_version, first = open_index_module.open_index(library.settings)
    library.pull()
    library.build(rebuild=True)

    second = open_version(read_version(library.settings.index_folder))

    assert opened == [ENGLISH, OTHER]
    assert first.search("Fähre", k=1)[0].passage == second.search("Fähre", k=1)[0].passage
    first.close()
    second.close()
