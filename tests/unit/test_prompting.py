from rag.prompting import Prompts, answer_messages, rewrite_messages
from rag.types import Context, Turn
from tests.unit.conftest import make_document, make_hits, make_passages

PROMPTS = Prompts(
    "Be brief.", "Text:\n$context\n\nQuestion: $question", "$history\nLast: $question", numbers_passages=False
)


def test_documents_and_questions_are_never_read_as_templates() -> None:
    document = make_document("The price is $question and ${context} dollars, all told, in full.")
    context = Context(make_hits(make_passages(document, min_tokens=0)), 1)

    messages = answer_messages(PROMPTS, context, "What is $context?")

    assert messages[1]["content"] == (
        "Text:\nThe price is $question and ${context} dollars, all told, in full.\n\nQuestion: What is $context?"
    )


def test_passages_are_numbered_for_models_that_can_cite(context: Context) -> None:
    numbered = Prompts(PROMPTS.system, PROMPTS.answer, PROMPTS.rewrite, numbers_passages=True)

    content = answer_messages(numbered, context, "Who?")[1]["content"]

    assert "[1] Harbour news" in content
    assert "\n\n[2] Captain" in content


def test_history_is_told_turn_by_turn() -> None:
    history = [Turn("Who leads?", "Ines leads."), Turn("Since when?", "Since 2019.")]

    content = rewrite_messages(PROMPTS, history, "And why?")[0]["content"]

    assert content == (
        "Question: Who leads?\nAnswer: Ines leads.\nQuestion: Since when?\nAnswer: Since 2019.\nLast: And why?"
    )
