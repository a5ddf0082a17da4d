"""Tell a greeting, thanks or "what can you do?" from a question about the documents. Pure.

The whole message must match: "hello" is a greeting, "hello world program" is a question. Accents
may be left out.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["greets", "thanks"]


class Greeting(NamedTuple):
    """A greeting or thanks; `language` is an ISO 639-1 code."""

    language: str
    kind: Kind


# Greetings, and questions to the chatbot about itself.
_GREETS = {
    "en": "hi|hello|hey|(?:hi|hello|hey) there|good (?:morning|afternoon|evening|day)|how are you|who are you"
    "|what are you|what(?: else)? can you do|what do you do|can you help(?: me)?|help"
    "|how does this work",
    "de": "hallo|moin|servus|grüß gott|guten (?:morgen|tag|abend)|wie geht es (?:dir|ihnen)|wie geht'?s"
    "|wer bist du|wer sind sie|was kannst du|was können sie|kannst du mir helfen|können sie mir helfen"
    "|hilfe",
    "fr": "bonjour|bonsoir|salut|coucou|(?:comment )?ça va|comment allez-vous|qui es-tu|qui êtes-vous"
    "|que peux-tu faire|que pouvez-vous faire|aide",
    "es": "hola|buenos días|buenas tardes|buenas|¿?qué tal|quién eres|qué puedes hacer|ayuda|cómo estás",
    "it": "ciao|salve|buongiorno|buonasera|come stai|chi sei|cosa puoi fare|aiuto",
    "pt": "olá|oi|bom dia|boa tarde|quem és|quem é você|o que (?:podes|você pode) fazer|ajuda",
    "nl": "hoi|dag|goede(?:morgen|middag|navond)|wie ben je|wat kun je",
    "pl": "cześć|dzień dobry|dobry wieczór|kim jesteś|co potrafisz|pomoc",
    "ru": "привет|здравствуйте|добрый (?:день|вечер)|доброе утро|кто ты|что ты умеешь|помощь",
    "uk": "привіт|вітаю|доброго (?:дня|ранку|вечора)|добрий день|хто ти|що ти вмієш|допомога",
    "ja": "こんにちは|こんばんは|おはよう(?:ございます)?|あなたは誰ですか|何ができますか",
    "zh": "你好|您好|早上好|晚上好|你是谁|你能做什么",
}
# Thanks and farewells.
_THANKS = {
    "en": "(?:many )?thanks|thank you|thanks a lot|thank you (?:very|so) much|cheers|great|ok(?:ay)?|bye"
    "|goodbye|see you|good night",
    "de": "danke|danke ?(?:schön|sehr)|vielen dank|tschüss|auf wiedersehen|gute nacht",
    "fr": "merci|merci beaucoup|au revoir|bonne nuit",
    "es": "gracias|muchas gracias|adiós|hasta luego|buenas noches",
    "it": "grazie|grazie mille|arrivederci|buonanotte",
    "pt": "obrigad[oa]|muito obrigad[oa]|adeus|tchau|boa noite",
    "nl": "bedankt|dank je(?: wel)?|dank u(?: wel)?|tot ziens",
    "pl": "dziękuję|dzięki|do widzenia",
    "ru": "спасибо|до свидания",
    "uk": "дякую|до побачення",
    "ja": "ありがとう(?:ございます)?|さようなら",
    "zh": "谢谢|再见",
}
_MAX_CHARACTERS = 80


def read_greeting(text: str) -> Greeting | None:
    """Return the greeting or thanks in a message; None if it asks something."""
    said = _fold(text)
    if len(said) > _MAX_CHARACTERS:
        return None
    return next((greeting for greeting, pattern in _PATTERNS if pattern.fullmatch(said)), None)


def _fold(text: str) -> str:
    """Return a text without Latin accents and with plain apostrophes, as people type on phones."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return unicodedata.normalize("NFC", "".join(one for one in parts if not "\u0300" <= one <= "\u036f"))


def _patterns(kind: Kind, said: dict[str, str]) -> list[tuple[Greeting, re.Pattern[str]]]:
    return [
        (Greeting(language, kind), re.compile(rf"[\W_]*(?:(?:{_fold(phrases)})(?:[\W_]+|$)){{1,3}}"))
        for language, phrases in said.items()
    ]


_PATTERNS = _patterns("greets", _GREETS) + _patterns("thanks", _THANKS)
