"""Correct the words of a query that no document holds.

Goes in: a query. Comes out: the same query with misspelt words as the documents write them, and
codes in the documents' spelling. A word that the index or a dictionary of the language knows never
changes, so a right word that the documents merely do not use stays.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10

from rag.index.vocabulary import KnownWord, Vocabulary
from rag.text.languages import detect_language_among
from rag.text.spelling.dictionary import is_right, is_right_compound, listed_words_near
from rag.text.spelling.sounds import fold, is_code, is_regional_spelling
from rag.text.spelling.typos import are_near, is_variant, typo_cost
from rag.text.spelling.written import WrittenWord, written_codes, written_words
from rag.text.tokens import is_one_token
from rag.text.words import FUNCTION_WORDS

# Languages that a question may be in besides those of the index.
_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "uk")
_COMPOUNDING = frozenset({"de", "en", "nl"})
# Their dictionaries hold most forms of a word.
_WELL_KNOWN = frozenset({"de", "en", "nl"})
# In others, another form of a verb must not pass for a slip: hablo is not habla.
_ENDING = 2
_MAX_COST_OF_SURE_SLIP = 0.7
_ENGLISH = "en"
_GERMAN = "de"
# Shorter words have too many neighbours.
_MIN_LETTERS = 4
_MIN_LETTERS_FOR_TWO_EDITS = 7
# The dearest correction by number of letters; more letters allow the last.
_MAX_COSTS = {4: 1.0, 5: 1.0, 6: 1.0, 7: 1.4}
_MAX_COST = 2.0
_MIN_LETTERS_OF_DROPPED = 6
# What a word gains by standing in ten times as many passages, and by being in a dictionary.
_GAIN_OF_COUNT = 0.15
_GAIN_OF_DICTIONARY = 0.3
# What a word of the dictionary that no passage holds loses to those of the documents. A short one
# is meant only if the slip is a frequent one.
_COST_OF_ABSENCE = 0.25
_MIN_LETTERS_OF_ABSENT = 7
_MAX_COST_OF_SLIP = 0.8
# Two words that come this near to each other leave it open which of them is meant.
_MIN_LEAD = 0.1
_MIN_LEAD_OF_SHORT = 0.3
# English function words count as if so many passages held them.
_N_PASSAGES_OF_FUNCTION_WORDS = 100
_FUNCTION_WORDS = sorted(FUNCTION_WORDS)
_MAX_ACRONYM = 5
# With more unknown words a query is no question about the documents.
_MAX_WORDS = 20
_OPENING = re.compile(r"(?:^|[.?!:;\n])[\s\"'“„«(¿¡]*$")
_SPACED_CODE = re.compile(r"\b([^\W\d_]{1,5}) \d+(?:[.\-/]\d+)*[a-z]?\b")
_PLAIN_COMPOUND = re.compile(r"[^\W\d_]+(?:[-'’/][^\W\d_]+)*")
# Contractions without an apostrophe, and short forms, which no dictionary lists.
_SHORT_FORMS = frozenset(
    """alot arent cant couldnt didnt doesnt dont hadnt hasnt havent heres hows isnt itll ive lets mustnt shouldnt thats
    theres theyll theyre theyve wasnt werent whatll whats whens wheres whos wont wouldnt youll youre youve
    admin app apps asap blog blogs config covid docs email emails faqs hols info login logins offboarding onboarding
    params pdfs repo repos setup signup smartphone smartphones specs sync url urls username webinar website wifi
    """.split()  # noqa: SIM905
)

Holds = Callable[[str], bool]


class QueryCorrector:
    """Corrects queries by the words of one index version."""

    def __init__(self, vocabulary: Vocabulary, holds: Holds, holds_term: Holds, languages: Sequence[str]) -> None:
        """Keep the arguments.

        Args:
            holds: Whether any passage holds a word, in any of its forms.
            holds_term: Whether any passage holds exactly this term.
            languages: ISO 639-1 codes of the index's languages, the most frequent first.
        """
        self._vocabulary = vocabulary
        self._holds = lru_cache(4096)(holds)
        self._holds_term = holds_term
        self._languages = tuple(language for language in languages if language)

    def correct(self, query: str) -> str:
        """Return the query with its misspelt words corrected; the same text if there are none."""
        text = unicodedata.normalize("NFKC", query)
        codes = list(self._corrected_codes(text))
        places = [range(start, end) for start, end, _ in codes]
        words = [word for word in self._corrected_words(text) if not any(word[0] in place for place in places)]
        if not codes and not words:
            return query
        for start, end, corrected in sorted([*codes, *words], reverse=True):
            text = text[:start] + corrected + text[end:]
        return text

    def _corrected_codes(self, text: str) -> Iterator[tuple[int, int, str]]:
        spaced = [WrittenWord(found[0], *found.span(), found[0]) for found in _SPACED_CODE.finditer(text)]
        taken = 0
        for code in sorted({*written_codes(text), *spaced}, key=lambda code: (code.start, -code.end)):
            if code.start < taken or self._vocabulary.find(code.text.lower()):
                continue
            spellings = [known for known in self._vocabulary.spelt_otherwise(fold(code.text)) if _may_join(code, known)]
            if spellings:
                best = max(spellings, key=lambda known: (known.n_passages, known.text)).text
                yield code.start, code.end, best.upper() if code.text.isupper() else best
                taken = code.end

    def _corrected_words(self, text: str) -> Iterator[tuple[int, int, str]]:
        words = list(written_words(text))
        unknown = [word for word in words if _may_be_corrected(word) and not self._is_known(word.text)]
        if not unknown or len(unknown) > _MAX_WORDS:
            return
        language = self._language_of(text)
        holds_names = not text.isupper() and not _is_title(words)
        for word in unknown:
            if holds_names and word.text.isupper() and len(word.text) <= _MAX_ACRONYM:
                continue
            is_name = holds_names and word.text[0].isupper() and not _OPENING.search(text[: word.start])
            best = self._nearest(word.text, language, is_name=is_name and language != _GERMAN)
            if best:
                is_common = self._is_right(best.text, language)
                yield word.start, word.end, _in_case_of(word.text, best, is_common=is_common)

    def _is_known(self, word: str) -> bool:
        lowered = word.lower()
        return lowered in FUNCTION_WORDS or self._holds(word)

    def _language_of(self, text: str) -> str:
        """Return the language of a question; the index's main one where English is a guess."""
        detected = detect_language_among(text, _LANGUAGES)
        is_guess = detected == _ENGLISH and _ENGLISH not in self._languages
        return self._languages[0] if is_guess and self._languages else detected

    def _is_right(self, word: str, language: str) -> bool:
        languages = dict.fromkeys([language, *self._languages[:1], _ENGLISH])
        return any(
            is_right(form, one) or (one in _COMPOUNDING and is_right_compound(form, one))
            for one in languages
            for form in {word, fold(word)}
        )

    def _nearest(self, word: str, language: str, *, is_name: bool) -> KnownWord | None:
        """Return the word of the documents that is meant by one that they do not hold."""
        typed = fold(word)
        respelt = None if is_name else self._respelt(word.lower())
        if respelt or word.lower() in _SHORT_FORMS or self._is_right(word.lower(), language):
            return respelt
        listed = listed_words_near(typed, language)
        if any(is_regional_spelling(typed, fold(other)) for other, _ in listed):
            # "Colour" is right though the list of words has "color".
            return None
        if len(typed) < _MIN_LETTERS:
            return _swapped_function_word(typed) if language == _ENGLISH else None
        meant = _Meant(
            typed=typed,
            language=language,
            is_foreign=is_name or language not in {*self._languages, _ENGLISH},
            is_frequent=is_one_token(word.lower()),
        )
        rare, found = self._candidates(typed, language)
        scored = sorted((score, known) for known in found if (score := self._score(meant, known)) is not None)
        if not scored or scored[0][1].text in rare:
            return None
        (best_score, best), others = scored[0], scored[1:]
        rivals = [score for score, known in others if not _is_same_word(known, best)]
        lead = _MIN_LEAD if len(typed) > _MIN_LETTERS else _MIN_LEAD_OF_SHORT
        return best if not rivals or rivals[0] - best_score >= lead else None

    def _respelt(self, word: str) -> KnownWord | None:
        """Return how the documents write a word itself: btree as b-tree, centre as center."""
        for place in range(1, len(word) - 1):
            compound = f"{word[:place]}-{word[place:]}"
            if self._holds_term(compound):
                return KnownWord(compound, 1, is_name=False)
        regional = [
            known
            for known in self._vocabulary.spelt_otherwise(fold(word))
            if is_regional_spelling(fold(word), fold(known.text))
        ]
        return max(regional, key=lambda known: (known.n_passages, known.text), default=None)

    def _candidates(self, typed: str, language: str) -> tuple[set[str], set[KnownWord]]:
        """Return the words that may be meant: of the documents, and listed ones one edit away.

        The first set has the rare words of the list, which are never chosen.
        """
        n_edits = 2 if len(typed) >= _MIN_LETTERS_FOR_TWO_EDITS else 1
        found = {*self._vocabulary.near(typed, n_edits), *self._vocabulary.spelt_otherwise(typed)}
        if language == _ENGLISH:
            near = are_near(typed, _FUNCTION_WORDS, 1)
            found |= {_as_known(word) for word, is_near in zip(_FUNCTION_WORDS, near, strict=True) if is_near}
        held = {known.text for known in found}
        if len(typed) == _MIN_LETTERS:
            return set(), found
        listed = [(word, is_common) for word, is_common in listed_words_near(typed, language) if word not in held]
        found |= {KnownWord(word, int(self._holds(word)), is_name=False) for word, _ in listed}
        return {word for word, is_common in listed if not is_common and not self._holds(word)}, found

    def _score(self, meant: "_Meant", known: KnownWord) -> float | None:
        """Return how unlikely a word is meant, lower is likelier; None if it cannot be."""
        word = fold(known.text)
        cost = typo_cost(meant.typed, word)
        is_listed = self._is_right(known.text, meant.language)
        if cost > _max_cost(meant, known):
            return None
        # A name of the documents that is no common word is not meant by another name.
        is_unsure = meant.is_foreign or (known.is_name and not is_listed)
        if (is_unsure and not is_variant(meant.typed, word)) or (meant.is_frequent and not is_listed):
            return None
        gain = _GAIN_OF_COUNT * log10(known.n_passages + 1) if known.n_passages else -_COST_OF_ABSENCE
        return cost - gain - _GAIN_OF_DICTIONARY * is_listed


