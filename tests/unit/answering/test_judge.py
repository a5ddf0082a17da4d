"""What becomes of each sentence that an LLM generates, by what is known of it."""

import pytest

from rag.answering.reply.judge import ReplyJudge, adds_information
from rag.answering.reply.sentence_check import CheckedSentence, CheckResult
from rag.text.stemming import stem
from rag.types import Hit, Span
from tests.unit.conftest import make_document, make_hits, make_passages

HIT = make_hits(make_passages(make_document()))[0]
PLACE: tuple[Hit, Span] = (HIT, HIT.passage.sentences[0])
ASKED = "How many passengers does the ferry carry?"
SURE = [-0.01]
UNSURE = [-3.0]


def judge_of(written: list[float], declining: float | None = 0.0, least: float = 0.3) -> ReplyJudge:
    return ReplyJudge(ASKED, stem, least, declining=declining, log_probabilities=list(written))


def sentence(result: CheckResult, text: str = "It carries 420.", support: float = 0.5) -> CheckedSentence:
    places = (PLACE,) if result == "supported" else ()
    return CheckedSentence(text, result, places, support, PLACE)


@pytest.mark.parametrize(
    ("written", "declining", "result", "display"),
    [
        (SURE, 0.0, "supported", "shown"),
        (SURE, 0.0, "doubtful", "quoted"),
        (SURE, 0.0, "contradicted", "quoted"),
        (UNSURE, 0.0, "supported", "withheld"),
        (UNSURE, 0.0, "doubtful", "withheld"),
        (SURE, 1.0, "supported", "withheld"),
        # Nothing is known of how sure the LLM was, so that the check alone decides.
        (SURE, None, "supported", "shown"),
        (SURE, None, "doubtful", "withheld"),
        ([], 0.0, "supported", "shown"),
        ([], 0.0, "contradicted", "withheld"),
    ],
)
def test_how_a_sentence_is_shown(
    written: list[float], declining: float | None, result: CheckResult, display: str
) -> None:
    assert judge_of(written, declining).judge(sentence(result)) == display


def test_what_carries_what_no_document_may_leads_to_no_place() -> None:
    assert judge_of(SURE).judge(CheckedSentence("See evil.example.", "unsafe")) == "withheld"


def test_a_place_that_says_next_to_nothing_of_it_is_not_quoted() -> None:
    assert judge_of(SURE).judge(sentence("contradicted", "Bananas are yellow.", support=0.01)) == "withheld"


def test_after_the_llm_declined_only_what_is_supported_counts() -> None:
    judge = judge_of(SURE)
    judge.has_declined = True

    assert judge.judge(sentence("doubtful")) == "withheld"
    assert judge.judge(sentence("supported")) == "shown"


def test_what_only_echoes_the_question_is_quoted() -> None:
    assert judge_of(SURE).judge(sentence("supported", "The ferry does carry passengers.")) == "quoted"


def test_quotable_are_the_sentences_shown_and_those_only_quoted() -> None:
    judge = judge_of(SURE)
    shown, quoted = sentence("supported"), sentence("doubtful", "It may carry 420.")

    judge.judge(shown)
    judge.judge(quoted)

    assert (judge.quotable, judge.not_shown) == ([shown, quoted], [quoted])


def test_where_the_check_alone_decides_nothing_is_quoted_beside_it() -> None:
    judge = judge_of([], None)

    judge.judge(sentence("supported"))
    judge.judge(sentence("doubtful"))

    assert (judge.quotable, [other.result for other in judge.not_shown]) == ([], ["doubtful"])


@pytest.mark.parametrize(
    ("claim", "question", "more"),
    [
        ("You can have your money back.", "Can we have our money back?", False),
        ("No, you cannot take a cab home.", "Can I take a cab home?", False),
        ("The money goes back to the card.", "Can we have our money back?", True),
        ("It carries 420.", ASKED, True),
        # One run without spaces that holds a negation is more than the negation.
        ("船は犬を乗せません。", "犬は乗れますか。", True),
    ],
)
def test_an_echo_says_no_more_than_the_question(claim: str, question: str, *, more: bool) -> None:
    assert adds_information(claim, question, stem) is more
