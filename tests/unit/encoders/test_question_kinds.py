"""What kind of question the classifier reads, without an encoder."""

import numpy as np
import pytest

from rag.encoders.question_kinds import (
    KINDS_FOLDER,
    MIN_PROBABILITY,
    VECTORLESS,
    KindClassifier,
    features_of,
    load_kind_model,
)
from rag.text.questions import QUESTION_KINDS, QuestionKind
from rag.types import FloatArray

DIMENSIONS = {"all-MiniLM-L6-v2": 384, "multilingual-e5-small": 384, VECTORLESS: 0}
CLEAR: list[tuple[str, QuestionKind]] = [
    ("How many boats are in the harbour?", "count"),
    ("Wie viele Räume haben einen Beamer?", "count"),
    ("Which rooms have a projector?", "list"),
    ("Welche Räume haben einen Beamer?", "list"),
    ("Why is the pool closed in winter?", "why"),
    ("Warum ist das Bad im Winter geschlossen?", "why"),
    ("How do I reset my password?", "how-to"),
    ("How do I cancel my booking?", "how-to"),
    ("Summarise the annual report.", "summary"),
    ("Give me a summary of the annual report.", "summary"),
    ("What changed between the 2023 and the 2024 rules?", "changes"),
    ("Was hat sich zwischen der Satzung 2023 und 2024 geändert?", "changes"),
    ("Was ist der Unterschied zwischen Tarif A und Tarif B?", "comparison"),
    ("Are dogs allowed on the ferry?", "yes-no"),
    ("Sind Hunde auf der Fähre erlaubt?", "yes-no"),
    ("Darf ich meinen Hund mitbringen?", "yes-no"),
    ("How much does a ticket cost?", "fact"),
    ("Hello, how are you today?", "small-talk"),
    ("Danke dir!", "small-talk"),
]


def unit_vector(dimensions: int) -> FloatArray:
    vector = np.random.default_rng(0).standard_normal(dimensions).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_model_fits_its_encoder_and_the_features(name: str) -> None:
    model = load_kind_model(KINDS_FOLDER / f"{name}.npz")

    assert model.centre.shape == (DIMENSIONS[name],)
    assert model.weights.shape == (len(QUESTION_KINDS), DIMENSIONS[name] + len(features_of("Why?", model.common)))
    assert model.bias.shape == (len(QUESTION_KINDS),)
    assert all(np.isfinite(array).all() for array in (model.centre, model.weights, model.bias))
    assert len(model.common) > 100


@pytest.mark.parametrize("name", DIMENSIONS)
def test_probabilities_add_up_to_one(name: str) -> None:
    model = load_kind_model(KINDS_FOLDER / f"{name}.npz")
    vector = unit_vector(DIMENSIONS[name]) if DIMENSIONS[name] else None

    shares = model.probabilities("How many boats are there?", vector)

    assert shares.shape == (len(QUESTION_KINDS),)
    assert shares.sum() == pytest.approx(1.0, abs=1e-4)
    assert (shares >= 0).all()


@pytest.mark.parametrize(("question", "kind"), CLEAR, ids=[question for question, _ in CLEAR])
def test_a_clear_question_is_read_by_its_words_alone(question: str, kind: QuestionKind) -> None:
    shares = load_kind_model(KINDS_FOLDER / f"{VECTORLESS}.npz").probabilities(question, None)

    assert QUESTION_KINDS[shares.argmax()] == kind


def test_an_unknown_encoder_uses_the_model_without_a_vector() -> None:
    # Its vectors may have any length.
    classifier, model = KindClassifier("someone/words"), load_kind_model(KINDS_FOLDER / f"{VECTORLESS}.npz")

    assert [classifier.classify(question, unit_vector(7)) for question, _ in CLEAR] == [
        model.classify(question, None) for question, _ in CLEAR
    ]


@pytest.mark.parametrize(
    "encoder", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "/models/all-MiniLM-L6-v2/"]
)
def test_an_encoder_is_known_by_its_name_its_repository_or_its_folder(encoder: str) -> None:
    model = load_kind_model(KINDS_FOLDER / "all-MiniLM-L6-v2.npz")
    vector = unit_vector(384)

    assert [KindClassifier(encoder).classify(question, vector) for question, _ in CLEAR] == [
        model.classify(question, vector) for question, _ in CLEAR
    ]


@pytest.mark.parametrize(
    "question", ["", " ", "?", "\ud800", "Why \udfff\ud83d?", "\ud83d\ude00" * 3, "？", "x" * 9_000]
)
@pytest.mark.parametrize("name", DIMENSIONS)
def test_any_question_has_a_kind(name: str, question: str) -> None:
    assert KindClassifier(name).classify(question, unit_vector(DIMENSIONS[name] or 1)) in QUESTION_KINDS


def test_a_kind_that_is_not_likely_enough_is_a_fact() -> None:
    model = load_kind_model(KINDS_FOLDER / f"{VECTORLESS}.npz")
    unsure = [
        text
        for text in ("boats", "und", "Boats, please, and the weather?", "Tell me.", "So what about it then?")
        if model.probabilities(text, None).max() < MIN_PROBABILITY
    ]

    assert unsure
    assert {model.classify(text, None) for text in unsure} == {"fact"}


def test_words_that_are_not_common_look_alike() -> None:
    common = load_kind_model(KINDS_FOLDER / f"{VECTORLESS}.npz").common

    ferries, taxes = (features_of(f"How many {word} are there?", common) for word in ("zorgblats", "quuxfrobs"))

    assert (ferries == taxes).all()
