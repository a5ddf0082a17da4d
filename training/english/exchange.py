"""Make an English sentence false: exchange a number, a name or a word, or two parts."""

import re
from collections.abc import Sequence

from lemminflect import getInflection
from spacy.tokens import Doc, Span, Token

from training.english.edit import is_plural, names_in, phrase, replace, replace_span, swap
from training.english.stock import Change, Supplies
from training.english.words import BOUND_TO, DAYS, DAYS_IN_PLURAL, MONTHS, NUMBER_WORDS, NUMERIC_LABELS, ORDERS, UNITS

_ORDINAL_ENDINGS = {"1": "st", "2": "nd", "3": "rd"}
_RARELY_CHANGED = frozenset(("to", "from", "with", "over"))


def number(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a number; one in digits if there is one."""
    draw = supplies.draw
    numbers = [token for token in sentence if _has_digits(token)]
    words = [token for token in sentence if token.lower_ in NUMBER_WORDS[1:] and token.pos_ == "NUM"]
    if not numbers and not words:
        return None
    token = draw.choice(numbers or words)
    if not numbers:
        other = draw.choice([one for one in NUMBER_WORDS[1:] if one != token.lower_])
        return "number", replace(sentence, token, other), "contradicted"
    near = [
        one.text
        for doc in (*context, sentence)
        for one in doc
        if _has_digits(one) and one.text != token.text and len(one.text) == len(token.text)
    ]
    other = draw.choice(near) if near and draw.random() < 0.6 else _other_number(token.text, supplies)
    return "number", replace(sentence, token, other), "contradicted"


def _has_digits(token: Token) -> bool:
    return token.like_num and token.text[0].isdigit()


def _other_number(text: str, supplies: Supplies) -> str:
    i = supplies.draw.choice([i for i, character in enumerate(text) if character.isdigit()])
    changed = text[:i] + supplies.draw.choice([one for one in "123456789" if one != text[i]]) + text[i + 1 :]
    return re.sub(r"(\d+)(?:st|nd|rd|th)$", lambda match: match[1] + _ordinal_ending(match[1]), changed)


def _ordinal_ending(digits: str) -> str:
    return "th" if digits[-2:] in {"11", "12", "13"} else _ORDINAL_ENDINGS.get(digits[-1], "th")


def unit(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change the unit behind a number."""
    found = [
        (token, units)
        for token in sentence
        for units in UNITS
        if token.i and token.text in units and sentence[token.i - 1].like_num
    ]
    return _change_member(sentence, found, "unit", supplies)


def date(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a month or a day of the week."""
    found = [
        (token, names)
        for token in sentence
        for names in (MONTHS, DAYS, DAYS_IN_PLURAL)
        if token.text in names and (token.text not in {"May", "March"} or token.pos_ == "PROPN")
    ]
    return _change_member(sentence, found, "date", supplies)


def _change_member(
    sentence: Doc, found: Sequence[tuple[Token, tuple[str, ...]]], kind: str, supplies: Supplies
) -> Change | None:
    if not found:
        return None
    token, members = supplies.draw.choice(found)
    other = supplies.draw.choice([one for one in members if one != token.text])
    return kind, replace(sentence, token, other), "contradicted"


def name(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a name to one of the same kind, more often one of the same text."""
    names = names_in(sentence)
    if not names:
        return None
    chosen = supplies.draw.choice(names)
    known = {token.lower_ for token in sentence}
    near = [
        one.text
        for doc in context
        for one in names_in(doc)
        # Another form of a name in the sentence would not be another name.
        if one.label_ == chosen.label_ and not any(token.lower_ in known and token.is_alpha for token in one)
    ]
    far = [one for one in supplies.sample(supplies.stock.names.get(chosen.label_, [])) if one not in sentence.text]
    others = near if near and (supplies.draw.random() < 0.75 or not far) else far
    if not others:
        return None
    return "name", replace_span(sentence, chosen, supplies.draw.choice(others)), "contradicted"


def opposite(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a word to its antonym."""
    found = []
    for token in sentence:
        if token.is_stop or not token.text.islower():
            continue
        others = supplies.wordnet.antonyms.get((token.pos_, token.lemma_.lower()), ())
        found += [(token, other) for other in others if " " not in other]
    if not found:
        return None
    token, other = supplies.draw.choice(found)
    inflected = getInflection(other, tag=token.tag_)
    return "opposite", replace(sentence, token, inflected[0] if inflected else other), "contradicted"


def roles(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Let two names, or a subject and an object, change places."""
    names = names_in(sentence)
    pairs = [(one, other) for verb in sentence for one, other in _partners(verb)]
    pairs += [(one, other) for i, one in enumerate(names) for other in names[i + 1 :] if one.label_ == other.label_] * 2
    pairs = [(one, other) for one, other in pairs if _can_swap(one, other)]
    return ("roles", swap(sentence, *supplies.draw.choice(pairs)), "contradicted") if pairs else None


def _partners(verb: Token) -> list[tuple[Span, Span]]:
    """Return the subject of a verb with each of its objects."""
    subjects = [one for one in verb.children if one.dep_ in {"nsubj", "nsubjpass"} and one.pos_ != "PRON"]
    # "The capital is Paris" says the same the other way round: no `attr`.
    objects = [one for one in verb.children if one.dep_ == "dobj" and one.pos_ != "PRON"]
    for prep in verb.children:
        if prep.dep_ in {"prep", "agent"}:
            objects += [one for one in prep.children if _is_thing(one)]
    return [(phrase(one), phrase(other)) for one in subjects for other in objects]


def _is_thing(token: Token) -> bool:
    return token.dep_ == "pobj" and token.pos_ in {"PROPN", "NOUN"} and token.ent_type_ not in NUMERIC_LABELS


def _can_swap(one: Span, other: Span) -> bool:
    """Return whether the two stand apart, agree in number and differ in meaning."""
    if one.end > other.start or one.text.lower() == other.text.lower():
        return False
    # "A and B met" says the same as "B and A met".
    return other.root not in list(one.root.conjuncts) and is_plural(one.root) == is_plural(other.root)


def order(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a word of time, place or direction to its opposite."""
    found = [token for token in sentence if token.lower_ in ORDERS and token.pos_ in {"ADP", "SCONJ", "ADJ", "ADV"}]
    found = [token for token in found if not _is_bound(token)]
    found = [token for token in found if token.lower_ not in _RARELY_CHANGED or supplies.draw.random() < 0.3]
    if not found:
        return None
    token = supplies.draw.choice(found)
    return "order", replace(sentence, token, ORDERS[token.lower_]), "contradicted"


def _is_bound(token: Token) -> bool:
    """Return whether a word cannot be exchanged alone: "due to", "from … to"."""
    if token.lower_ not in {"to", "from"}:
        return False
    both = {"to", "from"} <= {one.lower_ for one in token.doc if one.pos_ == "ADP"}
    return both or token.i == 0 or token.doc[token.i - 1].lower_ in BOUND_TO


def noun(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a noun to another."""
    return _change_word(sentence, context, supplies, part="NOUN")


def verb(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change a verb to another."""
    return _change_word(sentence, context, supplies, part="VERB")


def _change_word(sentence: Doc, context: Sequence[Doc], supplies: Supplies, *, part: str) -> Change | None:
    stock = supplies.stock.nouns if part == "NOUN" else supplies.stock.verbs
    tokens = [token for token in sentence if token.pos_ == part and token.text.isalpha() and token.text.islower()]
    if not tokens:
        return None
    token = supplies.draw.choice(tokens)
    near = [
        one.text
        for doc in (*context, sentence)
        for one in doc
        if one.tag_ == token.tag_ and one.text.islower() and one.lemma_ != token.lemma_ and one.pos_ == part
    ]
    far = [one for one in supplies.sample(stock.get(token.tag_, [])) if one != token.text]
    others = near if near and supplies.draw.random() < 0.6 else far
    return (part.lower(), replace(sentence, token, supplies.draw.choice(others)), "not said") if others else None
