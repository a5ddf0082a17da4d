"""Say a query with the other form of an abbreviation that the documents define.

"How long is the MFA token valid?" also asks for the token of "multi-factor authentication".
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.text.spelling.abbreviations import Definition
from rag.text.spelling.dictionary import is_right
from rag.text.words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+(?:[-&/.'’][^\W_]+)*")
_SEPARATORS = re.compile(r"[\s-]+")
# A query is said in at most so many other ways.
_MAX_OTHER_FORMS = 3
_MAX_LONG_FORMS = 2
_MAX_WORDS = 10


class OtherForms:
    """The abbreviations of one index version."""

    def __init__(self, n_passages: Mapping[Definition, int]) -> None:
        """Take how many passages hold each definition; the frequent ones count first."""
        by_frequency = sorted(n_passages, key=lambda definition: (-n_passages[definition], definition))
        self._longs_by_short: dict[str, list[str]] = {}
        self._short_by_long: dict[str, str] = {}
        for short, long in by_frequency:
            longs = self._longs_by_short.setdefault(short, [])
            if _key(long) not in map(_key, longs):
                longs.append(long)
            self._short_by_long.setdefault(_key(long), short)
        self._shorts_by_lowered: dict[str, str] = {}
        for short in self._longs_by_short:
            self._shorts_by_lowered.setdefault(short.lower(), short)

    def of(self, query: str) -> list[str]:
        """Return the query in up to three other forms; none if it has both forms already."""
        if not self._longs_by_short:
            return []
        words = list(_WORD.finditer(query))
        forms = [*self._with_long_forms(query, words), *self._with_short_forms(query, words)]
        return list(dict.fromkeys(forms))[:_MAX_OTHER_FORMS]

    def _with_long_forms(self, query: str, words: Sequence[re.Match[str]]) -> Iterator[str]:
        said = _key(query)
        for word in words:
            short = self._short_of(word[0])
            for long in self._longs_by_short.get(short or "", [])[:_MAX_LONG_FORMS]:
                if _key(long) not in said:
                    yield query[: word.start()] + long + query[word.end() :]

    def _with_short_forms(self, query: str, words: Sequence[re.Match[str]]) -> Iterator[str]:
        known = {self._short_of(word[0]) for word in words}
        first = 0
        while first < len(words):
            for last in range(min(first + _MAX_WORDS, len(words)) - 1, first - 1, -1):
                start, end = words[first].start(), words[last].end()
                short = self._short_by_long.get(_key(query[start:end]))
                if short and short not in known:
                    yield query[:start] + short + query[end:]
                    first = last
                    break
            first += 1

    def _short_of(self, word: str) -> str | None:
        """Return the abbreviation that a word is; "it" and "who" are none, IT and WHO are."""
        for form in (word, word.removesuffix("s")):
            if form in self._longs_by_short:
                return form
            lowered = form.lower()
            short = self._shorts_by_lowered.get(lowered)
            if short and lowered not in FUNCTION_WORDS and not is_right(lowered, "en"):
                return short
        return None


def _key(long: str) -> str:
    """Return what a long form has in common with its plural and with other hyphens."""
    return _SEPARATORS.sub(" ", long.lower()).strip().removesuffix("s")
