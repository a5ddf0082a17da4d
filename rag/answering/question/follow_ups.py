"""Tell whether a question leans on the conversation before it, and rewrite it by rule to stand alone.

The rule serves when no LLM is at hand and when the LLM's rewriting cannot be used. It puts names into English
questions; to others it adds what the question before them was about.
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
from rag.answering.reply.leaks import adds_links_or_markup
from rag.text.words import MEASURES, Stem, Word, answer_kind, coverage, split_words, stems_of
from rag.types import Turn

_MAX_REWRITE_CHARACTERS = 300
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|we|us|our)\b")
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
_ENGLISH = "en"
# Of the names that a pronoun may stand for, so many are tried.
_MAX_NAMES = 4
_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"^(?:in|on|at|for|from|to|by|with|of|under|after|before|during|since|until)\s", re.IGNORECASE
)
_MAX_BARE_WORDS = 6
# A word of another language that is as short says little of what a question was about.
_MAX_SHORT_WORD = 3
# Where somebody was, or when; not who.
_LED_IN = re.compile(r"\b(?:in|at|from|near|on|until|since)\s+$", re.IGNORECASE)
# Where somebody went, or to whom.
_LED_TO = re.compile(r"\b(?:to|for)\s+$", re.IGNORECASE)
# Languages that put no spaces between words; so short a question of theirs names nothing.
_UNSPACED = ("ja", "zh")
_SHORT_UNSPACED = 5
# "Of", "was" and the like count as content in languages whose function words are not listed.
_MAX_STRANGERS = 3
# A local LLM on two cores reads so many in some four seconds; they hold five turns of short answers.
_HISTORY_TOKENS = 300
# Bounds what is read and handed over, above all one very long last turn, which is never left out. A follow-up is
# understood by fewer of these turns: `recent_turns` counts their tokens.
_MAX_HISTORY_CHARACTERS = 6000
MAX_HISTORY_TURNS = 20


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


def needs_rewriting(question: str, history: Sequence[Turn], stem: Stem, language: str) -> bool:
    """Tell whether a question cannot be understood without the conversation.

    Args:
        language: Of the question, ISO 639-1.
    """
    if not history:
        return False
    if holds_pronoun(question, language) or opens_as_more(question, language):
        return True
    if language in _UNSPACED:
        return sum(character.isalnum() for character in question) < _SHORT_UNSPACED
    n_content = sum(word.is_content for word in split_words(question, stem))
    return n_content == 0 or (n_content < _MIN_CONTENT_WORDS and not _WHOLE.match(question))


def list_readings(question: str, history: Sequence[Turn], stem: Stem, language: str) -> list[str]:
    """Return what a question may mean, each made to stand alone, the likeliest first.

    Its pronoun stands for a name of the last turn: for the one that the last answer gave to a who-question, else rather
    for the first of the last question. "And the large one?" asks of another thing what was asked before. Where no
    person is meant, or nobody is named, last comes the question with the last question's own words behind it.

    Args:
        history: Of questions that stand alone; without any, the question itself is returned.
        language: Of the question, ISO 639-1; names are put in the place of English pronouns only.
    """
    if not history:
        return [question]
    asked, last = without_opening(question, language), history[-1]
    with_topic = f"{asked.rstrip(' ?')} ({_topic_of(last.question, stem, language)})?"
    readings: list[str] = []
    if language == _ENGLISH and asked != question and _is_bare(asked):
        readings = _asked_of_another(asked, last.question, stem)
    elif language == _ENGLISH:
        is_about_person = bool(PERSON.search(asked) or OF_A_PERSON.search(asked))
        names = _topic_names(last, stem, is_person=is_about_person)[:_MAX_NAMES]
        readings = [_named(asked, name) for name in names if _holds_place_for_name(asked)]
        if not is_about_person:
            # "It" may stand for what has no name.
            readings.append(with_topic)
    return [_capitalise(reading) for reading in readings or [with_topic]]


def rewrite_turns(turns: Sequence[Turn], stem: Stem, detect_language: Callable[[str], str]) -> list[Turn]:
    """Return turns whose questions stand alone, made of such with questions as they were typed, oldest first.

    A follow-up to a follow-up takes its subject from the one before, which must name it.
    """
    alone: list[Turn] = []
    for turn in turns:
        language = detect_language(turn.question)
        leans = needs_rewriting(turn.question, alone, stem, language)
        question = list_readings(turn.question, alone, stem, language)[0] if leans else turn.question
        alone.append(Turn(question, turn.answer))
    return alone


def accept_rewrite(rewritten: str, question: str, history: Sequence[Turn], stem: Stem, language: str) -> str | None:
    """Return the LLM's rewriting cleaned up, or None where it is no use.

    Refused: not one short question; one that still says "he"; one with a name or several words that neither the
    question nor the conversation holds, or without the question's own words; one with a link or markup that the reader
    did not type. Small models do all of these: they turn "what did he demand?" into "who demanded …?". The
    conversation quotes documents, which may give orders.
    """
    text = rewritten.strip().strip('"').removeprefix("Question:").strip()
    is_one_question = text.endswith("?") and text.count("?") == 1 and "\n" not in text
    if not is_one_question or len(text) > _MAX_REWRITE_CHARACTERS or _leans_still(text, question, language):
        return None
    told = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    known = {word.stem for word in split_words(told, stem)}
    words = split_words(text, stem)
    strangers = [word for word in words if word.is_content and word.stem not in known]
    if len(strangers) > _MAX_STRANGERS or any(word.is_name for word in strangers):
        return None
    if adds_links_or_markup(text, [question]) or not _asks_the_same(text, question, stem, language):
        return None
    return text


def _leans_still(text: str, question: str, language: str) -> bool:
    """Tell whether a rewriting holds a pronoun for what it should name, or says "I" where the reader does not."""
    if _FIRST_PERSON.search(text) and not _FIRST_PERSON.search(question):
        return True
    if language != _ENGLISH:
        return holds_pronoun(text, language)
    return bool(PERSON.search(text) or POSSESSIVE.search(text))


def _asks_the_same(text: str, question: str, stem: Stem, language: str) -> bool:
    """Tell whether a rewriting has the question's own words, but for pronouns and the t of "coûte-t-il"."""
    asked = without_opening(question, language)
    kept = [word for word in split_words(asked, stem) if word.is_content and not holds_pronoun(word.text, language)]
    stems = [word.stem for word in kept if len(word.text) > 1 or not word.text.isalpha()]
    asking, asked_with = (
        {word.lower() for word in _QUESTION_WORD.findall(question_text)} for question_text in (text, asked)
    )
    return asked_with <= asking and coverage(stems, stems_of(split_words(text, stem))) == 1.0


