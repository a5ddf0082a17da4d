"""Answer the prompts of chat clients from the chat that they hold, without a search or an LLM.

What cannot be known from the chat is left empty: no completion of a text, no call of a tool.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence

from rag.answering.notes import language_of_question
from rag.api.openai.tasks import ClientTask
from rag.text.stemming import stem
from rag.text.words import split_words
from rag.wire.markdown import unescape_markdown

_MAX_TITLE_WORDS = 8
_MAX_TITLE_CHARACTERS = 60
_MAX_LINE_CHARACTERS = 1000
_MAX_TAGS = 3
_MAX_FOLLOW_UPS = 3
_MIN_TAG_CHARACTERS = 4
_NO_TAG = "General"
_EMOJI = "\N{SPEECH BALLOON}"
_WORDS_LIMIT = re.compile(r"(?<!\d)(\d{1,4})[- ](?:words?|word-or-less)\b", re.IGNORECASE)
_CHARACTERS_LIMIT = re.compile(r"(?<!\d)(\d{1,4})[- ]characters?\b", re.IGNORECASE)
# As the links below an answer are written.
_CITED_TITLE = re.compile(r"^- \[\d+\] (.+) — <[^<>\s]+>$", re.MULTILINE)
_SUMMARY = {
    "en": "Summarise “{}”.",
    "de": "Fasse „{}“ zusammen.",
    "fr": "Résume « {} ».",
    "es": "Resume «{}».",
    "it": "Riassumi «{}».",
    "pt": "Resuma «{}».",
}


def reply_to(task: ClientTask, names: Sequence[str] | None = None) -> str:
    """Return the reply in the form that the task asks for: JSON, or a title or an emoji as text.

    Args:
        names: Those that the client wants in JSON; none if they are free, None if it names no form.
    """
    if names is None and not task.wants_json:
        return str(_VALUES[task.kind](task))
    known = [name for name in names or () if name in _VALUES] or [task.kind]
    return json.dumps({name: _VALUES[name](task) for name in known}, ensure_ascii=False)


def make_title(question: str, instruction: str) -> str:
    """Return a question as a title within the limits that an instruction names.

    One that is too long loses its function words, and then its end.
    """
    words_limit = _limit(_WORDS_LIMIT, instruction, _MAX_TITLE_WORDS)
    characters_limit = _limit(_CHARACTERS_LIMIT, instruction, _MAX_TITLE_CHARACTERS)
    line = _one_line(question).rstrip(" ?!.…？！。")
    words = line.split()
    if len(words) > words_limit:
        words = [word.text for word in split_words(line, stem) if word.is_content] or words
    title = " ".join(words[:words_limit])
    if len(title) > characters_limit:
        title = title[:characters_limit].rpartition(" ")[0] or title[:characters_limit]
    return title[:1].upper() + title[1:]


def make_tags(task: ClientTask) -> list[str]:
    """Return the words that stand for the questions, the most frequent in the chat first."""
    frequency = Counter(word.stem for text in (*task.questions, *task.replies) for word in split_words(text, stem))
    found = {
        word.stem: word.text
        for question in reversed(task.questions)
        for word in reversed(split_words(question[:_MAX_LINE_CHARACTERS], stem))
        if word.is_content and len(word.text) >= _MIN_TAG_CHARACTERS and not word.text.isdigit()
    }
    # Names, and nouns in German, begin with a capital; of the others, the longer say more.
    ordered = sorted(
        found, key=lambda one: (-frequency[one], not found[one][0].isupper(), -len(found[one]), found[one])
    )
    return [found[one][0].upper() + found[one][1:] for one in ordered[:_MAX_TAGS]] or [_NO_TAG]


def make_follow_ups(task: ClientTask) -> list[str]:
    """Return questions about the documents that the last reply cites, in the language of the chat.

    The titles stand in its list of links; without them nothing is known to ask.
    """
    phrase = _SUMMARY.get(language_of_question(task.questions[-1]))
    if phrase is None or not task.replies:
        return []
    titles = dict.fromkeys(_one_line(unescape_markdown(title)) for title in _CITED_TITLE.findall(task.replies[-1]))
    return [phrase.format(title) for title in list(titles)[:_MAX_FOLLOW_UPS]]


_VALUES: dict[str, Callable[[ClientTask], object]] = {
    "title": lambda task: make_title(task.questions[0], task.instruction),
    "tags": make_tags,
    "follow_ups": make_follow_ups,
    "queries": lambda task: [_one_line(task.questions[-1])],
    "prompt": lambda task: _one_line(task.questions[-1]),
    "text": lambda _: "",
    "tool_calls": lambda _: [],
    "emoji": lambda _: _EMOJI,
    "language": lambda task: language_of_question(task.questions[0]),
}


KNOWN_NAMES = frozenset(_VALUES)
"""What a reply can have in JSON."""


def _limit(pattern: re.Pattern[str], instruction: str, default: int) -> int:
    """Return the largest number that an instruction names; "3-5 words" means 5."""
    named = [int(number) for number in pattern.findall(instruction)]
    return max(min(max(named, default=default), default), 1)


def _one_line(text: str) -> str:
    return " ".join(text[:_MAX_LINE_CHARACTERS].split())
