"""Tell a follow-up from a question that stands alone, and rewrite it by rule. Pure.

The rules serve if no LLM is at hand or its rewriting cannot be used. They put names into English
questions. To questions in other languages they add what the question before was about.
"""

import re
from collections.abc import Callable, Sequence

from rag.answering.question.pronouns import (
    OF_A_PERSON,
    PERSON,
    POSSESSIVE,
    THING,
    holds_pronoun,
    opens_as_more,
    without_opening,
)
from rag.answering.reply.leaks import adds_foreign_parts
from rag.text.words import MEASURES, Stem, Word, answer_kind, coverage, split_words, stems_of
from rag.types import Turn

_MAX_REWRITE_CHARACTERS = 300
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|we|us|our)\b")
_NAME_PHRASE = re.compile(r"[A-Z][\w.’'-]*(?:\s+(?:of\s+)?[A-Z][\w.’'-]*)*")
_SENTENCE_END = frozenset(".!?…")
_QUESTION_WORD = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
# The topic that `list_readings` appends to a question.
_TOPIC = re.compile(r"\(([^()]+)\)\?$")
_MIN_CONTENT_WORDS = 2
# "Who is the treasurer?" is short and stands alone; "How tall?" and "Who?" do not.
_WHOLE = re.compile(
    r"^\W*(?:who|whom|whose|what|which|when|where|how|why)\b(?:\s+\w+){0,3}?\s+(?:is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|may|must)\s+\w+",
    re.IGNORECASE,
)
_ENGLISH = "en"
# The most names that a pronoun is tried with.
_MAX_NAMES = 4
_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"^(?:in|on|at|for|from|to|by|with|of|under|after|before|during|since|until)\s", re.IGNORECASE
)
# A question with more words names more than a thing.
_MAX_THING_WORDS = 6
# In other languages than English, a shorter word says little about the topic.
_MIN_TOPIC_CHARACTERS = 4
# Behind these stands a place or a time, not a person.
_LED_IN = re.compile(r"\b(?:in|at|from|near|on|until|since)\s+$", re.IGNORECASE)
# Behind these stands a destination or, less likely, a person.
_LED_TO = re.compile(r"\b(?:to|for)\s+$", re.IGNORECASE)
# Languages without spaces between words; a question of so few characters names nothing.
_UNSPACED = ("ja", "zh")
_MIN_UNSPACED_CHARACTERS = 5
# Function words count as content in languages whose function words are not listed, so a rewriting
# may bring in a few.
_MAX_UNKNOWN_WORDS = 3


def needs_rewriting(question: str, history: Sequence[Turn], stem: Stem, language: str) -> bool:
    """Return whether a question cannot be understood without the conversation.

    Args:
        language: Of the question, ISO 639-1.
    """
    if not history:
        return False
    if holds_pronoun(question, language) or opens_as_more(question, language):
        return True
    if language in _UNSPACED:
        return sum(character.isalnum() for character in question) < _MIN_UNSPACED_CHARACTERS
    n_content = sum(word.is_content for word in split_words(question, stem))
    return n_content == 0 or (n_content < _MIN_CONTENT_WORDS and not _WHOLE.match(question))


def list_readings(question: str, history: Sequence[Turn], stem: Stem, language: str) -> list[str]:
    """Return the possible readings of a follow-up, each a question of its own, most likely first.

    A pronoun stands for a name of the last turn. A who-question is followed up by the name in its
    answer; after any other question, the names of the question come first. "And the large one?"
    asks the last question about another thing. The last reading appends the topic of the last
    question; it is left out if the pronoun means a person and a name was found.

    Args:
        history: Turns whose questions stand alone; if empty, the question itself is returned.
        language: Of the question, ISO 639-1; only English pronouns are replaced by names.
    """
    if not history:
        return [question]
    bare, last = without_opening(question, language), history[-1]
    with_topic = f"{bare.rstrip(' ?')} ({_topic_of(last.question, stem, language)})?"
    readings: list[str] = []
    if language == _ENGLISH and bare != question and _only_names_thing(bare):
        readings = _ask_about(bare, last.question, stem)
    elif language == _ENGLISH:
        is_about_person = bool(PERSON.search(bare) or OF_A_PERSON.search(bare))
        if _holds_replaceable_pronoun(bare):
            names = _antecedents(last, stem, is_person=is_about_person)
            readings = [_insert_name(bare, name) for name in names[:_MAX_NAMES]]
        if not is_about_person:
            # "It" may stand for something without a name.
            readings.append(with_topic)
    return [reading[:1].upper() + reading[1:] for reading in readings or [with_topic]]


