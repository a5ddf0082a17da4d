import numpy as np
import pytest

from rag.fusion import FEATURES, Candidates, confidences, contributions, features_of, fits_of

# Two passages, of two sentences and one; the query has three words.
CANDIDATES = Candidates(
    cosines=np.array([0.5, 0.6], dtype=np.float32),
    coverages=np.array([0.9, 0.2], dtype=np.float32),
    sentence_cosines=np.array([0.3, 0.4, 0.7], dtype=np.float32),
    sentence_starts=np.array([0, 2]),
    words=np.array([0, 1, -1, 2, 1, 2]),
    word_sentences=np.array([0, 0, 0, 1, 2, 2]),
)
WEIGHTS = np.array([1, 1, 2], dtype=np.float32)


def column(name: str) -> list[float]:
    features = features_of(CANDIDATES, fits_of(CANDIDATES, WEIGHTS), len(WEIGHTS))
    return features[:, FEATURES.index(name)].tolist()


def test_the_nearest_sentence_stands_for_its_passage() -> None:
    assert column("sentence_cosine") == pytest.approx([0.4, 0.7])


def test_the_best_sentence_is_near_and_holds_the_words() -> None:
    # The first passage's sentences: .3 + .5 * 2/4 and .4 + .5 * 2/4; the second's: .7 + .5 * 3/4.
    assert column("best_sentence") == pytest.approx([0.65, 1.075])


def test_pairs_are_neighbours_in_the_query_and_in_one_passage() -> None:
    # Words 0 and 1 stand together in the first passage, 1 and 2 in the second; 2 and 1 meet between the passages.
    assert column("pairs") == pytest.approx([0.5, 0.5])


def test_one_word_has_no_pairs() -> None:
    one = Candidates(
        *(np.ones(1, dtype=np.float32), np.ones(1, dtype=np.float32), np.ones(1, dtype=np.float32)),
        *(np.array([0]), np.array([0]), np.array([0])),
    )

    assert features_of(one, np.ones(1, dtype=np.float32), 1)[0, FEATURES.index("pairs")] == 0


def test_what_the_features_add_makes_the_confidence() -> None:
    features = [0.6, 0.7, 1.0, 1.1, 0.5]

    log_odds = sum(contributions(features))

    told = confidences(np.array([features], dtype=np.float32))[0]
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(told)


def test_confidence_is_a_probability_that_grows_with_each_feature() -> None:
    none, some = confidences(np.array([[0, 0, 0, 0, 0], [0.6, 0.7, 1, 1.1, 1]], dtype=np.float32)).tolist()
    each = confidences(np.eye(5, dtype=np.float32)).tolist()

    assert none < 0.05
    assert 0.5 < some < 1
    assert all(value > none for value in each)
