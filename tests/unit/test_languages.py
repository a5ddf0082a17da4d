import pytest

from rag.languages import detect_language, detect_language_among
from rag.refusing import LANGUAGES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Presse in Halle 2 wurde am 3. Mai 2023 geprüft. Der Prüfer fand einen Riss im Rahmen der Presse.", "de"),
        ("Le port a été fermé en janvier parce que la jetée était trop vieille pour les grands bateaux.", "fr"),
        ("The ferry Aurora carries 420 passengers across the bay and leaves Northport at seven each day.", "en"),
    ],
)
def test_the_language_of_a_text_is_told(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "555-0100", "Reception", "Le port a été fermé."])
def test_too_little_text_counts_as_english(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Welcher Vulkan ist in Peru ausgebrochen?", "de"),
        ("ペルーで噴火した火山はどれですか？", "ja"),
        ("哪座火山在秘鲁爆发了？", "zh"),
        ("Quel volcan est entré en éruption au Pérou ?", "fr"),
        ("Which volcano erupted in Peru?", "en"),
        ("420?", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_short_question_is_told_among_those_that_we_speak(question: str, language: str) -> None:
    assert detect_language_among(question, LANGUAGES) == language
