"""Change an English sentence so that it still says the same, or a part of it."""

import re

from lemminflect import getInflection
from spacy.tokens import Doc, Span, Token

from training.english.edit import (
    find_child,
    find_root,
    find_subject,
    is_plural,
    leave_out,
    lower_unless_name,
    rebuild,
    replace,
    upper_first,
    whole,
)
from training.english.stock import Supplies
from training.english.words import BE_FORMS, CONDITIONS, MONTHS, NUMBER_WORDS

# A part that begins with one of these changes what the rest says.
_WEIGHTY = CONDITIONS | {"except", "without", "only", "despite", "unlike", "according", "until", "in case"}
# Verbs in these forms are inflected like their synonyms' lemmas.
_PLAIN_TAGS = frozenset(("NN", "JJ", "RB", "VB", "VBP"))
_MONTH = "|".join(MONTHS)
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}}), (\d{{4}})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b")


def drop(sentence: Doc, supplies: Supplies) -> str | None:
    """Leave out a parenthesis, an appositive, a relative clause or an adverbial."""
    parts = [whole(token) for token in sentence if _is_droppable(token, sentence)]
    return leave_out(sentence, supplies.draw.choice(parts)).strip() if parts else None


def _is_droppable(token: Token, sentence: Doc) -> bool:
    part = whole(token)
    if not 1 < len(part) < len(sentence) - 4:
        return False
    if token.dep_ in {"appos", "relcl"}:
        return part.start > 0 and sentence[part.start - 1].text in {",", "("}
    # What follows the verb at once is mostly something that it needs: "consists of".
    is_adverbial = token.dep_ in {"prep", "advcl", "npadvmod"} and token.head.dep_ == "ROOT"
    if not is_adverbial or part.start == token.head.i + 1 or _is_negated(sentence):
        return False
    return not any(one.lower_ in _WEIGHTY for one in part[:3])


def _is_negated(sentence: Doc) -> bool:
    return any(token.dep_ == "neg" or token.lower_ in {"no", "never", "only", "none"} for token in sentence)


def clause(sentence: Doc, supplies: Supplies) -> str | None:
    """Take one of two joined clauses, or a relative clause with what it is about."""
    found = [*_joined_clauses(sentence), *_relative_clauses(sentence)]
    found = [re.sub(r"[,\s]*\b(?:and|or|but)$", "", one.rstrip(" ,;")) for one in found if len(one.split()) > 3]
    return upper_first(supplies.draw.choice(found)).rstrip(" ,;.") + "." if found else None


def _joined_clauses(sentence: Doc) -> list[str]:
    found, subject = [], find_subject(sentence)
    for token in sentence:
        root = token.head
        if token.dep_ != "conj" or root.dep_ != "ROOT" or token.pos_ not in {"VERB", "AUX"}:
            continue
        # Of two that are joined by "or" neither is said.
        if any(one.lower_ in {"or", "nor"} for one in root.children):
            continue
        part = whole(token)
        if find_child(token, "nsubj", "nsubjpass", "expl") is not None:
            found.append(part.text)
        elif subject is not None and find_child(root, "neg") is None:
            found.append(" ".join((subject.text, *_shared_auxiliaries(root, token), part.text)))
        found.append(sentence[: part.start].text)
    return found


def _shared_auxiliaries(root: Token, other: Token) -> list[str]:
    """Return "was" for "was built and destroyed"."""
    if find_child(other, "aux", "auxpass") is not None or other.tag_ not in {"VBN", "VBG", "VB"}:
        return []
    return [one.text for one in root.children if one.dep_ in {"aux", "auxpass"} and one.i < root.i]


def _relative_clauses(sentence: Doc) -> list[str]:
    if _is_negated(sentence):
        return []
    found = []
    for token in sentence:
        if token.dep_ != "relcl" or token.left_edge.lower_ not in {"which", "who"}:
            continue
        subject = find_child(token, "nsubj", "nsubjpass")
        if subject is not None and subject.i == token.left_edge.i:
            head = sentence[token.head.left_edge.i : token.head.i + 1]
            found.append(f"{head.text} {sentence[subject.i + 1 : token.right_edge.i + 1].text}")
    return found


def voice(sentence: Doc, _supplies: Supplies) -> str | None:
    """Turn active into passive, or passive with an agent into active."""
    root = find_root(sentence)
    if root is None or root.pos_ != "VERB" or find_child(root, "neg", "conj", "prt", "advmod") is not None:
        return None
    subject = find_child(root, "nsubj", "nsubjpass")
    if subject is None or subject.pos_ == "PRON" or whole(subject).end > root.i or whole(subject).start:
        return None
    thing, agent = find_child(root, "dobj"), find_child(root, "agent")
    auxiliaries = [one for one in root.children if one.dep_ in {"aux", "auxpass"}]
    if thing is not None and not auxiliaries:
        return _as_passive(sentence, root, whole(subject), thing)
    if agent is not None and len(auxiliaries) == 1 and auxiliaries[0].lower_ in BE_FORMS:
        return _as_active(sentence, root, whole(subject), agent, is_past=auxiliaries[0].lower_ in {"was", "were"})
    return None


