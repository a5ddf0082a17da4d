"""Tell a greeting, thanks or "what can you do?" from a question about the documents. Pure.

Only whole messages count: "hello" is a greeting, "hello world program" is a question.
"""

import re
import unicodedata

# In each language: greetings, thanks, farewells, and what is asked of the chatbot itself.
_SAID = {
    "en": "hi|hello|hey|(?:hi|hello) there|good (?:morning|afternoon|evening|day|night)|(?:many )?thanks|thank you"
    "|thanks a lot|thank you very much|cheers|great|ok(?:ay)?|bye|goodbye|see you|how are you|who are you|what are you"
    "|what(?: else)? can you do|what do you do|can you help(?: me)?|help|how does this work",
    "de": "hallo|hi|hey|moin|servus|grüß gott|guten (?:morgen|tag|abend)|danke|danke (?:schön|sehr)|vielen dank"
    "|tschüss|auf wiedersehen|wie geht es (?:dir|ihnen)|wie geht'?s|wer bist du|wer sind sie|was kannst du"
    "|was können sie|kannst du mir helfen|können sie mir helfen|hilfe",
    "fr": "bonjour|bonsoir|salut|coucou|merci|merci beaucoup|au revoir|ça va|comment allez-vous|qui es-tu"
    "|qui êtes-vous|que peux-tu faire|que pouvez-vous faire|aide",
    "es": "hola|buenos días|buenas tardes|buenas noches|buenas|gracias|muchas gracias|adiós|hasta luego|quién eres"
    "|qué puedes hacer|ayuda|cómo estás",
    "it": "ciao|salve|buongiorno|buonasera|grazie|grazie mille|arrivederci|come stai|chi sei|cosa puoi fare|aiuto",
    "pt": "olá|oi|bom dia|boa tarde|boa noite|obrigad[oa]|muito obrigad[oa]|adeus|tchau|quem és|quem é você"
    "|o que (?:podes|você pode) fazer|ajuda",
    "nl": "hallo|hoi|dag|goede(?:morgen|middag|navond)|bedankt|dank je(?: wel)?|dank u(?: wel)?|tot ziens|wie ben je"
    "|wat kun je|help",
    "pl": "cześć|dzień dobry|dobry wieczór|dziękuję|dzięki|do widzenia|kim jesteś|co potrafisz|pomoc",
    "ru": "привет|здравствуйте|добрый (?:день|вечер)|доброе утро|спасибо|до свидания|кто ты|что ты умеешь|помощь",
    "uk": "привіт|вітаю|доброго (?:дня|ранку|вечора)|добрий день|дякую|до побачення|хто ти|що ти вмієш|допомога",
    "ja": "こんにちは|こんばんは|おはよう(?:ございます)?|ありがとう(?:ございます)?|さようなら"
    "|あなたは誰ですか|何ができますか",
    "zh": "你好|您好|早上好|晚上好|谢谢|再见|你是谁|你能做什么",
}
_PATTERNS = {
    language: re.compile(rf"[\W_]*(?:(?:{said})(?:[\W_]+|$)){{1,3}}", re.IGNORECASE) for language, said in _SAID.items()
}
_MAX_CHARACTERS = 80


def greeting_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language that a message greets in; None where it asks something."""
    said = unicodedata.normalize("NFC", text).replace("’", "'")
    if len(said) > _MAX_CHARACTERS:
        return None
    return next((language for language, pattern in _PATTERNS.items() if pattern.fullmatch(said)), None)
