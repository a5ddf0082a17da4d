import pytest

from rag.answering.question.parts import split_question


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What does it cost, and when does it open?", ["What does it cost", "when does it open?"]),
        ("Who founded the club and where does it meet?", ["Who founded the club", "where does it meet?"]),
        ("Was kostet es, und wann öffnet es?", ["Was kostet es", "wann öffnet es?"]),
        ("Wer leitet das Haus und wie viele Zimmer hat es?", ["Wer leitet das Haus", "wie viele Zimmer hat es?"]),
        ("Combien coûte l’entrée et quand est-ce ouvert ?", ["Combien coûte l’entrée", "quand est-ce ouvert ?"]),
        ("¿Cuánto cuesta y cuándo abre?", ["¿Cuánto cuesta", "cuándo abre?"]),
        ("Quanto costa e quando apre?", ["Quanto costa", "quando apre?"]),
        ("Quanto custa e onde fica?", ["Quanto custa", "onde fica?"]),
        ("Wat kost het en wanneer is het open?", ["Wat kost het", "wanneer is het open?"]),
    ],
)
def test_two_questions_in_one_sentence_are_parted_before_the_word_that_asks(question: str, parts: list[str]) -> None:
    assert split_question(question) == parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What does it cost? When does it open?", ["What does it cost?", "When does it open?"]),
        ("Was kostet es? Wann öffnet es?", ["Was kostet es?", "Wann öffnet es?"]),
        ("多少钱？ 什么时候开门？", ["多少钱？", "什么时候开门？"]),
        ("كم السعر؟ متى يفتح؟", ["كم السعر؟", "متى يفتح؟"]),
    ],
)
def test_several_sentences_that_ask_are_the_parts(question: str, parts: list[str]) -> None:
    assert split_question(question) == parts


def test_at_most_four_parts_are_looked_at() -> None:
    asked = ["Who sails it?", "When does it sail?", "Where does it land?", "What does it cost?", "Why is it blue?"]

    assert split_question(" ".join(asked)) == asked[:4]


# What stands on both sides of an "and" need not be two questions.
TRAPS = {
    "things": ["Who makes bread and butter?", "What do cats and dogs eat?", "Was kosten Brot und Butter?"],
    "a name": ["Who wrote War and Peace?", "When was Marks and Spencer founded?", "Wer schrieb Krieg und Frieden?"],
    "a follow-up": ["and who?", "And who did he meet?", "und wann?", "et pourquoi ?"],
    "deeds": ["How do I wash and dry it?", "Can I swim and eat there?", "Wie kann ich buchen und bezahlen?"],
    "a clause": ["Tell me what it costs and when it opens.", "It rained, and who was there?", "bread and what"],
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_question_that_asks_one_thing_stays_whole(trap: str) -> None:
    for question in TRAPS[trap]:
        assert split_question(question) == [question]


@pytest.mark.parametrize("question", ["When and where was he born?", "Quand et où est-il né ?", "Wie und wann?"])
def test_two_words_that_ask_the_same_are_one_question(question: str) -> None:
    assert split_question(question) == [question]


@pytest.mark.parametrize(
    "question",
    [
        "What is allowed and what is not?",
        "Was ist erlaubt und was nicht?",
        "What is the difference between who may enter and who may not?",
        "Which rules say who may enter and who may leave?",
        "Which house was built in 1900 and was sold in 1910?",
    ],
)
def test_a_part_that_cannot_stand_alone_is_not_parted(question: str) -> None:
    assert split_question(question) == [question]


@pytest.mark.parametrize("question", ["The old pier? Who closed it?", "I am new. What does it cost? Why?"])
def test_a_sentence_that_asks_for_nothing_is_no_part(question: str) -> None:
    assert len(split_question(question)) == 1


@pytest.mark.parametrize("question", ["", "?", "ferry", " and ", "When?"])
def test_what_asks_one_thing_or_nothing_is_returned_as_it_is(question: str) -> None:
    assert split_question(question) == [question]
