"""What becomes of each sentence that an LLM writes, by what is known of it."""

from typing import cast

import pytest

from rag.attempting import Attempt, leave_out_repeated, says_more
from rag.composing import Offered
from rag.stemming import stem
from rag.telling import CheckedSentence, SentenceChecker, Standing
from rag.types import Hit, Span
from tests.unit.conftest import make_document, make_hits, make_passages

HIT = make_hits(make_passages(make_document()))[0]
PLACE: tuple[tuple[Hit, Span], ...] = ((HIT, HIT.passage.sentences[0]),)
ASKED = "How many passengers does the ferry carry?"
SURE = [-0.01]
UNSURE = [-3.0]


class AskedOnly:
    """What an attempt knows of its checker."""

    stem = staticmethod(stem)

    class findings:  # noqa: N801 -- stands for a value
        asked = ASKED


def attempt(written: list[float], refusal: float | None = 0.0, least: float = 0.5) -> Attempt:
    checker = cast(SentenceChecker, AskedOnly())
    return Attempt(checker, least, refusal=refusal, log_probabilities=list(written))


def sentence(standing: Standing, text: str = "It carries 420.", places: tuple[tuple[Hit, Span], ...] = PLACE):
    return CheckedSentence(text, standing, places, 0.5)


@pytest.mark.parametrize(
    ("written", "refusal", "standing", "fate"),
    [
        (SURE, 0.0, "supported", "told"),
        (SURE, 0.0, "doubted", "quoted"),
        (SURE, 0.0, "opposed", "quoted"),
        (UNSURE, 0.0, "supported", "withheld"),
        (UNSURE, 0.0, "doubted", "withheld"),
        (SURE, 1.0, "supported", "withheld"),
        # Nothing is known of how sure the LLM was, so that the check alone decides.
        (SURE, None, "supported", "told"),
        (SURE, None, "doubted", "withheld"),
        ([], 0.0, "supported", "told"),
        ([], 0.0, "opposed", "withheld"),
    ],
)
def test_the_fate_of_a_sentence(written: list[float], refusal: float | None, standing: Standing, fate: str) -> None:
    # Declining is weighed against the tokens: the sure ones outweigh half a refusal and no whole one.
    assert attempt(written, refusal, least=0.3).judge(sentence(standing)) == fate


def test_what_rests_on_nothing_is_withheld() -> None:
    assert attempt(SURE).judge(sentence("opposed", places=())) == "withheld"


def test_what_only_echoes_the_question_is_quoted() -> None:
    assert attempt(SURE).judge(sentence("supported", "The ferry does carry passengers.")) == "quoted"


def test_grounds_are_what_is_told_and_what_is_quoted_instead() -> None:
    one = attempt(SURE)
    told, quoted = sentence("supported"), sentence("doubted", "It may carry 420.")

    one.judge(told)
    one.judge(quoted)

    assert (one.grounds, one.untold) == ([told, quoted], [quoted])


def test_where_the_check_alone_decides_nothing_is_quoted_beside_it() -> None:
    one = attempt([], None)

    one.judge(sentence("supported"))
    one.judge(sentence("doubted"))

    assert (one.grounds, [other.standing for other in one.untold]) == ([], ["doubted"])


@pytest.mark.parametrize(
    ("claim", "question", "more"),
    [
        ("You can have your money back.", "Can we have our money back?", False),
        ("No, you cannot take a cab home.", "Can I take a cab home?", False),
        ("The money goes back to the card.", "Can we have our money back?", True),
        ("It carries 420.", ASKED, True),
    ],
)
def test_an_echo_says_no_more_than_the_question(claim: str, question: str, *, more: bool) -> None:
    assert says_more(claim, question, stem) is more


def quotes(*texts: str) -> list[Offered]:
    return [Offered(text, PLACE) for text in texts]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([], ["The ferry carries 420 passengers.", "It leaves from the old pier at noon."]),
        (["The ferry carries 420 passengers each day."], ["It leaves from the old pier at noon."]),
        (["It carries 420."], ["The ferry carries 420 passengers.", "It leaves from the old pier at noon."]),
    ],
)
def test_a_quote_that_was_told_already_is_left_out(told: list[str], kept: list[str]) -> None:
    offered = quotes("The ferry carries 420 passengers.", "It leaves from the old pier at noon.")

    assert [one.text for one in leave_out_repeated(offered, told, stem)] == kept


def test_of_two_quotes_that_say_the_same_the_first_is_kept() -> None:
    offered = quotes("The ferry carries 420 passengers.", "Passengers: 420 (ferry).")

    assert leave_out_repeated(offered, [], stem) == offered[:1]
