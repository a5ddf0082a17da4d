from rag.conversations import Conversations
from rag.types import Turn


def test_the_last_turns_are_remembered_and_the_oldest_conversation_forgotten() -> None:
    conversations = Conversations(max_conversations=2, max_turns=2)
    for name in ("a", "b", "a", "a", "c"):
        conversations.add(name, Turn(name, "."))

    assert len(conversations.turns("a")) == 2
    assert conversations.turns("b") == ()
    assert conversations.turns("never") == ()