@dataclass(frozen=True, slots=True)
class _Meant:
    """A word that no document holds.

    Attributes:
        typed: Folded.
        language: That of the query.
        is_foreign: Whether it is a name, or in a language that the documents are not in.
        is_frequent: Whether texts often hold it, though no dictionary does.
    """

    typed: str
    language: str
    is_foreign: bool
    is_frequent: bool


def _max_cost(meant: _Meant, known: KnownWord) -> float:
    """Return the dearest slip by which a known word may be meant; below 0 if it cannot be."""
    n_letters = len(meant.typed)
    if meant.language not in _WELL_KNOWN:
        word = fold(known.text)
        if word[-_ENDING:] != meant.typed[-_ENDING:]:
            return -1.0
        has_dropped = len(word) == n_letters + 1 and n_letters >= _MIN_LETTERS_OF_DROPPED
        return 1.0 if has_dropped else _MAX_COST_OF_SURE_SLIP
    is_function_word = meant.language == _ENGLISH and known.text in FUNCTION_WORDS
    is_short = n_letters == _MIN_LETTERS and meant.language != _ENGLISH
    is_absent = not known.n_passages
    if is_short or is_function_word or meant.is_frequent or (is_absent and n_letters < _MIN_LETTERS_OF_ABSENT):
        return _MAX_COST_OF_SLIP
    return 1.0 if is_absent else _MAX_COSTS.get(n_letters, _MAX_COST)


