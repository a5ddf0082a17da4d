"""A judge for tests that compares words: small, fast, and easy to foresee."""

from dataclasses import dataclass

from rag.text.stemming import stem
from rag.text.tools import Judgement
from rag.text.words import is_found, split_words

_SAYS, _DENIES, _SILENT = Judgement(0.97, 0.01, 0.02), Judgement(0.02, 0.95, 0.03), Judgement(0.02, 0.03, 0.95)
_UNSURE = Judgement(0.4, 0.1, 0.5)


@dataclass(frozen=True, slots=True)
class WordJudge:
    """Takes a statement for said if the text has its words, and for denied if one of both says "not"."""

    languages: frozenset[str] = frozenset({"en"})

    def reads(self, language: str) -> bool:
        return language in self.languages

    def judge_statement(self, text: str, statement: str) -> Judgement:
        texts, statements = split_words(text, stem), split_words(statement, stem)
        known = {part for word in texts for part in (word.stem, word.meaning)}
        content = [word for word in statements if word.is_content and not word.is_negation]
        missing = [word for word in content if not is_found(word.meaning, known)]
        if len(missing) > len(content) / 2:
            return _SILENT
        if sum(word.is_negation for word in texts) != sum(word.is_negation for word in statements):
            return _DENIES
        if any(word.number or word.is_name for word in missing):
            return _DENIES
        return _UNSURE if missing else _SAYS

    def judge_answer(self, text: str, question: str) -> float:
        known = {word.stem for word in split_words(text, stem)}
        words = [word for word in split_words(question, stem) if word.is_content]
        return sum(is_found(word.stem, known) for word in words) / len(words) if words else 0.5
