import pytest

from rag.answering.question.unclear import is_unclear
from rag.text.questions import QuestionKind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("?? what", "keyword"),
        ("x", "small-talk"),
        ("7", "keyword"),
        ("и", "small-talk"),
        ("Why?", "why"),
        ("When", "fact"),
        ("How so?", "keyword"),
        ("Can you?", "small-talk"),
        ("¿Qué?", "small-talk"),
        ("Warum?", "small-talk"),
        ("...", "keyword"),
    ],
)
def test_a_message_that_names_nothing_is_unclear(message: str, kind: QuestionKind) -> None:
    assert is_unclear(message, kind)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("How much is it?", "fact"),
        ("What is this about?", "collection"),
        ("WHO", "keyword"),
        ("IT", "small-talk"),
        ("E5", "keyword"),
        ("猫", "keyword"),
        ("prezzo", "keyword"),
        ("Was kostet das?", "fact"),
        ("Who met with Putin?", "small-talk"),
        ("helmets", "small-talk"),
    ],
)
def test_a_message_that_may_be_answered_is_not_unclear(message: str, kind: QuestionKind) -> None:
    assert not is_unclear(message, kind)