def _is_bare(asked: str) -> bool:
    """Tell whether only a thing is named and nothing asked of it."""
    n_words = len(asked.split())
    return n_words <= _MAX_BARE_WORDS and not _QUESTION_WORD.search(asked) and not holds_pronoun(asked, _ENGLISH)


def _asked_of_another(bare: str, question: str, stem: Stem) -> list[str]:
    """Return the question with what was named in the place of one of its own names, or added to it."""
    thing = bare.rstrip(" ?")
    if _PREPOSITION.match(thing):
        return [f"{question.rstrip(' ?')} {thing}?"]
    name = _ARTICLE.sub("", thing)
    return [question.replace(other, name, 1) for other in _names(question, stem, is_person=False)[:_MAX_NAMES]]


def _holds_place_for_name(asked: str) -> bool:
    return any(pattern.search(asked) for pattern in (PERSON, POSSESSIVE, THING))


def _named(asked: str, name: str) -> str:
    """Return a question with a name where its first pronoun stood, and where its possessives did."""
    pronoun = PERSON if PERSON.search(asked) else THING
    with_name = pronoun.sub(lambda _: name, asked, count=1)
    return POSSESSIVE.sub(lambda _: f"{name}'s", with_name, count=1)


def _topic_of(question: str, stem: Stem, language: str) -> str:
    """Return the words that say what a question was about.

    One that was itself rewritten passes on what was added to it, or questions would grow from turn to turn.
    """
    added = _TOPIC.search(question)
    if added:
        return added[1]
    words = split_words(question, stem)
    if language == _ENGLISH:
        content = [word for word in words if word.is_content]
        kept = [word for word in content if word.text.lower() not in MEASURES] or content
    else:
        kept = [word for word in words if word.is_name] or [word for word in words if _is_long(word)]
    return " ".join(word.text for word in kept or words)


def _is_long(word: Word) -> bool:
    return len(word.text) > _MAX_SHORT_WORD or not word.text.isascii()


def _topic_names(turn: Turn, stem: Stem, *, is_person: bool) -> list[str]:
    """Return the names that a pronoun may stand for after a turn, the likeliest first."""
    in_question = _names(turn.question, stem, is_person=is_person)
    in_answer = [name for name in _names(turn.answer, stem, is_person=is_person) if name not in in_question]
    if is_person:
        # IT and NATO are nobody.
        in_question = [name for name in in_question if not name.isupper()]
        in_answer = [name for name in in_answer if not name.isupper()]
    if answer_kind(turn.question) == "person_or_name" and not _asks_about_named_person(turn.question):
        return [*in_answer, *in_question]
    return [*in_question, *in_answer]


def _asks_about_named_person(question: str) -> bool:
    """Tell "Who is Steve Witkoff?" from "Who met with Putin?": the first already names its person."""
    return bool(re.match(r"^\W*who\s+(?:is|was|are|were)\s+[A-Z]", question, re.IGNORECASE)) and bool(
        re.match(r"^\W*\w+\s+\w+\s+[A-Z]", question)
    )


def _names(text: str, stem: Stem, *, is_person: bool) -> list[str]:
    first_end = next((word.end for word in split_words(text, stem)), 0)
    names: list[str] = []
    less_likely: list[str] = []
    for match in _NAME_PHRASE.finditer(text):
        phrase = match.group().rstrip(".,'’")
        words = split_words(phrase, stem)
        while words and not words[0].is_content:
            # "In Berlin" opens a sentence.
            phrase = phrase[words[1].start :] if len(words) > 1 else ""
            words = split_words(phrase, stem)
        if not words or _QUESTION_WORD.fullmatch(phrase) or all(word.number for word in words):
            continue
        if is_person and _LED_IN.search(text[: match.start()]):
            continue
        # The word that opens a sentence is capitalised anyway: it counts only as part of a longer name.
        if match.start() < first_end and " " not in phrase:
            continue
        is_led_to = is_person and bool(_LED_TO.search(text[: match.start()]))
        (less_likely if is_led_to else names).append(re.sub(r"['’]s$", "", phrase))
    return [*names, *less_likely]


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def fit_history(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the last turns, oldest first, that have together at most 6,000 characters.

    The newest is always there: of one that alone is too long, the end is cut off. `recent_turns` takes fewer of them.
    """
    kept: list[Turn] = []
    n_left = _MAX_HISTORY_CHARACTERS
    for turn in reversed(turns):
        n_left -= len(turn.question) + len(turn.answer)
        if n_left < 0:
            break
        kept.append(turn)
    if turns and not kept:
        question = turns[-1].question[:_MAX_HISTORY_CHARACTERS]
        kept.append(Turn(question, turns[-1].answer[: _MAX_HISTORY_CHARACTERS - len(question)]))
    return tuple(reversed(kept))
