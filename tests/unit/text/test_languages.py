import pytest

from rag.answering.notes import LANGUAGES
from rag.text.languages import detect_language, detect_language_among

SHORT_QUESTIONS = {
    "en": (
        "What was it?",
        "How old is he?",
        "Who runs the plant?",
        "Is it open today?",
        "Where are the keys?",
        "How much is it?",
        "When does it start?",
        "Which one is cheaper?",
    ),
    "de": (
        "Was kostet das?",
        "Wie alt ist er?",
        "Wer leitet das Werk?",
        "Ist heute geöffnet?",
        "Wo sind die Schlüssel?",
        "Wie viel wiegt sie?",
        "Wann fängt es an?",
        "Welche Farbe hat es?",
    ),
    "fr": (
        "Combien ça coûte ?",
        "Quel âge a-t-il ?",
        "Qui dirige l’usine ?",
        "Est-ce ouvert aujourd’hui ?",
        "Où sont les clés ?",
        "C’est quoi ?",
        "Quand commence la réunion ?",
        "Pourquoi est-il parti ?",
    ),
    "es": (
        "¿Cuánto cuesta?",
        "¿Cuántos años tiene?",
        "¿Quién dirige la fábrica?",
        "Está abierto hoy?",
        "Donde estan las llaves?",
        "Qué es eso?",
        "¿Cuándo empieza?",
        "Por qué se fue?",
    ),
    "it": (
        "Quanto costa?",
        "Quanti anni ha?",
        "Chi dirige la fabbrica?",
        "È aperto oggi?",
        "Dove sono le chiavi?",
        "Che cos’è?",
        "Quando comincia?",
        "Perché è partito?",
    ),
    "pt": (
        "Quanto custa?",
        "Quantos anos ele tem?",
        "Quem dirige a fábrica?",
        "Está aberto hoje?",
        "Onde estão as chaves?",
        "O que é isso?",
        "Quando começa?",
        "Por que ele saiu?",
    ),
    "nl": (
        "Wat kost dat?",
        "Hoe oud is hij?",
        "Wie leidt de fabriek?",
        "Is het vandaag open?",
        "Waar zijn de sleutels?",
        "Wat is dat?",
        "Wanneer begint het?",
        "Waarom ging hij weg?",
    ),
    "pl": (
        "Ile to kosztuje?",
        "Ile ma lat?",
        "Kto kieruje zakładem?",
        "Czy jest dziś otwarte?",
        "Gdzie są klucze?",
        "Co to jest?",
        "Kiedy się zaczyna?",
        "Dlaczego on wyszedł?",
    ),
    "ru": (
        "Сколько это стоит?",
        "Сколько ему лет?",
        "Кто руководит заводом?",
        "Сегодня открыто?",
        "Где ключи?",
        "Что это?",
        "Когда начало?",
        "Почему он ушёл?",
    ),
    "uk": (
        "Скільки це коштує?",
        "Скільки йому років?",
        "Хто керує заводом?",
        "Сьогодні відчинено?",
        "Де ключі?",
        "Що це?",
        "Коли початок?",
        "Чому він пішов?",
    ),
    "ja": (
        "いくらですか？",
        "彼は何歳ですか？",
        "工場長は誰？",
        "今日は開いていますか？",
        "鍵はどこですか？",
        "これは何？",
        "いつ始まりますか？",
        "なぜ辞めたの？",
    ),
    "zh": (
        "多少钱？",
        "他多大了？",
        "谁管理工厂？",
        "今天开门吗？",
        "钥匙在哪里？",
        "这是什么？",
        "什么时候开始？",
        "他为什么走了？",
    ),
}


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


@pytest.mark.parametrize(
    ("question", "language"), [(question, language) for language, few in SHORT_QUESTIONS.items() for question in few]
)
def test_the_language_of_a_question_of_few_words_is_told(question: str, language: str) -> None:
    assert detect_language_among(question, LANGUAGES) == language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Preis?", "de"),
        ("WIE ALT IST ER?", "de"),
        ("Où?", "fr"),
        ("Perche\u0301?", "it"),
        ("价格？", "zh"),
        ("価格は？", "ja"),
        ("PostgreSQLとは？", "ja"),
        ("Что такое NATO?", "ru"),
        ("Wie alt ist er? " * 249, "de"),
    ],
)
def test_the_language_of_one_word_or_of_two_scripts_is_told(question: str, language: str) -> None:
    assert detect_language_among(question, LANGUAGES) == language


@pytest.mark.parametrize(
    "question",
    [
        "Price?",
        "Was it cold?",
        "Was Bach German?",
        "Die Hard director?",
        "Per diem rate?",
        "Los Angeles population?",
        "Der Spiegel circulation?",
        "Is Las Ramblas safe?",
        "Is São Paulo big?",
        "Is Van der Berg Dutch?",
        "What does Straße mean?",
        "What does こんにちは mean?",
        "What is 東京?",
        "NATO?",
    ],
)
def test_names_and_words_of_other_languages_leave_an_english_question_english(question: str) -> None:
    assert detect_language_among(question, LANGUAGES) == "en"


@pytest.mark.parametrize("question", ["가격은 얼마인가요?", "ما هو السعر؟", "Πόσο κάνει;", "¿?"])
def test_a_script_of_no_language_that_we_speak_counts_as_english(question: str) -> None:
    assert detect_language_among(question, LANGUAGES) == "en"


def test_a_language_is_told_only_among_those_that_are_asked_for() -> None:
    assert detect_language_among("Wie alt ist er?", ("fr", "de")) == "de"
    assert detect_language_among("Сколько это стоит?", ("fr", "de")) == "en"
    assert detect_language_among("Wie alt ist er?", ()) == "en"