def _is_same_word(one: KnownWord, other: KnownWord) -> bool:
    """Tell whether two words are probably forms of one."""
    shorter, longer = sorted((fold(one.text), fold(other.text)), key=len)
    return longer.startswith(shorter[: max(_MIN_LETTERS, len(shorter) - 2)])


def _may_join(code: WrittenWord, known: KnownWord) -> bool:
    """Tell whether a code may be written as the documents do: "room 5" does not become room5."""
    letters, _, digits = code.text.partition(" ")
    if not digits or not known.text.isalnum():
        return True
    return code.text.isupper() or (len(letters) <= 2 and letters.lower() not in FUNCTION_WORDS)


def _may_be_corrected(word: WrittenWord) -> bool:
    """Tell whether a word is none of an address, a path or a name in code."""
    is_in_camel_case = not word.text[1:].islower() and not word.text.isupper()
    return bool(_PLAIN_COMPOUND.fullmatch(word.compound)) and not is_in_camel_case and not is_code(word.compound)


def _is_title(words: Sequence[WrittenWord]) -> bool:
    """Tell whether all longer words have capitals, as in a title."""
    longer = [word.text for word in words if len(word.text) >= _MIN_LETTERS]
    return len(longer) > 1 and all(word[0].isupper() for word in longer)


def _swapped_function_word(typed: str) -> KnownWord | None:
    """Return the only English function word that a short word has the letters of: "teh"."""
    meant = [one for one in _FUNCTION_WORDS if len(typed) > 2 and sorted(one) == sorted(typed)]
    return _as_known(meant[0]) if len(meant) == 1 else None


def _as_known(function_word: str) -> KnownWord:
    return KnownWord(function_word, _N_PASSAGES_OF_FUNCTION_WORDS, is_name=False)


def _in_case_of(typed: str, known: KnownWord, *, is_common: bool) -> str:
    if typed.isupper():
        return known.text.upper()
    has_capital = typed[0].isupper() or (known.is_name and not is_common)
    return known.text.capitalize() if has_capital else known.text
