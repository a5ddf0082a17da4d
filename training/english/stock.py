"""The stock of words and phrases that false sentences are made with."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from spacy.tokens import Doc, Token

from training.english.edit import is_balanced, names_in, whole
from training.pair import Label
from training.wordnet import WordNet

# The name of the kind of change, the new sentence and its label.
Change = tuple[str, str, Label]


@dataclass(slots=True)
class Stock:
    """Words and phrases of the training documents.

    Attributes:
        nouns, verbs: By their tag.
        names: By the kind of name.
        tails: Clauses and phrases that stood behind a verb or a noun.
    """

    adjectives: list[str] = field(default_factory=list)
    nouns: dict[str, list[str]] = field(default_factory=dict)
    verbs: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    tails: list[str] = field(default_factory=list)
    appositives: list[str] = field(default_factory=list)

    def add(self, doc: Doc) -> None:
        """Add what a parsed sentence has."""
        for token in doc:
            self._add_word(token)
            self._add_part(token)
        for name in names_in(doc):
            self.names.setdefault(name.label_, []).append(name.text)

    def _add_word(self, token: Token) -> None:
        if not (token.text.isalpha() and token.text.islower()):
            return
        if token.dep_ == "amod":
            self.adjectives.append(token.text)
        elif token.pos_ == "NOUN":
            self.nouns.setdefault(token.tag_, []).append(token.text)
        elif token.pos_ == "VERB":
            self.verbs.setdefault(token.tag_, []).append(token.text)

    def _add_part(self, token: Token) -> None:
        if token.dep_ not in {"advcl", "prep", "relcl", "appos"}:
            return
        part = whole(token)
        text = part.text.strip(" .,;")
        if not is_balanced(text) or '"' in text:
            return
        if token.dep_ == "appos":
            if part[0].lower_ in {"the", "a", "an"} and len(part) <= 8:
                self.appositives.append(text.strip("()"))
        elif token.head.pos_ in {"VERB", "NOUN", "AUX"} and 4 <= len(part) <= 12 and part.start > token.head.i:
            self.tails.append(text)


@dataclass(frozen=True, slots=True)
class Supplies:
    """What changes are made with; every choice comes from `draw`."""

    wordnet: WordNet
    stock: Stock
    draw: random.Random

    def sample(self, words: Sequence[str]) -> list[str]:
        """Return six words, which may repeat, or none if there are none."""
        return [self.draw.choice(words) for _ in range(6)] if words else []
