from pathlib import Path

import pytest

from rag.index.vocabulary import KnownWord, Vocabulary, WordCounts, letters_of


def build(folder: Path, *passages: str) -> Vocabulary:
    counts = WordCounts()
    for passage in passages:
        counts.add([passage])
    for name, write in counts.writers().items():
        write(folder / name)
    return Vocabulary(folder)


def test_words_are_counted_by_passage_and_names_never_stand_in_lower_case(tmp_path: Path) -> None:
    vocabulary = build(tmp_path, "The library library of Ortega", "Library rules")

    assert vocabulary.find("library") == KnownWord("library", 2, is_name=False)
    assert vocabulary.find("ortega") == KnownWord("ortega", 1, is_name=True)
    assert vocabulary.find("libary") is None


@pytest.mark.parametrize("typed", ["libary", "librrary", "librayr", "linrary", "xibrary"])
def test_words_one_edit_away_are_found(tmp_path: Path, typed: str) -> None:
    vocabulary = build(tmp_path, "library liberty librarian vacation")

    assert [known.text for known in vocabulary.near(typed, 1)] == ["library"]


def test_words_two_edits_away_are_found_if_they_begin_alike(tmp_path: Path) -> None:
    vocabulary = build(tmp_path, "vacation location Vacations école")

    assert [known.text for known in vocabulary.near("vactaionn", 2)] == ["vacation", "vacations"]
    assert [known.text for known in vocabulary.near("avcatoin", 2)] == ["vacation"]


def test_accents_and_case_are_no_edits(tmp_path: Path) -> None:
    vocabulary = build(tmp_path, "Verlängerung Straße")

    assert [known.text for known in vocabulary.near("verlangerug", 1)] == ["verlängerung"]
    assert [known.text for known in vocabulary.near("strase", 1)] == ["straße"]


def test_words_that_sound_alike_and_codes_spelt_otherwise_are_found(tmp_path: Path) -> None:
    vocabulary = build(tmp_path, "physical exam by K-310, IS 01 and T.7", "k-311")

    assert [known.text for known in vocabulary.spelt_otherwise("fisical")] == ["physical"]
    assert [known.text for known in vocabulary.spelt_otherwise("k310")] == ["k-310"]
    assert [known.text for known in vocabulary.spelt_otherwise("is-01")] == ["is 01"]
    assert [known.text for known in vocabulary.spelt_otherwise("t7")] == ["t.7"]
    assert vocabulary.spelt_otherwise("k312") == []


def test_a_vocabulary_may_be_empty(tmp_path: Path) -> None:
    vocabulary = build(tmp_path)

    assert len(vocabulary) == 0
    assert vocabulary.near("vacaton", 1) == vocabulary.near("vacaton", 2) == vocabulary.spelt_otherwise("k310") == []
    assert vocabulary.find("a") is None


def test_an_edit_changes_at_most_two_bits_of_the_letters() -> None:
    changed = {
        word: (letters_of("library") ^ letters_of(word)).bit_count() for word in ("libary", "librarz", "libraryy")
    }

    assert changed == {"libary": 1, "librarz": 2, "libraryy": 1}
