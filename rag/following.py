"""Tell whether a question leans on the conversation before it, and rewrite it by rule to stand alone.

The rule serves when no LLM is at hand and when the LLM's rewriting cannot be used. It knows English pronouns; in other
languages it only notices very short questions.
"""

import re
from collections.abc import Callable, Sequence

from rag.smuggling import carries_foreign_matter
from rag.types import Turn
from rag.words import Stem, answer_kind, coverage, number_of, split_words, stems_of

_MAX_REWRITE_CHARACTERS = 300
# "Who succeeded her?" asks for a person, "what is her extension?" for what is hers.
_PERSON = re.compile(r"\b(?:he|she|him|her(?=\W*$|\s+(?:in|on|at|as|to|after|before|by)\b))\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|her|hers|its|their|theirs)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|we|us|our)\b")
# "Is there a guest network?" and "What is this company?" stand alone; "What about this?" and "Why that?" do not.
_THING = re.compile(
    r"\b(?:it|they|them|those|then)\b|\b(?:this|that|these)(?=\W*$|\s+(?:is|was|are|were|does|did|one|ones)\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^\W*(?:and|but|so|or|also|what about|how about|why not|why so)\b\s*", re.IGNORECASE)
_NAME_PHRASE = re.compile(r"[A-Z][\w.’'-]*(?:\s+(?:of\s+)?[A-Z][\w.’'-]*)*")
_QUESTION_WORD = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
# What `rewrite_by_rule` adds behind a question.
_TOPIC = re.compile(r"\(([^()]+)\)\?$")
_MIN_CONTENT_WORDS = 2
# "Who is the treasurer?" is short and whole; "How tall?" and "Who?" are not.
_WHOLE = re.compile(
    r"^\W*(?:who|whom|whose|what|which|when|where|how|why)\b(?:\s+\w+){0,3}?\s+(?:is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|may|must)\s+\w+",
    re.IGNORECASE,
)
# Where somebody was, or when; not who.
_LED_IN = re.compile(r"\b(?:in|at|from|to|for|near|on|until|since|by)\s+$", re.IGNORECASE)
# "Of", "was" and the like count as content in languages whose function words are not listed.
_MAX_STRANGERS = 3
# A local LLM on two cores reads so many in some four seconds; they hold five turns of short answers.
_HISTORY_TOKENS = 300


def recent_turns(history: Sequence[Turn], count_tokens: Callable[[str], int]) -> list[Turn]:
    """Return the last turns that fit into the budget for history, oldest first; the last one always."""
    kept: list[Turn] = []
    n_tokens = 0
    for turn in reversed(history):
        n_tokens += count_tokens(turn.question) + count_tokens(turn.answer)
        if kept and n_tokens > _HISTORY_TOKENS:
            break
        kept.append(turn)
    return kept[::-1]


def needs_rewriting(question: str, history: Sequence[Turn], stem: Stem) -> bool:
    """Tell whether a question cannot be understood without the conversation."""
    if not history:
        return False
    if any(pattern.search(question) for pattern in (_PERSON, _POSSESSIVE, _THING, _OPENING)):
        return True
    n_content = sum(word.is_content for word in split_words(question, stem))
    return n_content == 0 or (n_content < _MIN_CONTENT_WORDS and not _WHOLE.match(question))


def rewrite_by_rule(question: str, history: Sequence[Turn], stem: Stem) -> str:
    """Return the question with its pronoun replaced by the name it most likely stands for.

    The name is the one that the last answer gave to a who-question, else the first name of the last question. Without a
    pronoun for it, the last question's own words are added behind, in brackets.
    """
    if not history:
        return question
    asked = _OPENING.sub("", question, count=1)
    is_about_person = bool(_PERSON.search(asked) or re.search(r"\b(?:his|her|hers)\b", asked, re.IGNORECASE))
    name = _topic_name(history[-1], stem, is_person=is_about_person)
    if name and (_PERSON.search(asked) or _POSSESSIVE.search(asked)):
        asked = _PERSON.sub(lambda _: name, asked, count=1)
        asked = _POSSESSIVE.sub(lambda _: f"{name}'s", asked, count=1)
        return _capitalise(asked)
    # A question that was itself rewritten passes on what was added to it, or questions would grow from turn to turn.
    added = _TOPIC.search(history[-1].question)
    topic = added[1] if added else history[-1].question
    words = [word.text for word in split_words(topic, stem) if word.is_content]
    return _capitalise(f"{asked.rstrip(' ?')} ({' '.join(words)})?")


