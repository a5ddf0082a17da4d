"""Turn questions with their answers into statements, and into pairs of a text and a question."""

import random
import re
from collections.abc import Iterator

import spacy
from lemminflect import getInflection
from spacy.tokens import Doc, Span, Token

from rag.text.sentences import split_sentences
from training.pair import Pair

_WH = frozenset(("who", "whom", "whose", "what", "which", "when", "where", "how"))
_DO = {"did": "VBD", "does": "VBZ", "do": "VBP"}
_PREPOSITIONS = frozenset(("in", "on", "at", "by", "from", "since", "for", "with"))


def state(question: Doc, answer: str, before: str) -> str | None:
    """Return question and answer as a statement; None if the question is of another form.

    Args:
        before: The word before the answer in its text; a preposition there is kept.
    """
    wh = next((token for token in question if token.lower_ in _WH), None)
    if wh is None or wh.i > 3:
        return None
    verb = next((token for token in question[wh.i :] if token.pos_ in {"AUX", "VERB"}), None)
    if verb is None or verb.i == wh.i:
        return None
    end = len(question) - (1 if question[-1].text == "?" else 0)
    asked = question[wh.i : verb.i]
    if wh.i == 0 and any(token.dep_ in {"nsubj", "nsubjpass"} for token in asked):
        return _state_subject(asked, answer, question[verb.i : end].text)
    subject = _subject_after(question, verb)
    if subject is None:
        return None
    answer = _fit_answer(asked, answer, before)
    if wh.i:
        answer = f"{question[: wh.i].text.lower()} {answer}"
    return _state_other(verb, subject, question[subject.right_edge.i + 1 : end], answer, wh)


def _state_subject(asked: Span, answer: str, predicate: str) -> str:
    noun = asked[1:].text if asked[0].lower_ in {"which", "what", "whose"} else ""
    is_named = not noun or noun.split()[-1].lower() in answer.lower()
    return _sentence(f"{answer} {predicate}" if is_named else f"The {noun} {answer} {predicate}")


def _fit_answer(asked: Span, answer: str, before: str) -> str:
    """Return the answer with the unit that was asked for, or with its preposition."""
    if asked[0].lower_ == "how" and len(asked) > 1:
        unit = asked[2:].text
        return answer if unit.lower() in answer.lower() else f"{answer} {unit}"
    if asked[0].lower_ in {"when", "where"} and before.lower() in _PREPOSITIONS:
        return f"{before.lower()} {answer}"
    return answer


def _state_other(verb: Token, subject: Token, right: Span, answer: str, wh: Token) -> str | None:
    """State a question about something else than its subject."""
    left = verb.doc[verb.i + 1 : subject.right_edge.i + 1].text
    if verb.lower_ not in _DO or not len(right):
        return _sentence(_place_answer(f"{left} {verb.text}", right.text, answer, wh))
    main = right[0]
    inflected = getInflection(main.lemma_, tag=_DO[verb.lower_]) if main.pos_ == "VERB" else ()
    if not inflected:
        return None
    return _sentence(_place_answer(f"{left} {inflected[0]}", right[1:].text, answer, wh))


def _place_answer(front: str, tail: str, answer: str, wh: Token) -> str:
    """Put the answer behind the verb, or at the end where a preposition or an adverbial waits."""
    if wh.lower_ in {"when", "where", "how"} or re.search(r"\b(?:in|on|at|by|from|to|for|with|of|as)$", tail):
        return f"{front} {tail} {answer}"
    return (
        f"{front} {tail} {answer}"
        if not tail or tail.split(maxsplit=1)[0].endswith(("ed", "en"))
        else f"{front} {answer} {tail}"
    )


def _subject_after(question: Doc, verb: Token) -> Token | None:
    return next(
        (
            token
            for token in question[verb.i + 1 :]
            if token.dep_ in {"nsubj", "nsubjpass"} and token.left_edge.i == verb.i + 1
        ),
        None,
    )


