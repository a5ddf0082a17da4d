import pytest

from rag.answering.notes import LANGUAGES
from rag.answering.question.greetings import read_greeting


def greeting_language(text: str) -> str | None:
    found = read_greeting(text)
    return found and found.language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hi", "en"),
        ("Hello!", "en"),
        ("good morning", "en"),
        ("Thank you very much.", "en"),
        ("What can you do?", "en"),
        ("Who are you?", "en"),
        ("Hello, who are you?", "en"),
        ("Hi there 👋", "en"),
        ("  HELLO!!  ", "en"),
        ("Guten Tag!", "de"),
        ("Grüß Gott", "de"),
        ("Vielen Dank!", "de"),
        ("Was kannst du?", "de"),
        ("Bonjour !", "fr"),
        ("Merci beaucoup", "fr"),
        ("Salut, ça va ?", "fr"),
        ("¡Hola!", "es"),
        ("Buenos días", "es"),
        ("¿Qué puedes hacer?", "es"),
        ("Buongiorno", "it"),
        ("Grazie mille!", "it"),
        ("Bom dia!", "pt"),
        ("Obrigada", "pt"),
        ("Goedemorgen", "nl"),
        ("Dank je wel", "nl"),
        ("Dzień dobry", "pl"),
        ("Спасибо!", "ru"),
        ("Добрый день", "ru"),
        ("Дякую", "uk"),
        ("こんにちは。", "ja"),
        ("ありがとうございます", "ja"),
        ("你好！", "zh"),
        ("谢谢", "zh"),
    ],
)
def test_a_greeting_thanks_or_a_question_about_the_chatbot_is_told_by_its_language(text: str, language: str) -> None:
    assert greeting_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Hello world program",
        "Hello! When does the ferry leave?",
        "Thanks, and who did he meet?",
        "Help desk hours",
        "What can you do against moths?",
        "How are you supposed to file a claim?",
        "Who are you allowed to invite?",
        "Good morning America",
        "Hi-fi",
        "okapi",
        "Danke für nichts",
        "Merci de préciser le délai",
        "Hola Energía, S.A.",
        "こんにちはの語源は何ですか",
        "谢谢惠顾是什么意思",
        "Wer bist du und wann öffnet ihr?",
        "",
        "???",
        "👋",
    ],
)
def test_what_asks_for_something_or_says_nothing_is_no_greeting(text: str) -> None:
    assert greeting_language(text) is None


def test_three_greetings_in_a_row_are_one_and_more_are_none() -> None:
    assert greeting_language("Hi! Hello! Good morning!") == "en"
    assert greeting_language("Hi! Hello! Good morning! How are you?") is None


def test_greetings_of_two_languages_in_one_message_are_none() -> None:
    assert greeting_language("Bonjour, thank you!") is None


@pytest.mark.parametrize(("text", "language"), [("Wie geht’s?", "de"), ("Buenos di\u0301as", "es")])
def test_a_greeting_is_one_however_its_characters_are_typed(text: str, language: str) -> None:
    assert greeting_language(text) == language


@pytest.mark.parametrize("text", ["hello " * 1000, "!" * 100_000, "hi" * 40, "_" * 80, "hi!?" * 20])
def test_a_long_or_odd_message_is_no_greeting(text: str) -> None:
    # A pattern that tries all ways to cut such a text would never end.
    assert greeting_language(text) is None


def test_we_answer_each_greeting_in_its_own_language() -> None:
    greetings = (
        *("hello", "danke", "bonjour", "hola", "ciao", "olá", "hoi", "cześć", "привет", "привіт"),
        *("こんにちは", "你好"),
    )

    assert {greeting_language(text) for text in greetings} == set(LANGUAGES)
