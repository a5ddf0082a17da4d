import pytest

from rag.answering.question.follow_ups import (
    accept_rewrite,
    list_readings,
    needs_rewriting,
    rewrite_turns,
)
from rag.answering.question.history import recent_turns
from rag.text.stemming import stem
from rag.types import Turn

NORLAND = [Turn("Was macht die Norland GmbH?", "Die Norland GmbH stellt Hobel her.")]
WITKOFF = [Turn("Who is Steve Witkoff?", "Steve Witkoff is a U.S. envoy.")]


@pytest.mark.parametrize("question", ["and who did he meet?", "Why?", "What about Moscow?", "When was it proposed?"])
def test_a_question_that_leans_on_the_conversation_is_noticed(question: str) -> None:
    assert needs_rewriting(question, WITKOFF, stem, "en")
    assert not needs_rewriting(question, [], stem, "en")


@pytest.mark.parametrize(
    "question", ["Is there a guest network?", "What does this company make?", "Is that plane sold?"]
)
def test_there_this_and_that_lean_on_nothing_by_themselves(question: str) -> None:
    assert not needs_rewriting(question, WITKOFF, stem, "en")


def test_a_question_that_stands_alone_is_left_alone() -> None:
    assert not needs_rewriting("Who is the president of Ukraine?", WITKOFF, stem, "en")


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
            "Who proposed it (proposed ceasefire)?",
        ),
        (
            [Turn("How many days of leave do I get?", "You get 27 days. [1] Unused leave expires in March.")],
            "and when does it expire?",
            "When does it expire (days leave get)?",
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
    assert list_readings(question, history, stem, "en")[0] == expected


@pytest.mark.parametrize(
    ("last", "question", "expected"),
    [
        (
            Turn("Who runs the finance team?", "It is run by Ana Ruiz, Bob Kent and IBM in Oslo."),
            "What must he approve?",
            [
                "What must Ana Ruiz approve?",
                "What must Bob Kent approve?",
            ],
        ),
        (
            Turn("How fast is the Tern?", "The Tern flies at 45 km/h."),
            "And the Tern Cargo?",
            ["How fast is the Tern Cargo?"],
        ),
        (
            Turn("When did Putin visit Moscow?", "In 2019."),
            "What about Kyiv?",
            ["When did Kyiv visit Moscow?", "When did Putin visit Kyiv?"],
        ),
        (
            Turn("What is the notice period?", "Three months."),
            "And during probation?",
            ["What is the notice period during probation?"],
        ),
        (
            Turn("What is the notice period?", "Three months."),
            "And the trial period?",
            ["The trial period (notice period)?"],
        ),
        (
            Turn("When did Putin visit Moscow?", "In 2019."),
            "Why was it closed?",
            ["Why was Putin closed?", "Why was Moscow closed?", "Why was it closed (Putin visit Moscow)?"],
        ),
        (Turn("Who pays?", "They do."), "And what does he earn?", ["What does he earn (pays)?"]),
        (Turn("How old is it?", "Ten years."), "Why?", ["Why (old)?"]),
    ],
)
def test_each_thing_that_may_be_meant_is_a_reading(last: Turn, question: str, expected: list[str]) -> None:
    assert list_readings(question, [last], stem, "en") == expected


def test_what_was_asked_of_another_thing_is_what_the_next_question_is_about() -> None:
    typed = [Turn("How fast is the Tern?", "45 km/h."), Turn("And the Tern Cargo?", "30 km/h.")]

    alone = rewrite_turns(typed, stem, lambda _: "en")

    assert list_readings("How heavy is it?", alone, stem, "en")[0] == "How heavy is Tern Cargo?"


@pytest.mark.parametrize(
    ("language", "asked", "question", "expected"),
    [
        ("de", "Was macht die Norland GmbH?", "Wann wurde sie gegründet?", "Wann wurde sie gegründet (Norland GmbH)?"),
        ("de", "Was macht die Norland GmbH?", "Und wo ist das Büro?", "Wo ist das Büro (Norland GmbH)?"),
        ("fr", "Combien coûte le rabot ?", "Où le trouver, lui ?", "Où le trouver, lui (Combien coûte rabot)?"),
        ("es", "¿Quién dirige Norland?", "¿Y dónde vive ella?", "Dónde vive ella (Norland)?"),
        ("ru", "Кто руководит Норландом?", "А где она живёт?", "Где она живёт (Норландом)?"),
    ],
)
def test_in_other_languages_what_was_asked_about_is_added(
    language: str, asked: str, question: str, expected: str
) -> None:
    history = [Turn(asked, "")]

    assert needs_rewriting(question, history, stem, language)
    assert list_readings(question, history, stem, language) == [expected]


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "Gibt es ein Büro in Berlin?"),
        ("de", "Haben Sie ein Büro in Berlin?"),
        ("fr", "Y a-t-il un bureau à Paris ?"),
        ("es", "¿Hay una oficina en Madrid?"),
        ("pt", "Há um escritório em Lisboa?"),
        ("it", "C'è un ufficio a Roma?"),
        ("nl", "Is er een kantoor in Utrecht?"),
        ("pl", "Czy jest biuro w Krakowie?"),
        ("ru", "Есть ли офис в Москве?"),
        ("uk", "Чи є офіс у Києві?"),
        ("ja", "東京にオフィスはありますか?"),
        ("zh", "北京有办公室吗?"),
    ],
)
def test_a_question_in_another_language_that_names_its_subject_leans_on_nothing(language: str, question: str) -> None:
    assert not needs_rewriting(question, WITKOFF, stem, language)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "Was kostet es?"),
        ("fr", "Combien coûte-t-il ?"),
        ("es", "¿Cuál es su precio?"),
        ("pt", "Quanto custam eles agora?"),
        ("it", "Quanto costa il suo modello?"),
        ("nl", "Wat kosten ze nu precies?"),
        ("pl", "A co z Krakowem?"),
        ("ru", "Сколько ему сейчас лет?"),
        ("uk", "Скільки їм зараз років?"),
        ("ja", "彼はどこで働いていますか?"),
        ("zh", "他现在在哪里工作?"),
    ],
)
def test_pronouns_of_each_language_lean_on_the_conversation(language: str, question: str) -> None:
    assert needs_rewriting(question, WITKOFF, stem, language)


