"""Remember the last turns of the conversations in progress, in memory, the oldest forgotten first."""

from collections import OrderedDict

from rag.types import Turn

_MAX_CONVERSATIONS = 1000
_MAX_TURNS = 6


class Conversations:
    """Turns by conversation id. Not safe to share between threads; the server's event loop is its only user."""

    def __init__(self, max_conversations: int = _MAX_CONVERSATIONS, max_turns: int = _MAX_TURNS) -> None:
        self._turns: OrderedDict[str, tuple[Turn, ...]] = OrderedDict()
        self._max_conversations = max_conversations
        self._max_turns = max_turns

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Return the remembered turns, oldest first; none for an unknown id."""
        return self._turns.get(conversation_id, ())

    def add(self, conversation_id: str, turn: Turn) -> None:
        """Remember a turn."""
        self._turns[conversation_id] = (*self.turns(conversation_id), turn)[-self._max_turns :]
        self._turns.move_to_end(conversation_id)
        while len(self._turns) > self._max_conversations:
            self._turns.popitem(last=False)
