import pytest

from rag.checking.claims import analyse_claim
from rag.checking.context_sentences import analyse_context
from rag.checking.support import MIN_SUPPORT, Support, find_support, verify_support, without_polar_opening
from rag.text.stemming import stem
from rag.types import Context
from tests.unit.conftest import make_document, make_hits, make_passages
from tests.word_judge import WordJudge


def find(claim: str, question: str, text: str) -> Support:
    passages = make_passages(make_document(text), max_tokens=128, min_tokens=32)
    hits = make_hits(passages)
    scores = [tuple(0.3 for _ in hit.passage.sentences) for hit in hits]
    return find_support(
        claim, question, analyse_context(hits, ["Planes"] * len(hits), stem), scores, stem=stem, judge=WordJudge()
    )


def support(claim: str, question: str, context: Context, hints: tuple[int, ...] = ()) -> list[str]:
    scores = [tuple(0.3 for _ in hit.passage.sentences) for hit in context.hits]
    titles = ["Harbour news"] * len(context.hits)
    found = find_support(
        claim, question, analyse_context(context.hits, titles, stem), scores, stem=stem, judge=WordJudge(), hints=hints
    )
    return [one.hit.passage.text_of(one.span) for one in found.sentences]


def test_a_claim_is_cited_with_the_sentence_that_says_it(context: Context) -> None:
    cited = support("The ferry carries 420 passengers.", "How many passengers does the ferry carry?", context)

    assert cited == ["The ferry Aurora carries 420 passengers across the bay."]


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The ferry carries 450 passengers.", "How many passengers does the ferry carry?"),
        ("Captain Olga Moreau leads the crew.", "Who leads the crew?"),
        ("The capital of France is Paris.", "What is the capital of France?"),
        ("Ines Moreau is 47 years old.", "How old is Ines Moreau?"),
        ("The ferry sinks often in storms.", "What does the ferry do?"),
        ("The ferry Aurora does not carry 420 passengers.", "How many passengers does the ferry carry?"),
        ("Yes.", "Is it open?"),
        ("", "Is it open?"),
    ],
)
def test_a_claim_with_other_names_numbers_or_words_is_not_supported(
    claim: str, question: str, context: Context
) -> None:
    assert support(claim, question, context) == []


def test_a_name_from_the_same_passage_may_stand_for_a_pronoun(context: Context) -> None:
    cited = support("Ines Moreau trained in Bergen.", "Where did Ines Moreau train?", context)

    assert "She trained in Bergen." in cited


REFUNDS = "Refunds are given within 30 days of the purchase. No refunds are given after 30 days."
HALL = "The hall was opened in 1932, and it was rebuilt in 1958 after a fire."
LEAVE = (
    "Employees have 27 days of annual leave, of which at most 5 may be carried over. Parental leave is described in "
    "the agreement. During the first six months, employees may not work from home. After that they may work from home "
    "on two days a week."
)


@pytest.mark.parametrize(
    ("claim", "question", "text"),
    [
        ("Twelve people were hurt.", "How many people were hurt?", "In all, 12 people were hurt in the accident."),
        ("No refunds are given after 30 days.", "Are refunds given after 30 days?", REFUNDS),
        ("The hall was rebuilt in 1958.", "When was the hall rebuilt?", HALL),
        ("The theatre ran from 1870 to 1939.", "When did it run?", "The theatre ran from 1870 to 1939 in the garden."),
        ("The Ukrainian port is open.", "Which port is open?", "In Ukraine the port is open."),
        (
            "The south wing has 30 rooms, the north wing 12.",
            "How many rooms do the wings have?",
            "The north wing has 12 rooms and the south wing has 30.",
        ),
    ],
)
def test_the_same_in_other_words_is_supported(claim: str, question: str, text: str) -> None:
    assert find(claim, question, text).sentences


def test_at_most_three_sentences_are_cited_in_reading_order(context: Context) -> None:
    claim = "The ferry Aurora carries 420 passengers, leaves Northport at 7 a.m., and Captain Ines Moreau led the crew."

    cited = support(claim, "What is known of the ferry?", context)

    assert 1 < len(cited) <= 3
    assert cited[0].startswith("The ferry Aurora")


PLANES = (
    "Oskar designed the block plane. The jack plane is not sold in Japan. Mira Lund led the foundry. "
    "Harrow tried to buy Tind in 2015. USB sticks are not allowed, except those that the department issued."
)


@pytest.mark.parametrize(
    ("claim", "question", "quote"),
    [
        (
            "The jack plane is sold in Japan.",
            "Is the jack plane sold in Japan?",
            "The jack plane is not sold in Japan.",
        ),
    ],
)
def test_a_sentence_that_says_the_contrary_is_quoted_instead(claim: str, question: str, quote: str) -> None:
    found = find(claim, question, PLANES)

    assert found.is_quote
    assert [one.hit.passage.text_of(one.span) for one in found.sentences] == [quote]


def test_a_contrary_sentence_is_no_answer_to_an_open_question() -> None:
    assert find("The jack plane is sold in Japan.", "What is sold in Japan?", PLANES).sentences == ()


