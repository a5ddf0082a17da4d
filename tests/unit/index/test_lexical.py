from pathlib import Path

import numpy as np
import pytest

from rag.index.lexical import LexicalIndex, PassageTerms, make_writers, top_rows

PASSAGES = (
    PassageTerms((), (("ferry", "leaves", "at", "seven"), ("ferry", "is", "red"))),
    PassageTerms(("ferry",), (("tickets", "cost", "four"),)),
    PassageTerms((), (("dogs", "are", "welcome"), ("cats",), ("birds", "stay", "at", "home"))),
)


def build(folder: Path, passages: tuple[PassageTerms, ...] = PASSAGES) -> LexicalIndex:
    for name, write in make_writers(passages).items():
        write(folder / name)
    return LexicalIndex(folder)


def test_passages_that_hold_more_and_rarer_words_score_higher(tmp_path: Path) -> None:
    index = build(tmp_path)

    found = index.score(index.find([("ferry",), ("red",)]))

    assert top_rows(found.scores, 5).tolist() == [0, 1]
    assert found.coverage.tolist() == pytest.approx([1.0, found.weights[0] / found.weights.sum(), 0.0])
    assert found.weights[1] > found.weights[0]


def test_bm25_is_computed_as_published(tmp_path: Path) -> None:
    index = build(tmp_path)

    score = index.score(index.find([("tickets",)])).scores[1]

    # The idf of one passage in three is .9808; a passage has 19 / 3 terms on average, this one four with its heading.
    assert score == pytest.approx(0.9808 / (1 + 0.9 * (0.6 + 0.4 * 4 * 3 / 19)), abs=1e-4)


def test_a_word_may_be_any_of_its_terms_and_one_that_is_nowhere_weighs_most(tmp_path: Path) -> None:
    index = build(tmp_path)

    found = index.score(index.find([("boat", "dogs", "cats"), ("zebra",)]))

    assert found.scores.argmax() == 2
    assert 0 < found.coverage[2] < 0.5
    assert found.weights[1] == found.weights.max()


def test_sentences_tell_which_words_of_the_query_they_hold(tmp_path: Path) -> None:
    index = build(tmp_path)
    terms = index.find([("at",), ("birds",), ("zebra",)])

    sentences, starts = index.sentences_of(np.array([0, 2]))
    words, places = index.words_of(sentences, terms)

    assert (sentences.tolist(), starts.tolist()) == ([0, 1, 3, 4, 5], [0, 2])
    assert words.tolist() == [-1, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, 1, -1, 0, -1]
    assert places.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4]


def test_only_allowed_rows_are_returned_and_ties_keep_their_order() -> None:
    scores = np.array([2, 0, 1, 1, 1, 3], dtype=np.float32)

    assert top_rows(scores, 3).tolist() == [5, 0, 2]
    assert top_rows(scores, 9).tolist() == [5, 0, 2, 3, 4]
    assert top_rows(scores, 2, np.array([False, True, True, True, False, False])).tolist() == [2, 3]
    assert top_rows(np.zeros(3, dtype=np.float32), 2).tolist() == []


@pytest.mark.parametrize("passages", [(), (PassageTerms((), ((),)),)])
def test_an_index_without_words_finds_nothing(tmp_path: Path, passages: tuple[PassageTerms, ...]) -> None:
    index = build(tmp_path, passages)

    found = index.score(index.find([("ferry",)]))

    assert found.scores.tolist() == [0.0] * len(passages)
    assert index.n_rows == len(passages)


def test_terms_of_any_script_are_found_again(tmp_path: Path) -> None:
    terms = ("b", "a", "東京", "é", "z\ud800", "\U0001f600", "aa")
    index = build(tmp_path, (PassageTerms((), (terms,)),))

    assert all(len(found) == 1 for found in index.find([(term,) for term in terms]))
    assert index.find([("A",), ("",), ("東",)]) == [[], [], []]