def _sentence(text: str) -> str:
    text = re.sub(r"\s+([,.;:'’])", r"\1", " ".join(text.split()))
    return text[:1].upper() + text[1:].rstrip(" .?") + "."


def statements(
    rows: list[dict[str, object]], texts: dict[str, str], nlp: spacy.Language, draw: random.Random
) -> Iterator[Pair]:
    """Yield statements made of answerable questions: with the right answer, and with another.

    The other answer is one of another question about the same passage with the same kind of words.
    """
    by_passage: dict[tuple[str, int], list[dict[str, object]]] = {}
    for row in rows:
        if row["answerable"]:
            by_passage.setdefault((row["document"], row["passage"][0]), []).append(row)
    for (document, start), group in by_passage.items():
        text = texts[document]
        passage = text[start : group[0]["passage"][1]]
        for row in group:
            answer = row["answers"][0]
            before = text[: answer["start"]].split()[-1:] or [""]
            question = nlp(row["question"])
            made = state(question, answer["text"], before[0])
            if made is None:
                continue
            near = _around(passage, answer["start"] - start, draw)
            yield Pair("says", near, made, "supported", "question and answer", f"squad:{document}")
            others = [
                one["answers"][0]["text"]
                for one in group
                if one is not row
                and _shape(one["answers"][0]["text"]) == _shape(answer["text"])
                and one["answers"][0]["text"].lower() not in answer["text"].lower()
                and answer["text"].lower() not in one["answers"][0]["text"].lower()
            ]
            if others:
                wrong = state(question, draw.choice(others), before[0])
                if wrong:
                    yield Pair(
                        "says",
                        passage if draw.random() < 0.6 else near,
                        wrong,
                        "not supported",
                        "other answer",
                        f"squad:{document}",
                    )


def answer_pairs(rows: list[dict[str, object]], texts: dict[str, str], draw: random.Random) -> Iterator[Pair]:
    """Yield passages and sentences with questions that they do or do not answer."""
    passages: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        passages.setdefault(row["document"], []).append(tuple(row["passage"]))
    for row in rows:
        document, text = row["document"], texts[row["document"]]
        start, end = row["passage"]
        passage, source = text[start:end], f"squad:{document}"
        if not row["answerable"]:
            yield Pair("answers", passage, row["question"], "not supported", "look-alike", source)
            continue
        place = row["answers"][0]["start"] - start
        yield Pair("answers", passage, row["question"], "supported", "passage", source)
        yield Pair("answers", _around(passage, place, draw), row["question"], "supported", "sentence", source)
        without = _without(passage, place)
        if without and row["answers"][0]["text"].lower() not in without.lower():
            yield Pair("answers", without, row["question"], "not supported", "without the answer", source)
        others = [one for one in passages[document] if one != (start, end)]
        if others:
            other = draw.choice(others)
            if row["answers"][0]["text"].lower() not in text[other[0] : other[1]].lower():
                yield Pair(
                    "answers", text[other[0] : other[1]], row["question"], "not supported", "other passage", source
                )


def _spans(passage: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in split_sentences(passage, "en")]


def _around(passage: str, place: int, draw: random.Random) -> str:
    """Return the sentence at a place, with none to three of its neighbours."""
    spans = _spans(passage)
    i = next((i for i, (_, end) in enumerate(spans) if place < end), len(spans) - 1)
    first = max(0, i - draw.choice((0, 0, 1, 2)))
    last = min(len(spans) - 1, i + draw.choice((0, 0, 1)))
    return passage[spans[first][0] : spans[last][1]]


def _without(passage: str, place: int) -> str:
    return " ".join(passage[start:end] for start, end in _spans(passage) if not start <= place < end)


def _shape(answer: str) -> str:
    if any(character.isdigit() for character in answer):
        return "number"
    return "name" if answer[:1].isupper() else "other"