def test_a_name_is_found_by_the_half_that_the_sentence_gives() -> None:
    text = "It was founded by Oskar Lindqvist. Oskar designed the block plane."

    found = find("Oskar Lindqvist designed the block plane.", "Who designed the block plane?", text)

    assert "Oskar designed the block plane." in [one.hit.passage.text_of(one.span) for one in found.sentences]


def test_what_a_pronoun_stands_for_is_cited_with_it() -> None:
    text = "Mira Lund left. She had led the foundry in Bergen."

    found = find("Mira Lund led the foundry in Bergen.", "Who led the foundry?", text)

    assert [one.hit.passage.text_of(one.span) for one in found.sentences] == [
        "Mira Lund left.",
        "She had led the foundry in Bergen.",
    ]


def test_the_word_that_asks_for_a_measure_need_not_be_there() -> None:
    text = "- Lunch: 20 euros\n- Dinner: 35 euros"

    assert find("Dinner costs 35 euros.", "How much may dinner cost?", text).sentences


@pytest.mark.parametrize(
    ("score", "verified", "is_supported"),
    [(0.3, 0.9, True), (0.3, 0.6, False), (0.1, 0.99, True), (0.05, 0.9, False), (0.4, 0.01, False)],
)
def test_a_claim_is_supported_if_the_llm_is_the_surer_the_less_speaks_for_it(
    score: float, verified: float, *, is_supported: bool
) -> None:
    assert (verify_support(score, verified) >= MIN_SUPPORT) is is_supported


@pytest.mark.parametrize(
    ("written", "claim"),
    [
        ("Yes, the plane is sold.", "The plane is sold."),
        ("No.", ""),
        ("Nobody came.", "Nobody came."),
        ("Nein, nie.", "Nie."),
        ("Yes it is sold.", "It is sold."),
        ("No – it is not sold.", "It is not sold."),
        ("No. It is not sold.", "It is not sold."),
        ("No refunds are given after 30 days.", "No refunds are given after 30 days."),
        ("No one was hurt.", "No one was hurt."),
        ("No-fault insurance covers all.", "No-fault insurance covers all."),
        ("No. 5 Squadron flew.", "No. 5 Squadron flew."),
        ("Ja Morant scored.", "Ja Morant scored."),
        ("No Doubt was formed in 1986.", "No Doubt was formed in 1986."),
    ],
)
def test_a_yes_or_no_is_left_out(written: str, claim: str) -> None:
    assert without_polar_opening(written) == claim


@pytest.mark.parametrize("text", ["Tom designed the block plane.\n\n***", "* * *\n\nTom designed the block plane."])
def test_a_line_without_a_word_is_no_evidence_and_no_obstacle(text: str) -> None:
    assert find("Tom designed the block plane.", "Who designed the block plane?", text).sentences
    assert not find("Oskar built a boat.", "Who built a boat?", text).sentences


def test_a_sentence_is_never_quoted_as_the_contrary_of_itself() -> None:
    said = "Saudi Arabia and the other Arab oil-producing states joined the embargo on October 20, 1973."
    denied = "Saudi Arabia and the other Arab oil-producing states did not join the embargo on October 20, 1973."

    found = find(said, "Did Saudi Arabia join the embargo on October 20, 1973?", f"{said} {denied}")

    assert not found.is_quote


@pytest.mark.parametrize(
    ("claim", "question", "numbers"),
    [
        # What the reader gave is not what was asked for.
        ("A parcel of 45 pounds costs 3.95 euros.", "How much does a parcel of 45 pounds cost?", ("3.95",)),
        ("In 1932 it had 420 seats.", "How many seats did it have in 1932?", ("420",)),
        ("It has twelve rooms and 3 floors.", "How many floors does the house of 12 rooms have?", ("3",)),
        # Where it is asked whether, it is.
        ("A parcel costs 3.95 euros in 2020.", "Does a parcel cost 3.95 euros?", ("3.95", "2020")),
        ("A parcel of 45 pounds costs more.", "Is a parcel of 45 pounds dearer?", ("45",)),
        # A claim that says nothing new only repeats the question.
        ("The parcel costs 3.95 euros.", "The parcel costs 3.95 euros?", ("3.95",)),
    ],
)
def test_a_number_that_the_question_gives_is_looked_for_only_where_it_asks_whether(
    claim: str, question: str, numbers: tuple[str, ...]
) -> None:
    assert analyse_claim(claim, question, stem).own_numbers == numbers


PIER = "Tom Reed closed the old pier in 2017. The ferry carries 420 passengers across the bay."


@pytest.mark.parametrize(
    ("claim", "nearest"),
    [
        ("The ferry carries 420 passengers.", "The ferry carries 420 passengers across the bay."),
        ("The ferry carries 999 passengers.", "The ferry carries 420 passengers across the bay."),
        ("Tom Reed opened the pier.", "Tom Reed closed the old pier in 2017."),
    ],
)
def test_the_sentence_that_comes_nearest_is_known_whether_it_supports_the_claim_or_not(
    claim: str, nearest: str
) -> None:
    found = find(claim, "What is known?", PIER).nearest

    assert found is not None
    assert found.hit.passage.text_of(found.span) == nearest


def test_where_nothing_can_be_read_nothing_is_near() -> None:
    assert find("The ferry carries 420 passengers.", "How many?", "How many does the ferry carry?").nearest is None
