"""Tell the language of a text with py3langid (Barbaresi; after Lui and Baldwin, 2012; BSD, 140 languages)."""

from collections.abc import Sequence
from functools import lru_cache

from py3langid import langid

UNKNOWN = "en"
# More tells nothing new and costs time.
_MAX_CHARACTERS = 4000
# In a title or a column of figures any language may seem certain.
_MIN_LETTERS = 60
_MIN_CONFIDENCE = 0.9


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language that the text opens in; English where that is not clear."""
    opening = text[:_MAX_CHARACTERS]
    if sum(character.isalpha() for character in opening) < _MIN_LETTERS:
        return UNKNOWN
    return _classify(opening, ())


def detect_language_among(text: str, languages: Sequence[str]) -> str:
    """Return which of a few languages a text is in, be it as short as a question; English where that is not clear."""
    return _classify(text[:_MAX_CHARACTERS], tuple(languages))


def _classify(text: str, languages: tuple[str, ...]) -> str:
    language, confidence = _identifier(languages).classify(text)
    return str(language) if confidence >= _MIN_CONFIDENCE else UNKNOWN


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> langid.LanguageIdentifier:
    """Return what identifies languages, only these where any are named."""
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    if languages:
        identifier.set_languages(list(languages))
    return identifier
