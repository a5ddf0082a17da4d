"""Change English sentences: so that they still say the same, or so that one thing is false."""

import random
from collections.abc import Iterator, Sequence

import spacy
from spacy.tokens import Doc

from training.english import add, exchange, negate, rewrite
from training.english.edit import is_balanced, lower_unless_name, mend, tidy
from training.english.stock import Change, Stock, Supplies
from training.wordnet import WordNet

_FALSE = (
    *(exchange.number, exchange.unit, exchange.date, exchange.name, negate.negation, exchange.opposite),
    *(exchange.roles, negate.scope, negate.modality, exchange.order, exchange.noun, exchange.verb),
    *(add.modifier, add.appositive, add.conjunct, add.tail, add.without_condition, add.halves, add.attribution),
)
_SAME = (
    *(rewrite.drop, rewrite.clause, rewrite.voice, rewrite.synonym),
    *(rewrite.front, rewrite.numeral, rewrite.date_form),
)


class Changer:
    """Changes sentences; every choice comes from the given random numbers."""

    def __init__(self, nlp: spacy.Language, wordnet: WordNet, stock: Stock, draw: random.Random) -> None:
        self.nlp = nlp
        self.draw = draw
        self._supplies = Supplies(wordnet, stock, draw)

    def falsify(self, sentence: Doc, context: Sequence[Doc]) -> Iterator[Change]:
        """Yield changes that make a sentence false or unsupported.

        Args:
            context: The other sentences of its text; names and numbers are taken from them first.
        """
        old = sentence.text.strip()
        for change in _FALSE:
            found = change(sentence, context, self._supplies)
            if found is None:
                continue
            kind, text, label = found
            new = mend(text, old)
            if new != old and (is_balanced(new) or not is_balanced(old)):
                yield kind, new, label

    def rewrite(self, sentence: Doc) -> Iterator[str]:
        """Yield sentences that say the same or a part of it."""
        old = sentence.text.strip()
        for change in _SAME:
            found = change(sentence, self._supplies)
            if found and found.strip() != old and is_balanced(found):
                yield tidy(mend(found, old))

    def join(self, one: Doc, other: Doc) -> str | None:
        """Return two sentences as one."""
        if len(one) > 22 or len(other) > 22 or other[0].pos_ == "PRON" or other[0].dep_ in {"mark", "advmod", "cc"}:
            return None
        if not one.text.rstrip().endswith("."):
            return None
        word = self.draw.choice((", and ", "; ", ", while ", " and "))
        return one.text.rstrip(" .") + word + lower_unless_name(other)
