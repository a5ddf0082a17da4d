"""Keep as much of a conversation as is read: the last turns that fit. Pure."""

from collections.abc import Callable, Sequence

from rag.types import Turn

# A local LLM on two cores reads this many tokens in about four seconds; they hold five turns of
# short answers.
_HISTORY_TOKENS = 300
# Bounds what is stored and passed on, above all one very long last turn, which is never left out.
_MAX_HISTORY_CHARACTERS = 6000
MAX_HISTORY_TURNS = 20


def recent_turns(history: Sequence[Turn], count_tokens: Callable[[str], int]) -> list[Turn]:
    """Return the last turns that fit into the token budget, oldest first; the newest always."""
    kept = _last_turns(history, _HISTORY_TOKENS, lambda turn: count_tokens(turn.question) + count_tokens(turn.answer))
    return kept or list(history[-1:])


def fit_history(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the last turns, oldest first, that have together at most 6,000 characters.

    If the newest alone is longer, its end is cut off. `recent_turns` reads fewer of them.
    """
    kept = _last_turns(turns, _MAX_HISTORY_CHARACTERS, lambda turn: len(turn.question) + len(turn.answer))
    if turns and not kept:
        question = turns[-1].question[:_MAX_HISTORY_CHARACTERS]
        kept = [Turn(question, turns[-1].answer[: _MAX_HISTORY_CHARACTERS - len(question)])]
    return tuple(kept)


def _last_turns(turns: Sequence[Turn], budget: int, size_of: Callable[[Turn], int]) -> list[Turn]:
    """Return the last turns whose sizes add up to at most the budget, oldest first."""
    kept: list[Turn] = []
    for turn in reversed(turns):
        budget -= size_of(turn)
        if budget < 0:
            break
        kept.append(turn)
    return kept[::-1]
