import asyncio
import io
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from rag.answering.answerer import Answerer
from rag.api.feedback.records import Feedback
from rag.api.feedback.store import FeedbackStore
from rag.cli.chat import Conversation, ReadLine
from rag.cli.server.local_feedback import LocalFeedback
from rag.events import AnswerEvent, AnswerFinished, AnswerStarted, SourcesFound, TextDelta
from rag.types import Answer, AnswerSentence, Turn


class FakeAnswerer:
    """Answers every question alike, `long` at length; in answer to `wait` it presses Ctrl-C and hangs."""

    def __init__(self) -> None:
        self.histories: list[list[Turn]] = []
        self.n_closed = 0

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> AsyncGenerator[AnswerEvent, None]:
        self.histories.append(list(history))
        query = f"{question} (query)"
        try:
            yield AnswerStarted("a", "c", question, question)
            yield SourcesFound(())
            said = "So." if question != "long" else "So" + " and so" * 500 + "."
            yield TextDelta(f"{said} [1]")
            if question == "wait":
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(30)
            sentences = (AnswerSentence(said, (1,), supported=True),)
            answer = Answer(
                "a", "c", question, query, "answered", f"{said} [1]", "", sentences, (), None, "llm", "m", "v"
            )
            yield AnswerFinished(answer)
        finally:
            self.n_closed += 1


def hold(answerer: FakeAnswerer, *lines: str | type[BaseException], feedback: LocalFeedback | None = None) -> str:
    """Return what a conversation prints in which a reader types these lines, or raises these, and then leaves."""
    remaining = list(lines)

    async def read_line() -> str:
        line = remaining.pop(0) if remaining else EOFError
        if isinstance(line, str):
            return line
        raise line

    out = Console(file=io.StringIO(), width=80, highlight=False)
    reader: ReadLine = read_line
    conversation = Conversation(
        cast(Answerer, answerer), 20, reader, out, Console(file=io.StringIO()), feedback=feedback
    )
    asyncio.run(conversation.hold())
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.fixture
def answerer() -> FakeAnswerer:
    return FakeAnswerer()


def test_a_follow_up_is_told_the_queries_and_answers_before_it(answerer: FakeAnswerer) -> None:
    hold(answerer, "one", "two")

    assert answerer.histories == [[], [Turn("one (query)", "So.")]]


def test_only_as_many_turns_are_remembered_as_a_model_can_read_again(answerer: FakeAnswerer) -> None:
    hold(answerer, "one", "long", "two", "long", "three")

    assert [turn.question for turn in answerer.histories[-1]] == ["two (query)", "long (query)"]


def test_a_new_conversation_knows_nothing_of_the_last(answerer: FakeAnswerer) -> None:
    hold(answerer, "one", "/new", "two")

    assert answerer.histories == [[], []]


def test_ctrl_c_stops_the_answer_and_its_model_but_not_the_conversation(answerer: FakeAnswerer) -> None:
    printed = hold(answerer, "one", "wait", "two")

    assert "So. [1]\nStopped.\n" in printed
    assert answerer.n_closed == 3
    assert answerer.histories[2] == [Turn("one (query)", "So.")]


def test_ctrl_c_at_an_empty_prompt_tells_how_to_leave(answerer: FakeAnswerer) -> None:
    assert hold(answerer, KeyboardInterrupt) == "Ctrl-D or /quit leaves.\nGoodbye.\n"


def test_quit_leaves(answerer: FakeAnswerer) -> None:
    assert hold(answerer, "/quit", "never asked") == "Goodbye.\n"
    assert not answerer.histories


def test_a_question_that_is_too_long_is_not_asked(answerer: FakeAnswerer) -> None:
    printed = hold(answerer, "x" * 21)

    assert printed == "The question has 21 characters, at most 20 are allowed; shorten it.\nGoodbye.\n"
    assert not answerer.histories


def test_sources_before_any_answer_say_so(answerer: FakeAnswerer) -> None:
    assert hold(answerer, "/sources").startswith("There is no answer yet.\n")


@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        (("one", "/up"), Feedback("a", "up", "", "", 1000)),
        (("one", "/down it is old"), Feedback("a", "down", "it is old", "", 1000)),
        (("one", "/down it is old", "/right  He did. "), Feedback("a", "down", "it is old", "He did.", 1000)),
        (("one", "/right He did.", "/up"), Feedback("a", "up", "", "", 1000)),
    ],
)
def test_what_a_user_says_about_an_answer_is_stored(
    answerer: FakeAnswerer, tmp_path: Path, lines: tuple[str, ...], stored: Feedback
) -> None:
    path = tmp_path / "answers.sqlite"
    feedback = LocalFeedback(path, lambda *_: None, keeps_questions=False, clock=lambda: 1.0)

    printed = hold(answerer, *lines, feedback=feedback)

    assert printed.endswith("Thank you.\nGoodbye.\n")
    assert FeedbackStore(path).feedback_on("a") == stored
    assert answerer.histories == [[]], "no command is asked"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("/up",), "There is no answer yet."),
        (("one", "/new", "/down"), "There is no answer yet."),
        (("one", "/right"), "Type the right answer behind /right."),
        (("one", "/upper"), "Unknown command; /help lists the commands."),
    ],
)
def test_what_cannot_be_stored_is_said(
    answerer: FakeAnswerer, tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "answers.sqlite"
    feedback = LocalFeedback(path, lambda *_: None, keeps_questions=False)

    assert hold(answerer, *lines, feedback=feedback).endswith(f"{said}\nGoodbye.\n")
    assert not path.exists()


def test_feedback_whose_file_fails_ends_no_conversation(answerer: FakeAnswerer, tmp_path: Path) -> None:
    feedback = LocalFeedback(tmp_path, lambda *_: None, keeps_questions=False)

    printed = hold(answerer, "one", "/up", "two", feedback=feedback)

    assert "It was not stored:" in printed
    assert len(answerer.histories) == 2
