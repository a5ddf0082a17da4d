"""Make an English sentence say more than its text: modifiers, clauses, halves of two sentences."""

from collections.abc import Sequence

from spacy.tokens import Doc, Span, Token

from training.english.edit import (
    find_child,
    find_subject,
    insert,
    leave_out,
    lower_unless_name,
    names_in,
    phrase,
    replace,
    replace_span,
    tidy,
    whole,
)
from training.english.stock import Change, Supplies
from training.english.words import BE_FORMS, DAYS, DAYS_IN_PLURAL, MONTHS, SAYING


def modifier(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Put an adjective before a noun that has none."""
    nouns = [
        token
        for token in sentence
        if token.pos_ == "NOUN"
        and token.i
        and sentence[token.i - 1].whitespace_
        and find_child(token, "amod", "compound") is None
    ]
    known = {one.lower_ for doc in (*context, sentence) for one in doc}
    words = [one for one in supplies.sample(supplies.stock.adjectives) if one not in known]
    if not nouns or not words:
        return None
    return "modifier", insert(sentence, supplies.draw.choice(nouns), supplies.draw.choice(words)), "not said"


def appositive(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Say who or what somebody or something is."""
    parts = [
        whole(token)
        for token in sentence
        if token.dep_ in {"nsubj", "nsubjpass", "dobj", "pobj"} and token.pos_ in {"PROPN", "NOUN"}
    ]
    parts = [one for one in parts if len(one) <= 6 and one.end < len(sentence) and _has_room_after(one)]
    words = supplies.sample(supplies.stock.appositives)
    if not parts or not words:
        return None
    part = supplies.draw.choice(parts)
    after = sentence[part.end :].text
    comma = "" if after[:1] in ".,;:" else ", "
    return "appositive", f"{sentence[: part.end].text}, {supplies.draw.choice(words)}{comma}{after}", "not said"


def _has_room_after(part: Span) -> bool:
    after = part.doc[part.end]
    return after.text in {".", ",", ";", ":"} or bool(part[-1].whitespace_)


def conjunct(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Add a second noun or name: "on Mondays and Tuesdays"."""
    tokens = [token for token in sentence if _can_be_joined(token, sentence)]
    if not tokens:
        return None
    token = supplies.draw.choice(tokens)
    others = _others_like(token, sentence, context, supplies)
    if not others:
        return None
    return "conjunct", replace(sentence, token, f"{token.text} and {supplies.draw.choice(others)}"), "not said"


def _can_be_joined(token: Token, sentence: Doc) -> bool:
    if token.pos_ not in {"NOUN", "PROPN"} or token.conjuncts or token.dep_ not in {"dobj", "pobj", "nsubj", "attr"}:
        return False
    if token.dep_ == "nsubj" and (token.head.tag_ != "VBD" or token.head.lower_ in BE_FORMS):
        # Two subjects would need another form of the verb.
        return False
    return token.i + 1 == len(sentence) or sentence[token.i + 1].pos_ not in {"NOUN", "PROPN", "PART"}


def _others_like(token: Token, sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> list[str]:
    for members in (DAYS, DAYS_IN_PLURAL, MONTHS):
        if token.text in members:
            return [one for one in members if one not in sentence.text]
    stock = supplies.stock
    if not token.ent_type_:
        return [one for one in supplies.sample(stock.nouns.get(token.tag_, [])) if one not in sentence.text]
    near = [one.text for doc in context for one in names_in(doc) if one.label_ == token.ent_type_]
    far = supplies.sample(stock.names.get(token.ent_type_, []))
    new = [one for one in near if one not in sentence.text]
    return new or [one for one in far if one not in sentence.text]


def tail(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Add a phrase or clause of another document at the end."""
    words = supplies.sample(supplies.stock.tails)
    text = sentence.text.rstrip(" .;")
    if not words or not text[-1:].isalnum():
        return None
    added = supplies.draw.choice(words)
    if added in " ".join(doc.text for doc in (*context, sentence)):
        return None
    comma = "," if added.split()[0] in {"which", "who", "where", "because", "while", "although"} else ""
    end = "." if sentence.text.rstrip().endswith(".") else ""
    return "clause added", f"{text}{comma} {added}{end}", "not said"


def without_condition(sentence: Doc, _context: Sequence[Doc], _supplies: Supplies) -> Change | None:
    """Leave out a condition or an exception."""
    for token in sentence:
        is_condition = token.dep_ == "mark" and token.lower_ in {"if", "unless", "provided"}
        if is_condition or (token.lower_ in {"except", "only"} and token.dep_ in {"prep", "advmod"}):
            part = whole(token.head if is_condition else token)
            if len(part) < len(sentence) - 4:
                return "condition dropped", tidy(leave_out(sentence, part)), "not said"
    return None


def halves(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Give the subject of this sentence the predicate of another."""
    mine = find_subject(sentence)
    others = [(doc, subject) for doc in context if (subject := find_subject(doc)) is not None]
    if mine is None or not others or mine.root.pos_ == "PRON":
        return None
    other, subject = supplies.draw.choice(others)
    if subject.text.lower() == mine.text.lower() or subject.root.pos_ == "PRON":
        return None
    if subject.root.tag_ != mine.root.tag_:
        return None
    return "halves", f"{mine.text} {other[subject.end :].text}", "not said"


def attribution(sentence: Doc, context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Say that another said it, or name a source where the text has none."""
    near = [
        one.text
        for doc in context
        for one in names_in(doc)
        if one.label_ in {"PERSON", "ORG"} and one.text not in sentence.text
    ]
    for verb in sentence:
        subject = find_child(verb, "nsubj") if verb.lemma_ in SAYING else None
        if subject is not None and near:
            return "attribution", replace_span(sentence, phrase(subject), supplies.draw.choice(near)), "contradicted"
    names = near or supplies.sample(supplies.stock.names.get("PERSON", []))
    if not names or supplies.draw.random() > 0.4:
        return None
    return "attribution", f"According to {supplies.draw.choice(names)}, {lower_unless_name(sentence)}", "not said"
