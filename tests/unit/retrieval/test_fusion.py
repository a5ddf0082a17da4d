import numpy as np
import pytest

from rag.retrieval.fusion import (
    FEATURES,
    RANKING,
    CandidateSignals,
    confidences,
    explanation,
    features_of,
    lead_of,
    sentence_relevance,
)
from rag.types import LegScores

# Two passages, of two sentences and one; the query has three words.
CANDIDATES = CandidateSignals(
    cosines=np.array([0.5, 0.6], dtype=np.float32),
    coverages=np.array([0.9, 0.2], dtype=np.float32),
    sentence_cosines=np.array([0.3, 0.4, 0.7], dtype=np.float32),
    sentence_starts=np.array([0, 2]),
    words=np.array([0, 1, -1, 2, 1, 2]),
    word_sentences=np.array([0, 0, 0, 1, 2, 2]),
    bm25=np.array([1.0, 4.0], dtype=np.float32),
)
WEIGHTS = np.array([1, 1, 2], dtype=np.float32)


def column(name: str) -> list[float]:
    features = features_of(CANDIDATES, sentence_relevance(CANDIDATES, WEIGHTS), len(WEIGHTS))
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
    one = CandidateSignals(
        *(np.ones(1, dtype=np.float32), np.ones(1, dtype=np.float32), np.ones(1, dtype=np.float32)),
        *(np.array([0]), np.array([0]), np.array([0]), np.ones(1, dtype=np.float32)),
    )

    assert features_of(one, np.ones(1, dtype=np.float32), 1)[0, FEATURES.index("pairs")] == 0


def test_what_the_features_add_makes_the_confidence() -> None:
    features = (0.6, 0.7, 1.0, 1.1, 0.5, 0.3)
    (confidence,) = confidences(np.array([features], dtype=np.float32))

    rows = explanation(LegScores(0.6, 0.7, 0.0, None, None, None, features, confidence))

    assert 1 / (1 + np.exp(-sum(added for _, _, added in rows))) == pytest.approx(confidence)


def test_confidence_is_a_probability_that_grows_with_each_feature() -> None:
    none, some = confidences(np.array([[0, 0, 0, 0, 0, 0], [0.6, 0.7, 1, 1.1, 1, 0.5]], dtype=np.float32)).tolist()
    each = confidences(np.eye(6, dtype=np.float32)).tolist()

    assert none < 0.05
    assert 0.5 < some < 1
    assert all(value > none for value in each)


def ranking_of(*sentence_cosines: float) -> np.ndarray:
    """Passages that differ in their nearest sentence's cosine alone."""
    features = np.zeros((len(sentence_cosines), len(RANKING)), dtype=np.float32)
    features[:, RANKING.index("sentence_cosine")] = sentence_cosines
    return features


def test_the_lead_is_the_best_passages_part_of_the_highest_score_above_the_next_five() -> None:
    ranking, bm25 = ranking_of(0.5, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1), np.array([8.0, 6, 4, 4, 4, 2, 1])

    # The next five have 4 on average; (8 - 4) / 8, half of it for a sentence that is half as near as can be.
    assert lead_of(ranking, bm25, np.ones(len(RANKING))) == pytest.approx(0.25)
    # Where another passage is the best, that one's score is compared.
    assert lead_of(ranking_of(0.4, 0.5), np.array([8.0, 2.0]), np.ones(len(RANKING))) == pytest.approx(0.0)


@pytest.mark.parametrize("bm25", [[0.0, 0.0], [3.0]])
def test_nothing_leads_where_no_word_is_held_or_nothing_else_is_there(bm25: list[float]) -> None:
    ranking = ranking_of(*(0.5 for _ in bm25))

    assert lead_of(ranking, np.array(bm25), np.ones(len(RANKING))) == 0.0


def test_all_candidates_of_a_query_share_its_lead() -> None:
    # The second passage is the best; (4 - 1) / 4, times the .7 of its nearest sentence.
    assert column("lead") == pytest.approx([0.525, 0.525])
