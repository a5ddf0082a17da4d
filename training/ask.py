"""Ask questions that a sentence answers, and look-alikes that it does not. By its parse."""

import random
import re
from collections.abc import Iterator

from spacy.tokens import Doc, Span, Token

from training.english.changer import Changer
from training.english.edit import is_balanced, lower_first

# Changes of a question after which its text no longer answers it.
_LOOK_ALIKE = frozenset(
    (
        *("number", "unit", "date", "name", "negation added", "negation dropped", "opposite", "roles"),
        *("noun", "verb", "order", "modifier", "condition dropped"),
    )
)


def ask(sentence: Doc, draw: random.Random) -> Iterator[str]:
    """Yield questions that the sentence answers: about its subject, a number, a time or a place."""
    root = next((token for token in sentence if token.dep_ == "ROOT" and token.pos_ in {"VERB", "AUX"}), None)
    if root is None or sentence[-1].text == "?":
        return
    subject = next((one for one in root.children if one.dep_ in {"nsubj", "nsubjpass"}), None)
    if subject is None or subject.left_edge.i or subject.right_edge.i > root.i:
        return
    end = len(sentence) - 1 if sentence[-1].is_punct else len(sentence)
    whole = sentence[subject.left_edge.i : subject.right_edge.i + 1]
    for question in (
        _about_subject(sentence, subject, whole, end, draw),
        _about_place_or_time(sentence, root, whole, end),
        _how_many(sentence, root, whole, end),
        _about_object(sentence, root, whole, end),
        _yes_or_no(sentence, root, whole, end),
    ):
        if question is not None and is_balanced(question):
            yield question


def _about_subject(sentence: Doc, subject: Token, whole: Span, end: int, draw: random.Random) -> str | None:
    predicate = sentence[whole.end : end].text
    if subject.pos_ == "PRON" or not predicate[:1].isalpha():
        return None
    word = "Who" if subject.ent_type_ == "PERSON" else "What"
    if word == "What" and subject.pos_ == "NOUN" and draw.random() < 0.4:
        word = f"Which {lower_first(subject.text)}"
    return _ask(f"{word} {predicate}")


def look_alike(question: str, changer: Changer, context: list[Doc]) -> str | None:
    """Return the question with one thing changed, so that its text no longer answers it."""
    changes = [text for kind, text, _ in changer.falsify(changer.nlp(question), context) if kind in _LOOK_ALIKE]
    return changer.draw.choice(changes) if changes else None


def _about_place_or_time(sentence: Doc, root: Token, subject: Span, end: int) -> str | None:
    for prep in root.children:
        if prep.dep_ != "prep" or prep.lower_ not in {"in", "on", "at", "since", "until"} or prep.i < root.i:
            continue
        thing = next((one for one in prep.children if one.dep_ == "pobj"), None)
        if thing is None:
            continue
        word = {"DATE": "When", "TIME": "When", "GPE": "Where", "LOC": "Where", "FAC": "Where"}.get(thing.ent_type_)
        if word is None:
            continue
        rest = sentence[subject.end : prep.i].text + " " + sentence[prep.right_edge.i + 1 : end].text
        return _with_auxiliary(word, sentence, root, subject, rest.strip(" ,"))
    return None


def _how_many(sentence: Doc, root: Token, subject: Span, end: int) -> str | None:
    for token in sentence[root.i :]:
        if (
            token.dep_ == "nummod"
            and token.head.dep_ in {"dobj", "attr"}
            and token.head.head == root
            and token.like_num
        ):
            thing = sentence[token.i + 1 : token.head.i + 1].text
            rest = sentence[subject.end : token.head.left_edge.i].text + " " + sentence[token.head.i + 1 : end].text
            return _with_auxiliary(f"How many {thing}", sentence, root, subject, rest.strip(" ,"))
    return None


def _about_object(sentence: Doc, root: Token, subject: Span, end: int) -> str | None:
    thing = next((one for one in root.children if one.dep_ == "dobj" and one.pos_ != "PRON"), None)
    if thing is None:
        return None
    word = "Who" if thing.ent_type_ == "PERSON" else "What"
    rest = sentence[subject.end : thing.left_edge.i].text + " " + sentence[thing.right_edge.i + 1 : end].text
    return _with_auxiliary(word, sentence, root, subject, rest.strip(" ,"))


def _yes_or_no(sentence: Doc, root: Token, subject: Span, end: int) -> str | None:
    return _with_auxiliary("", sentence, root, subject, sentence[subject.end : end].text)


def _with_auxiliary(word: str, sentence: Doc, root: Token, subject: Span, rest: str) -> str | None:
    """Return the question word, an auxiliary, the subject and the rest."""
    first = sentence[subject.end]
    is_name = subject.root.pos_ == "PROPN" and subject[0].pos_ != "DET"
    name = subject.text if is_name or subject[0].text == "I" else lower_first(subject.text)
    if first.dep_ in {"aux", "auxpass"} or (first == root and root.lemma_ == "be"):
        auxiliary = {"ca": "can", "wo": "will"}.get(first.lower_, first.lower_)
        return _ask(f"{word} {auxiliary} {name} {rest.removeprefix(first.text).strip()}")
    if first == root and root.tag_ in {"VBD", "VBZ", "VBP"}:
        do = {"VBD": "did", "VBZ": "does", "VBP": "do"}[root.tag_]
        return _ask(f"{word} {do} {name} {root.lemma_} {rest.removeprefix(root.text).strip()}")
    return None


def _ask(text: str) -> str:
    """Return the words as a question: single spaces, a capital, no comma before its mark."""
    text = re.sub(r"\s+([,;:])", r"\1", " ".join(text.split())).strip(" ,;:").replace(" n't ", " not ")
    return f"{text[:1].upper()}{text[1:]}?"
