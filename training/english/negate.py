"""Make an English sentence false: its negation, its scope and its modal verbs."""

from collections.abc import Sequence

from lemminflect import getInflection
from spacy.tokens import Doc, Token

from training.english.edit import find_child, insert, is_plural, phrase, rebuild, replace, upper_first
from training.english.stock import Change, Supplies
from training.english.words import AUXILIARIES, HEDGES, MODAL_CHANGES, SCOPES

_DO_TAGS = {"did": "VBD", "does": "VBZ", "do": "VBP"}
_TAG_DO = {tag: do for do, tag in _DO_TAGS.items()}
_WHOLE_FORMS = {"ca": "can", "wo": "will", "sha": "shall"}


def negation(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Drop a negation; where there is none, add one."""
    negations = [
        token
        for token in sentence
        if token.dep_ == "neg" and token.lower_ in {"not", "n't", "never"} and _next_word(token) != "only"
    ]
    if negations:
        return "negation dropped", _drop_negation(sentence, supplies.draw.choice(negations)), "contradicted"
    for token in sentence:
        if token.lower_ == "no" and token.dep_ == "det":
            return "negation dropped", replace(sentence, token, "some"), "contradicted"
    places = [
        token
        for token in sentence
        if (token.dep_ in {"aux", "auxpass"} or token.pos_ == "AUX") and token.lower_ in AUXILIARIES
    ]
    if places:
        return "negation added", _negate_auxiliary(sentence, supplies.draw.choice(places), supplies), "contradicted"
    verbs = [token for token in sentence if token.tag_ in _TAG_DO and token.dep_ in {"ROOT", "conj", "relcl"}]
    if not verbs:
        return None
    return "negation added", _negate_verb(sentence, supplies.draw.choice(verbs)), "contradicted"


def _next_word(token: Token) -> str:
    return token.doc[token.i + 1].lower_ if token.i + 1 < len(token.doc) else ""


def _drop_negation(sentence: Doc, token: Token) -> str:
    changes = {token.i: ""}
    before = sentence[token.i - 1] if token.i else None
    if before is not None and before.lower_ in _DO_TAGS and before.dep_ == "aux":
        # "did not open" becomes "opened", "does not" without a verb "does".
        inflected = getInflection(token.head.lemma_, tag=_DO_TAGS[before.lower_]) if token.head.tag_ == "VB" else ()
        if inflected and token.head.i > token.i:
            changes |= {before.i: "", token.head.i: inflected[0]}
    elif before is not None and not before.whitespace_:
        changes[before.i] = _WHOLE_FORMS.get(before.lower_, before.text)
    if before is not None and changes.get(before.i, before.text) and not before.whitespace_:
        changes[before.i] = changes.get(before.i, before.text) + token.whitespace_
    text = rebuild(sentence, changes)
    return upper_first(text) if sentence.text[:1].isupper() else text


def _negate_auxiliary(sentence: Doc, token: Token, supplies: Supplies) -> str:
    word = "never" if token.lower_ not in _DO_TAGS and supplies.draw.random() < 0.2 else "not"
    place = token
    # In a question the subject comes between: "Is the archive not open?"
    for part in sentence.noun_chunks if sentence[-1].text == "?" else ():
        if part.start == token.i + 1 and part.end < len(sentence) - 1:
            place = part[-1]
    gap = "" if place.whitespace_ else " "
    return replace(sentence, place, f"{place.text} {word}{gap if _next_word(place).isalpha() else ''}")


def _negate_verb(sentence: Doc, verb: Token) -> str:
    do = _TAG_DO[verb.tag_]
    before = sentence[verb.i - 1] if verb.i else None
    if before is not None and before.dep_ == "advmod" and before.head == verb:
        return rebuild(sentence, {before.i: f"{do} not {before.text}", verb.i: verb.lemma_})
    return replace(sentence, verb, f"{do} not {verb.lemma_}")


def scope(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Change how many or how much a statement is about."""
    text, draw = sentence.text, supplies.draw
    found = [(match, new) for pattern, new in SCOPES for match in pattern.finditer(text)]
    if found and draw.random() < 0.8:
        match, new = draw.choice(found)
        new = new if match.group()[0].islower() else upper_first(new)
        return "scope", text[: match.start()] + new + text[match.end() :], "contradicted"
    nouns = [
        token
        for token in sentence
        if token.tag_ == "NNS"
        and token.dep_ in {"nsubj", "dobj", "nsubjpass", "pobj"}
        and find_child(token, "det", "nummod", "poss") is None
        and not any(one.lower_ in {"most", "many", "few", "several", "other", "more"} for one in token.children)
    ]
    if not nouns:
        return _bound_number(sentence, supplies)
    word = draw.choice(("all", "only", "most", "all", "no"))
    new = insert(sentence, phrase(draw.choice(nouns))[0], word)
    return "scope", new, "contradicted" if word == "no" else "not said"


def _bound_number(sentence: Doc, supplies: Supplies) -> Change | None:
    """Say "at least 5" for "5"."""
    numbers = [
        token
        for token in sentence
        if token.like_num and token.dep_ == "nummod" and (not token.i or _can_be_bound(sentence[token.i - 1]))
    ]
    if not numbers:
        return None
    number = supplies.draw.choice(numbers)
    word = supplies.draw.choice(("at least", "at most", "only", "more than", "up to", "fewer than"))
    text = number.text if number.i else number.text.lower()
    return "scope", replace(sentence, number, f"{word} {text}"), "not said"


def _can_be_bound(before: Token) -> bool:
    is_bound = before.lower_ in {"than", "least", "most", "about", "to", "over", "under"}
    return bool(before.whitespace_) and not is_bound and before.pos_ not in {"DET", "ADV", "SYM", "NUM"}


def modality(sentence: Doc, _context: Sequence[Doc], supplies: Supplies) -> Change | None:
    """Say for certain what is only possible, or the other way round."""
    hedges = [token for token in sentence if token.lower_ in HEDGES and token.pos_ == "ADV"]
    if hedges and supplies.draw.random() < 0.5:
        return "modality", replace(sentence, supplies.draw.choice(hedges), "certainly"), "not said"
    modals = [token for token in sentence if token.lower_ in MODAL_CHANGES and token.dep_ == "aux"]
    modals = [token for token in modals if find_child(token.head, "neg") is None]
    for token in modals:
        text = _as_fact(sentence, token)
        if text is not None and supplies.draw.random() < 0.5:
            return "modality", text, "not said"
    if modals:
        token = supplies.draw.choice(modals)
        new = supplies.draw.choice(MODAL_CHANGES[token.lower_])
        return "modality", replace(sentence, token, new), "contradicted" if "not" in new else "not said"
    return _carry_out(sentence)


def _as_fact(sentence: Doc, modal: Token) -> str | None:
    """Return "closes" for "may close"."""
    verb = modal.head
    if modal.lower_ not in {"may", "might", "can", "could", "should"} or verb.tag_ != "VB":
        return None
    if verb.i != modal.i + 1 or verb.lemma_ == "be":
        return None
    subject = find_child(verb, "nsubj")
    inflected = getInflection(verb.lemma_, tag="VBP" if subject is not None and is_plural(subject) else "VBZ")
    return rebuild(sentence, {modal.i: "", verb.i: inflected[0]}) if inflected else None


def _carry_out(sentence: Doc) -> Change | None:
    """Return "closes" for "plans to close"."""
    for verb in sentence:
        plan = verb.head
        if verb.dep_ != "xcomp" or verb.tag_ != "VB" or plan.tag_ not in {"VBD", "VBZ"} or plan.i != verb.i - 2:
            continue
        inflected = getInflection(verb.lemma_, tag=plan.tag_)
        if sentence[verb.i - 1].lower_ == "to" and inflected:
            return "modality", rebuild(sentence, {plan.i: "", verb.i - 1: "", verb.i: inflected[0]}), "not said"
    return None