def rewrite_turns(turns: Sequence[Turn], stem: Stem, detect_language: Callable[[str], str]) -> list[Turn]:
    """Return the turns, oldest first, with questions that stand alone.

    A follow-up to a follow-up takes its subject from the one before, which must name it.
    """
    rewritten: list[Turn] = []
    for turn in turns:
        language = detect_language(turn.question)
        is_follow_up = needs_rewriting(turn.question, rewritten, stem, language)
        question = list_readings(turn.question, rewritten, stem, language)[0] if is_follow_up else turn.question
        rewritten.append(Turn(question, turn.answer))
    return rewritten


def accept_rewrite(reply: str, question: str, history: Sequence[Turn], stem: Stem, language: str) -> str | None:
    """Return an LLM's rewriting cleaned up, or None if it is no use.

    It must be one short question that names what its pronouns stand for and keeps the words of the
    question. It may bring in no name, few other words, and no link or markup: the conversation
    quotes documents, which may give orders. Small LLMs get all of this wrong: they turn "what did
    he demand?" into "who demanded …?".
    """
    text = reply.strip().strip('"').removeprefix("Question:").strip()
    is_one_question = text.endswith("?") and text.count("?") == 1 and "\n" not in text
    if not is_one_question or len(text) > _MAX_REWRITE_CHARACTERS or _is_still_follow_up(text, question, language):
        return None
    conversation = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    known_stems = {word.stem for word in split_words(conversation, stem)}
    unknown = [word for word in split_words(text, stem) if word.is_content and word.stem not in known_stems]
    if len(unknown) > _MAX_UNKNOWN_WORDS or any(word.is_name for word in unknown):
        return None
    if adds_foreign_parts(text, [question]) or not _keeps_words(text, question, stem, language):
        return None
    return text


def _is_still_follow_up(text: str, question: str, language: str) -> bool:
    """Return whether a rewriting has a pronoun, or says "I" although the question does not."""
    if _FIRST_PERSON.search(text) and not _FIRST_PERSON.search(question):
        return True
    if language != _ENGLISH:
        return holds_pronoun(text, language)
    return bool(PERSON.search(text) or POSSESSIVE.search(text))


def _keeps_words(text: str, question: str, stem: Stem, language: str) -> bool:
    """Return whether a rewriting has the words of the question.

    Pronouns do not count, nor does the t of "coûte-t-il".
    """
    bare = without_opening(question, language)
    words = [word for word in split_words(bare, stem) if word.is_content and not holds_pronoun(word.text, language)]
    stems = [word.stem for word in words if len(word.text) > 1 or not word.text.isalpha()]
    has_question_words = _question_words(bare) <= _question_words(text)
    return has_question_words and coverage(stems, stems_of(split_words(text, stem))) == 1.0


def _question_words(text: str) -> set[str]:
    return {word.lower() for word in _QUESTION_WORD.findall(text)}


def _only_names_thing(bare: str) -> bool:
    """Return whether a question names a thing and asks nothing about it: "the large one?"."""
    n_words = len(bare.split())
    return n_words <= _MAX_THING_WORDS and not _QUESTION_WORD.search(bare) and not holds_pronoun(bare, _ENGLISH)