def stand_alone_turns(turns: Sequence[Turn], stem: Stem) -> list[Turn]:
    """Return turns whose questions stand alone, made of such with questions as they were typed, oldest first.

    A follow-up to a follow-up takes its subject from the one before, which must name it.
    """
    alone: list[Turn] = []
    for turn in turns:
        leans = needs_rewriting(turn.question, alone, stem)
        question = rewrite_by_rule(turn.question, alone, stem) if leans else turn.question
        alone.append(Turn(question, turn.answer))
    return alone


def accept_rewrite(rewritten: str, question: str, history: Sequence[Turn], stem: Stem) -> str | None:
    """Return the LLM's rewriting cleaned up, or None where it is no use.

    Refused: not one short question; one that still says "he"; one with a name or several words that neither the
    question nor the conversation holds, or without the question's own words; one with a link or markup that the reader
    did not type. Small models do all of these: they turn "what did he demand?" into "who demanded …?". The
    conversation quotes documents, which may give orders.
    """
    text = rewritten.strip().strip('"').removeprefix("Question:").strip()
    is_one_question = text.endswith("?") and text.count("?") == 1 and "\n" not in text
    if not is_one_question or len(text) > _MAX_REWRITE_CHARACTERS:
        return None
    if any(pattern.search(text) for pattern in (_PERSON, _POSSESSIVE)):
        return None
    if _FIRST_PERSON.search(text) and not _FIRST_PERSON.search(question):
        return None
    told = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    known = {word.stem for word in split_words(told, stem)}
    words = split_words(text, stem)
    strangers = [word for word in words if word.is_content and word.stem not in known]
    if len(strangers) > _MAX_STRANGERS or any(word.is_name for word in strangers):
        return None
    if carries_foreign_matter(text, [question]):
        return None
    asked = _OPENING.sub("", question, count=1)
    kept = [word.stem for word in split_words(asked, stem) if word.is_content]
    asks_the_same = {w.lower() for w in _QUESTION_WORD.findall(asked)} <= {
        w.lower() for w in _QUESTION_WORD.findall(text)
    }
    return text if asks_the_same and coverage(kept, stems_of(words)) == 1.0 else None


def _topic_name(turn: Turn, stem: Stem, *, is_person: bool) -> str | None:
    in_question = _names(turn.question, stem, is_person=is_person)
    in_answer = [name for name in _names(turn.answer, stem, is_person=is_person) if name not in in_question]
    if is_person:
        # IT and NATO are nobody.
        in_question = [name for name in in_question if not name.isupper()]
        in_answer = [name for name in in_answer if not name.isupper()]
    if answer_kind(turn.question) == "person_or_name" and not _asks_about_named_person(turn.question):
        return next(iter(in_answer + in_question), None)
    return next(iter(in_question + in_answer), None)


def _asks_about_named_person(question: str) -> bool:
    """Tell "Who is Steve Witkoff?" from "Who met with Putin?": the first already names its person."""
    return bool(re.match(r"^\W*who\s+(?:is|was|are|were)\s+[A-Z]", question, re.IGNORECASE)) and bool(
        re.match(r"^\W*\w+\s+\w+\s+[A-Z]", question)
    )


def _names(text: str, stem: Stem, *, is_person: bool) -> list[str]:
    first_end = next((word.end for word in split_words(text, stem)), 0)
    names = []
    for match in _NAME_PHRASE.finditer(text):
        phrase = match.group().rstrip(".,'’")
        words = split_words(phrase, stem)
        while words and not words[0].is_content:
            # "In Berlin" opens a sentence.
            phrase = phrase[words[1].start :] if len(words) > 1 else ""
            words = split_words(phrase, stem)
        if not words or _QUESTION_WORD.fullmatch(phrase) or all(number_of(word) for word in words):
            continue
        if is_person and _LED_IN.search(text[: match.start()]):
            continue
        # The word that opens a sentence is capitalised anyway: it counts only as part of a longer name.
        if match.start() < first_end and " " not in phrase:
            continue
        names.append(re.sub(r"['’]s$", "", phrase))
    return names


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