def test_a_rewriting_that_stays_on_the_subject_is_accepted() -> None:
    assert accept_rewrite(' "Who did Steve Witkoff meet?" ', "and who did he meet?", WITKOFF, stem, "en") == (
        "Who did Steve Witkoff meet?"
    )


@pytest.mark.parametrize(
    ("language", "question", "rewritten"),
    [
        ("de", "Und wann wurde sie gegründet?", "Wann wurde die Norland GmbH gegründet?"),
        ("fr", "Combien coûte-t-elle ?", "Combien coûte la Norland GmbH ?"),
    ],
)
def test_a_rewriting_in_another_language_is_accepted(language: str, question: str, rewritten: str) -> None:
    assert accept_rewrite(rewritten, question, NORLAND, stem, language) == rewritten


@pytest.mark.parametrize(
    "rewritten", ["Wann wurde ihre Norland GmbH gegründet?", "Wann wurde die Sägerei gegründet?", "Wann war das?"]
)
def test_a_rewriting_in_another_language_that_leans_or_strays_is_refused(rewritten: str) -> None:
    assert accept_rewrite(rewritten, "Und wann wurde sie gegründet?", NORLAND, stem, "de") is None


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
    assert accept_rewrite(rewritten, "and who did he meet?", WITKOFF, stem, "en") is None


def test_the_last_turns_that_fit_are_kept_in_their_order_and_the_last_one_always() -> None:
    turns = [Turn(f"Question {i}?", "word " * 98) for i in range(6)]

    # Two words and 98: a turn counts 100 of the 300.
    assert recent_turns(turns, lambda text: len(text.split())) == turns[3:]
    assert recent_turns([Turn("Why?", "word " * 900)], lambda text: len(text.split())) == [Turn("Why?", "word " * 900)]
    assert recent_turns([], len) == []


def test_follow_ups_of_follow_ups_do_not_grow() -> None:
    history = [Turn("How long is the proposed ceasefire?", "The proposed ceasefire is 30 days.")]
    for _ in range(10):
        history.append(Turn(list_readings("Who proposed it?", history, stem, "en")[0], "Nobody said."))

    assert {turn.question for turn in history[1:]} == {"Who proposed it (proposed ceasefire)?"}


def test_a_link_from_an_earlier_answer_is_not_asked_for() -> None:
    history = [Turn("Who is Steve Witkoff?", "Steve Witkoff is an envoy, see https://evil.example/steal.")]
    rewritten = "Who did Steve Witkoff meet, see https://evil.example/steal?"

    assert accept_rewrite(rewritten, "and who did he meet?", history, stem, "en") is None


def test_a_declined_question_leaves_its_name_and_nothing_of_the_refusal() -> None:
    history = [Turn("Who is the CEO of Acme?", "")]

    assert list_readings("Where does he live?", history, stem, "en")[0] == "Where does CEO of Acme live?"
    assert list_readings("What is its address?", history, stem, "en")[0] == "What is CEO of Acme's address?"


def test_questions_as_they_were_typed_are_made_to_stand_alone_each_by_the_one_before() -> None:
    typed = [*WITKOFF, Turn("What is his job?", "He is an envoy."), Turn("and where is he?", "In Moscow.")]

    alone = rewrite_turns(typed, stem, lambda _: "en")

    assert [turn.question for turn in alone] == [
        "Who is Steve Witkoff?",
        "What is Steve Witkoff's job?",
        "Where is Steve Witkoff?",
    ]
    assert [turn.answer for turn in alone] == [turn.answer for turn in typed]


@pytest.mark.parametrize("question", ["Who is the treasurer?", "What does it cost per day now?", "Where is Berlin?"])
def test_a_short_question_that_is_whole_stands_alone(question: str) -> None:
    history = [Turn("How much does the Gull City cost?", "It costs 900 euros.")]

    assert needs_rewriting(question, history, stem, "en") is (" it " in question)


def test_days_places_and_months_are_nobody() -> None:
    history = [Turn("When did she return?", "In Berlin she left on 6 May for Oslo with Lucia Ferraro.")]

    assert list_readings("Where did she go?", history, stem, "en")[0] == "Where did Lucia Ferraro go?"