def _ask_about(bare: str, question: str, stem: Stem) -> list[str]:
    """Return a question with one of its names replaced by another thing, or the thing added."""
    thing = bare.rstrip(" ?")
    if _PREPOSITION.match(thing):
        return [f"{question.rstrip(' ?')} {thing}?"]
    name = _ARTICLE.sub("", thing)
    return [question.replace(other, name, 1) for other in _names(question, stem, is_person=False)[:_MAX_NAMES]]


def _holds_replaceable_pronoun(bare: str) -> bool:
    return any(pattern.search(bare) for pattern in (PERSON, POSSESSIVE, THING))


def _insert_name(bare: str, name: str) -> str:
    """Return a question with a name for its first pronoun and its first possessive."""
    pronoun = PERSON if PERSON.search(bare) else THING
    with_name = pronoun.sub(lambda _: name, bare, count=1)
    return POSSESSIVE.sub(lambda _: f"{name}'s", with_name, count=1)


def _topic_of(question: str, stem: Stem, language: str) -> str:
    """Return the words that say what a question is about.

    A question with a topic appended passes on that topic, or questions would grow with each turn.
    """
    appended = _TOPIC.search(question)
    if appended:
        return appended[1]
    words = split_words(question, stem)
    if language == _ENGLISH:
        content = [word for word in words if word.is_content]
        kept = [word for word in content if word.text.lower() not in MEASURES] or content
    else:
        kept = [word for word in words if word.is_name] or [word for word in words if _is_long(word)]
    return " ".join(word.text for word in kept or words)


def _is_long(word: Word) -> bool:
    return len(word.text) >= _MIN_TOPIC_CHARACTERS or not word.text.isascii()


def _antecedents(turn: Turn, stem: Stem, *, is_person: bool) -> list[str]:
    """Return the names that a pronoun after a turn may stand for, most likely first."""
    in_question = _names(turn.question, stem, is_person=is_person)
    in_answer = [name for name in _names(turn.answer, stem, is_person=is_person) if name not in in_question]
    asks_for_name = answer_kind(turn.question) == "person_or_name" and not _asks_about_named_person(turn.question)
    names = [*in_answer, *in_question] if asks_for_name else [*in_question, *in_answer]
    # IT and NATO are no persons.
    return [name for name in names if not (is_person and name.isupper())]


def _asks_about_named_person(question: str) -> bool:
    """Tell "Who is Steve Witkoff?" from "Who met with Putin?": the first names its person."""
    return bool(re.match(r"^\W*who\s+(?:is|was|are|were)\s+(?-i:[A-Z])", question, re.IGNORECASE))


def _names(text: str, stem: Stem, *, is_person: bool) -> list[str]:
    """Return the names in a text, those behind "to" and "for" last if a person is meant."""
    names: list[str] = []
    less_likely: list[str] = []
    for match in _NAME_PHRASE.finditer(text):
        name, before = _read_name(match[0], stem), text[: match.start()]
        # The first word of a sentence has a capital anyway; it counts only in a longer name.
        is_first_word = " " not in name and _ends_sentence(before)
        if not name or is_first_word or (is_person and _LED_IN.search(before)):
            continue
        (less_likely if is_person and _LED_TO.search(before) else names).append(name)
    return [*names, *less_likely]


def _ends_sentence(before: str) -> bool:
    """Return whether a sentence may begin after a text; its footnotes may stand between."""
    end = next((i for i in range(len(before), 0, -1) if before[i - 1].isalpha()), 0)
    return end == 0 or not _SENTENCE_END.isdisjoint(before[end:])


def _read_name(phrase: str, stem: Stem) -> str:
    """Return the name in a capitalised phrase such as "In Berlin"; empty if there is none."""
    name = phrase.rstrip(".,'’")
    words = split_words(name, stem)
    while words and not words[0].is_content:
        name = name[words[1].start :] if len(words) > 1 else ""
        words = split_words(name, stem)
    is_name = bool(words) and not _QUESTION_WORD.fullmatch(name) and not all(word.number for word in words)
    return re.sub(r"['’]s$", "", name) if is_name else ""
