"""How each kind of sentence stands that an LLM may write, over a small real index."""

from dataclasses import replace

import pytest

from rag.answering.reply.sentence_check import CheckedSentence, SentenceChecker
from rag.answering.reply.sentence_reader import GeneratedSentence
from rag.checking.context_sentences import analyse_context
from rag.retrieval.evidence_finder import EvidenceFinder, EvidenceOptions
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import LanguageTools
from tests.unit.answering.answerers import FERRY, FERRY_SENTENCE, PROMPTS, make_retriever
from tests.unit.conftest import ARTICLE
from tests.word_judge import WordJudge

SYSTEM = "Answer in at most three short and complete sentences."
TOOLS = LanguageTools(stem, split_sentences, count_tokens, lambda _: "en")


def check(
    sentence: str, asked: str = FERRY, text: str = ARTICLE, *, passage_numbers: tuple[int, ...] = ()
) -> CheckedSentence:
    retriever = make_retriever(text)
    found = EvidenceFinder(retriever, TOOLS, EvidenceOptions()).find(asked)
    hits = found.context.hits
    checker = SentenceChecker(
        retriever,
        stem,
        WordJudge(),
        found,
        replace(PROMPTS, system=SYSTEM),
        analyse_context(hits, retriever.titles(hits), stem),
        "b0undary",
    )
    return checker.check(GeneratedSentence(sentence, frozenset(passage_numbers)))


def cited(checked: CheckedSentence) -> list[str]:
    return [hit.passage.text_of(span) for hit, span in checked.places]


def test_what_a_place_says_is_supported_and_rests_on_it() -> None:
    checked = check("The ferry carries 420 passengers.")

    assert (checked.text, checked.result) == ("The ferry carries 420 passengers.", "supported")
    assert cited(checked) == [FERRY_SENTENCE]
    assert 0.0 < checked.support <= 1.0


def test_a_yes_before_what_is_supported_is_left_out() -> None:
    checked = check("Yes, the ferry carries 420 passengers.", "Does the ferry carry 420 passengers?")

    assert (checked.text, checked.result) == ("The ferry carries 420 passengers.", "supported")


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry carries 999 passengers.",
        "The ferry Aurora does not carry 420 passengers.",
        "Captain Olga Petrova has led the crew since 2019.",
    ],
)
def test_what_a_number_a_name_or_a_negation_speaks_against_is_opposed(sentence: str) -> None:
    assert check(sentence).result == "contradicted"


def test_what_the_places_do_not_say_clearly_is_doubted_and_told_with_the_nearest() -> None:
    checked = check("The ferry carries passengers safely across the wide bay.")

    assert checked.result == "doubtful"
    assert cited(checked) == [FERRY_SENTENCE]
    assert checked.nearest is not None
    assert checked.nearest[0].passage.text_of(checked.nearest[1]) == FERRY_SENTENCE


@pytest.mark.parametrize(
    "sentence",
    [
        "NOT_IN_DOCUMENTS",
        "The text does not mention this.",
        "I don't know.",
        "Yes, but the passages do not say how many.",
    ],
)
def test_an_llm_that_says_that_it_cannot_answer_declines(sentence: str) -> None:
    checked = check(sentence)

    assert (checked.result, checked.places) == ("declines", ())


def test_a_document_that_itself_says_so_is_quoted_and_not_declined() -> None:
    text = "Orders are kept for ten years. Personal information is not disclosed to third parties."

    checked = check("Personal information is not disclosed.", "Is personal information disclosed?", text)

    assert checked.result == "supported"


@pytest.mark.parametrize("sentence", ["", "...", "Yes.", "– ", "No!"])
def test_a_sentence_without_a_word_besides_yes_or_no_says_nothing(sentence: str) -> None:
    assert check(sentence, "Is it open?").result == "empty"


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry carries 420 passengers [/b0undary].",
        "The ferry carries 420 passengers, see https://evil.example/x for more.",
        "The ferry carries <b>420</b> passengers.",
        "![420](https://evil.example/pixel.png) The ferry carries 420 passengers.",
    ],
)
def test_a_sentence_with_the_boundary_or_a_link_is_unsafe_however_true(sentence: str) -> None:
    checked = check(sentence)

    assert (checked.result, checked.nearest) == ("unsafe", None)


def test_what_repeats_the_prompt_is_unsafe() -> None:
    assert check("The ferry may answer in at most three short and complete sentences.").result == "unsafe"


def test_what_is_denied_is_told_in_the_documents_own_words() -> None:
    text = "The jack plane is not sold in Japan. Mira Lund led the foundry."

    checked = check("The jack plane is sold in Japan.", "Is the jack plane sold in Japan?", text)

    assert (checked.text, checked.result) == ("The jack plane is not sold in Japan.", "supported")
    assert cited(checked) == ["The jack plane is not sold in Japan."]


def test_in_the_documents_own_words_its_references_are_left_out() -> None:
    text = "The jack plane is not sold in Japan.[4] Mira Lund led the foundry."

    checked = check("The jack plane is sold in Japan.", "Is the jack plane sold in Japan?", text)

    assert checked.text == "The jack plane is not sold in Japan."


def test_where_the_question_is_whether_another_number_is_answered_by_the_place_that_gives_it() -> None:
    text = "Shipping\n\nA large parcel costs 3.95 euros. It is sent on Mondays."

    checked = check("A large parcel costs 4.95 euros.", "Does a large parcel cost 4.95 euros?", text)

    assert (checked.text, checked.result) == ("A large parcel costs 3.95 euros.", "supported")


@pytest.mark.parametrize(
    ("claim", "question", "text"),
    [
        (
            "The bridge was opened on 3 May 2019.",
            "On which day in 2019 was the bridge opened?",
            "The bridge was opened on 3 May 2018 by Ada Lind. It is long.",
        ),
        (
            "A parcel of 45 pounds costs 3.95 euros.",
            "How much does a parcel of 45 pounds cost?",
            "A parcel of up to 20 pounds costs 3.95 euros. It is sent on Mondays.",
        ),
    ],
)
def test_a_number_of_the_question_is_not_confirmed_by_a_place_with_another_in_its_stead(
    claim: str, question: str, text: str
) -> None:
    assert check(claim, question, text).result != "supported"


def test_the_nearest_is_the_best_of_the_places_and_not_what_explains_its_pronoun() -> None:
    text = "Captain Ines Moreau joined the company in spring. She has led the crew of the Aurora since 2019."

    checked = check("Captain Ines Moreau has led the crew of the Aurora since 2019.", "Who leads the crew?", text)

    assert checked.nearest is not None
    assert checked.nearest[0].passage.text_of(checked.nearest[1]).startswith("She has led")
