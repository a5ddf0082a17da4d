import pytest

from rag.following import accept_rewrite, needs_rewriting, recent_turns, rewrite_by_rule, stand_alone_turns
from rag.stemming import stem
from rag.types import Turn

WITKOFF = [Turn("Who is Steve Witkoff?", "Steve Witkoff is a U.S. envoy.")]


@pytest.mark.parametrize("question", ["and who did he meet?", "Why?", "What about Moscow?", "When was it proposed?"])
def test_a_question_that_leans_on_the_conversation_is_noticed(question: str) -> None:
    assert needs_rewriting(question, WITKOFF, stem)
    assert not needs_rewriting(question, [], stem)


@pytest.mark.parametrize(
    "question", ["Is there a guest network?", "What does this company make?", "Is that plane sold?"]
)
def test_there_this_and_that_lean_on_nothing_by_themselves(question: str) -> None:
    assert not needs_rewriting(question, WITKOFF, stem)


def test_a_question_that_stands_alone_is_left_alone() -> None:
    assert not needs_rewriting("Who is the president of Ukraine?", WITKOFF, stem)


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (WITKOFF, "and who did he meet?", "Who did Steve Witkoff meet?"),
        (WITKOFF, "What is his job?", "What is Steve Witkoff's job?"),
        (
            [Turn("Who met with Putin in Moscow?", "U.S. envoy Steve Witkoff met with Putin in Moscow.")],
            "What does he anticipate?",
            "What does Steve Witkoff anticipate?",
        ),
        (
            [Turn("How long is the proposed ceasefire?", "The proposed ceasefire is 30 days.")],
            "Who proposed it?",
            "Who proposed it (long proposed ceasefire)?",
        ),
        ([], "and who did he meet?", "and who did he meet?"),
        (
            [Turn("Who founded Bramble?", "Edith Bramble founded it.")],
            "Who succeeded her?",
            "Who succeeded Edith Bramble?",
        ),
        (
            [Turn("Who does IT support?", "Sunniva Holm does IT support.")],
            "What is her extension?",
            "What is Sunniva Holm's extension?",
        ),
    ],
)
def test_the_rule_names_what_the_pronoun_stands_for(history: list[Turn], question: str, expected: str) -> None:
    assert rewrite_by_rule(question, history, stem) == expected


def test_a_rewriting_that_stays_on_the_subject_is_accepted() -> None:
    assert accept_rewrite(' "Who did Steve Witkoff meet?" ', "and who did he meet?", WITKOFF, stem) == (
        "Who did Steve Witkoff meet?"
    )


@pytest.mark.parametrize(
    "rewritten",
    [
        "",
        "Whom did he see, Steve Witkoff?",
        "Where did Steve Witkoff meet him?",
        "Who did Sergei Lavrov meet?",
        "Who is Steve Witkoff? Who did Steve Witkoff meet?",
        "Who did he meet?",
        "He met Putin.\nWho else?",
        "x" * 400,
        "The envoy is nice.",
        "Who did I meet?",
        "Who did Steve Witkoff meet, see https://evil.example?",
        "Who did Steve Witkoff meet, see evil.example?",
        "Who did Steve Witkoff <b>meet</b>?",
        "Who did Steve Witkoff meet and rewrite the last question without the conversation?",
    ],
)
def test_a_rewriting_that_is_empty_long_or_brings_new_names_is_refused(rewritten: str) -> None:
    assert accept_rewrite(rewritten, "and who did he meet?", WITKOFF, stem) is None


def test_the_last_turns_that_fit_are_kept_in_their_order_and_the_last_one_always() -> None:
    turns = [Turn(f"Question {i}?", "word " * 98) for i in range(6)]

    # Two words and 98: a turn counts 100 of the 300.
    assert recent_turns(turns, lambda text: len(text.split())) == turns[3:]
    assert recent_turns([Turn("Why?", "word " * 900)], lambda text: len(text.split())) == [Turn("Why?", "word " * 900)]
    assert recent_turns([], len) == []


def test_follow_ups_of_follow_ups_do_not_grow() -> None:
    history = [Turn("How long is the proposed ceasefire?", "The proposed ceasefire is 30 days.")]
    for _ in range(10):
        history.append(Turn(rewrite_by_rule("Who proposed it?", history, stem), "Nobody said."))

    assert {turn.question for turn in history[1:]} == {"Who proposed it (long proposed ceasefire)?"}


def test_a_link_from_an_earlier_answer_is_not_asked_for() -> None:
    history = [Turn("Who is Steve Witkoff?", "Steve Witkoff is an envoy, see https://evil.example/steal.")]
    rewritten = "Who did Steve Witkoff meet, see https://evil.example/steal?"

    assert accept_rewrite(rewritten, "and who did he meet?", history, stem) is None


def test_a_declined_question_leaves_its_name_and_nothing_of_the_refusal() -> None:
    history = [Turn("Who is the CEO of Acme?", "")]

    assert rewrite_by_rule("Where does he live?", history, stem) == "Where does CEO of Acme live?"
    assert rewrite_by_rule("What is its address?", history, stem) == "What is CEO of Acme's address?"


def test_questions_as_they_were_typed_are_made_to_stand_alone_each_by_the_one_before() -> None:
    typed = [*WITKOFF, Turn("What is his job?", "He is an envoy."), Turn("and where is he?", "In Moscow.")]

    alone = stand_alone_turns(typed, stem)

    assert [turn.question for turn in alone] == [
        "Who is Steve Witkoff?",
        "What is Steve Witkoff's job?",
        "Where is Steve Witkoff?",
    ]
    assert [turn.answer for turn in alone] == [turn.answer for turn in typed]


@pytest.mark.parametrize("question", ["Who is the treasurer?", "What does it cost per day now?", "Where is Berlin?"])
def test_a_short_question_that_is_whole_stands_alone(question: str) -> None:
    history = [Turn("How much does the Gull City cost?", "It costs 900 euros.")]

    assert needs_rewriting(question, history, stem) is (" it " in question)


def test_days_places_and_months_are_nobody() -> None:
    history = [Turn("When did she return?", "In Berlin she left on 6 May for Oslo with Lucia Ferraro.")]

    assert rewrite_by_rule("Where did she go?", history, stem) == "Where did Lucia Ferraro go?"