def _as_passive(sentence: Doc, root: Token, doer: Span, thing: Token) -> str | None:
    participle, other = getInflection(root.lemma_, tag="VBN"), whole(thing)
    if not participle or root.tag_ not in {"VBD", "VBZ"}:
        return None
    if thing.pos_ not in {"NOUN", "PROPN"} or other.start < root.i:
        return None
    be = {"VBD": ("was", "were"), "VBZ": ("is", "are")}[root.tag_][is_plural(thing)]
    rest, by = _rest_of(sentence, root.i + 1, other.start, other.end), f"by {lower_unless_name(doer)}"
    ending = f"{rest} {by}" if len(rest.split()) < 5 else f"{by} {rest}"
    return f"{upper_first(other.text)} {be} {participle[0]} {ending}{_end_of(sentence)}"


def _as_active(sentence: Doc, root: Token, thing: Span, agent: Token, *, is_past: bool) -> str | None:
    doer = find_child(agent, "pobj")
    if doer is None or doer.pos_ == "PRON":
        return None
    present = "VBP" if is_plural(doer) else "VBZ"
    verb, other = getInflection(root.lemma_, tag="VBD" if is_past else present), whole(doer)
    if not verb:
        return None
    rest = _rest_of(sentence, root.i + 1, agent.i, other.end)
    return f"{upper_first(other.text)} {verb[0]} {lower_unless_name(thing)} {rest}{_end_of(sentence)}"


def _rest_of(sentence: Doc, start: int, gap: int, after: int) -> str:
    return f"{sentence[start:gap].text} {sentence[after:].text}".strip(" .")


def _end_of(sentence: Doc) -> str:
    return sentence[-1].text if sentence[-1].text in {".", "!"} else "."


def synonym(sentence: Doc, supplies: Supplies) -> str | None:
    """Exchange one or two words for synonyms."""
    found = []
    for token in sentence:
        others = supplies.wordnet.synonyms.get((token.pos_, token.lemma_.lower()), ())
        if others and token.text.islower() and not token.is_stop and not token.ent_type_:
            found.append((token, others))
    changes = {}
    for token, others in supplies.draw.sample(found, min(len(found), supplies.draw.choice((1, 1, 2)))):
        other = supplies.draw.choice(others)
        inflected = (other,) if token.tag_ in _PLAIN_TAGS else getInflection(other, tag=token.tag_)
        if inflected:
            changes[token.i] = inflected[0]
    return rebuild(sentence, changes) if changes else None


def front(sentence: Doc, _supplies: Supplies) -> str | None:
    """Move an adverbial or a clause to the other end of the sentence."""
    for token in sentence:
        part = whole(token)
        if token.dep_ not in {"prep", "advcl"} or token.head.dep_ != "ROOT" or not 2 < len(part) < len(sentence) - 4:
            continue
        if part.start == 0 and sentence[part.end].text == ",":
            rest = sentence[part.end + 1 :].text.rstrip(" .")
            return f"{upper_first(rest)} {lower_unless_name(part)}."
        if part.end >= len(sentence) - 1 and part.start > 3 and token.dep_ == "advcl":
            rest = lower_unless_name(sentence[: part.start]).rstrip(" ,")
            return f"{upper_first(part.text).rstrip(' .')}, {rest}."
    return None


def numeral(sentence: Doc, _supplies: Supplies) -> str | None:
    """Write a small number in letters or digits, or a sign for percent as a word."""
    for token in sentence:
        if token.text.isdecimal() and 0 < int(token.text) <= 12 and token.dep_ == "nummod":
            return replace(sentence, token, NUMBER_WORDS[int(token.text)])
        if token.lower_ in NUMBER_WORDS[1:] and token.dep_ == "nummod":
            return replace(sentence, token, str(NUMBER_WORDS.index(token.lower_)))
        if token.text == "%":
            return replace(sentence, token, " percent")
        if token.lower_ == "percent":
            return replace(sentence, token, "per cent")
    return None


def date_form(sentence: Doc, _supplies: Supplies) -> str | None:
    """Write "May 3, 1921" as "3 May 1921", or the other way round."""
    text = sentence.text
    if _MONTH_FIRST.search(text):
        return _MONTH_FIRST.sub(r"\2 \1 \3", text, count=1)
    if _DAY_FIRST.search(text):
        return _DAY_FIRST.sub(r"\2 \1, \3", text, count=1)
    return None
