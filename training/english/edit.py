"""Put a parsed sentence together again with some of its words changed, and mend the result."""

import re
from collections.abc import Mapping

from spacy.tokens import Doc, Span, Token

from training.english.words import NUMERIC_LABELS

_PLURAL_TAGS = frozenset(("NNS", "NNPS"))
_BRACKETS = ("()", "[]", "{}", "“”")


def rebuild(sentence: Doc, changes: Mapping[int, str]) -> str:
    """Return the text with these tokens replaced; an empty text drops the token and its space."""
    parts = []
    for token in sentence:
        new = changes.get(token.i, token.text)
        if token.i == 0 and new and token.text[:1].isupper():
            new = upper_first(new)
        parts.append(new + token.whitespace_ if new else "")
    return "".join(parts)


def replace(sentence: Doc, token: Token, new: str) -> str:
    """Return the text with one token replaced."""
    return rebuild(sentence, {token.i: new})


def replace_span(sentence: Doc, span: Span, new: str) -> str:
    """Return the text with several tokens replaced."""
    return sentence[: span.start].text_with_ws + new + sentence[span.end - 1].whitespace_ + sentence[span.end :].text


def insert(sentence: Doc, before: Token, new: str) -> str:
    """Return the text with words before a token."""
    if before.i == 0:
        return f"{upper_first(new)} {lower_unless_name(sentence)}"
    return f"{sentence[: before.i].text_with_ws}{new} {sentence[before.i :].text}"


def swap(sentence: Doc, one: Span, other: Span) -> str:
    """Return the text with two parts in each other's place; `one` comes first."""
    first, second = other.text, one.text
    if one.start == 0:
        first, second = upper_first(first), lower_unless_name(one)
    middle, right = sentence[one.end : other.start].text_with_ws, sentence[other.end :].text
    left, space, gap = sentence[: one.start].text_with_ws, one[-1].whitespace_, other[-1].whitespace_
    return f"{left}{first}{space}{middle}{second}{gap}{right}"


def leave_out(sentence: Doc, part: Span) -> str:
    """Return the text without a part and the commas or parentheses around it."""
    return f"{sentence[: part.start].text.rstrip(' ,(')} {sentence[part.end :].text.lstrip(' ,)')}"


def phrase(token: Token) -> Span:
    """Return a noun with what stands before it: "the old town hall"."""
    return token.doc[token.left_edge.i : token.i + 1]


def whole(token: Token) -> Span:
    """Return a word with all that depends on it."""
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def find_child(token: Token, *kinds: str) -> Token | None:
    """Return the first child that depends in one of these ways."""
    return next((one for one in token.children if one.dep_ in kinds), None)


def find_root(sentence: Doc) -> Token | None:
    """Return the first root."""
    return next((token for token in sentence if token.dep_ == "ROOT"), None)


def find_subject(sentence: Doc) -> Span | None:
    """Return the subject that the sentence begins with."""
    root = find_root(sentence)
    subject = find_child(root, "nsubj", "nsubjpass") if root is not None else None
    if root is None or subject is None or subject.left_edge.i != 0 or subject.right_edge.i > root.i:
        return None
    return whole(subject)


def names_in(sentence: Doc) -> list[Span]:
    """Return the proper names, without a possessive ending."""
    names = []
    for one in sentence.ents:
        name = one[:-1] if one[-1].tag_ == "POS" else one
        if len(name) and name.text[0].isupper() and one.label_ not in NUMERIC_LABELS:
            names.append(Span(sentence, name.start, name.end, label=one.label_))
    return names


def is_plural(noun: Token) -> bool:
    """Return whether a verb in the present has no -s after this subject."""
    return noun.tag_ in _PLURAL_TAGS or bool(noun.conjuncts) or noun.lower_ in {"i", "you", "we", "they", "these"}


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Make the first letter small, except in an abbreviation."""
    return text if text[:2].isalpha() and text[:2].isupper() else text[:1].lower() + text[1:]


def lower_unless_name(part: Doc | Span) -> str:
    """Return the text as it stands inside a sentence."""
    first = part[0]
    is_name = first.pos_ == "PROPN" or first.text == "I" or first.ent_type_ not in {"", *NUMERIC_LABELS}
    return part.text if is_name and first.lower_ != "the" else lower_first(part.text)


def tidy(text: str) -> str:
    """Return a text as a sentence: single spaces, a capital, an end."""
    text = re.sub(r"\s+([.,;:?!])(?=[\s,;]|$)", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;")
    text = re.sub(r"([,;])(?:\s*[,;])+", r"\1", text)
    text = re.sub(r"[,;]+([.!?])", r"\1", text)
    return upper_first(text) if text.endswith((".", "!", "?")) else upper_first(text) + "."


def mend(new: str, old: str) -> str:
    """Fix the spaces, the first letter and the articles of a changed sentence.

    What the sentence had before stays: a tell-tale tidiness would give the change away.
    """
    new = re.sub(r" {2,}", " ", new).strip()
    if not re.search(r"\s[.,;:!?)]", old):
        new = re.sub(r"\s+([.,;:!?)])(?=\s|$)", r"\1", new)
    if old[:1].isupper():
        new = upper_first(new)
    return re.sub(r"\b([Aa])n? ([A-Za-z]+)", lambda match: _mend_article(match, old), new)


def _mend_article(match: re.Match[str], old: str) -> str:
    if match[0] in old:
        return match[0]
    has_vowel = re.match(r"(?!uni|use|usu|eu|one\b)[aeiou]", match[2], re.IGNORECASE)
    return f"{match[1]}{'n' if has_vowel else ''} {match[2]}"


def is_balanced(text: str) -> bool:
    """Return whether brackets and quotation marks come in pairs."""
    return text.count('"') % 2 == 0 and all(text.count(left) == text.count(right) for left, right in _BRACKETS)
