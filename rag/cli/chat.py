"""Answer in the terminal: one question, or a conversation, with an engine in this process.

Ctrl-C stops the answer and its LLM, not the conversation. Only feedback is written to disk.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from rag import __version__
from rag.answering.question.history import fit_history
from rag.api.feedback.records import MAX_CORRECTED, MAX_REASON
from rag.assembly.settings import Settings
from rag.cli.console import AnswerPrinter, count, paragraph, print_lines, source_entry, table, text_width
from rag.cli.progress import hiding_typing, waiting
from rag.errors import QuestionInvalid, RagError
from rag.events import AnswerFinished, SourcesFound, answer_of
from rag.filters import Filters
from rag.text.questions import validate_question
from rag.types import Answer, Source, Turn

if TYPE_CHECKING:
    from rag.answering.answerer import Answerer
    from rag.assembly.engine import Engine
    from rag.cli.server.local_feedback import LocalFeedback

ReadLine = Callable[[], Awaitable[str]]

_PROMPT = "> "
_JUDGING = frozenset({"/up", "/down", "/right"})
_COMMANDS = {
    "/help": "show these commands",
    "/sources": "show the passages that the last answer used",
    "/up": "say that the last answer helped",
    "/down WHY": "say what is wrong with it; WHY may be left out",
    "/right ANSWER": "say what the right answer is",
    "/new": "start a new conversation",
    "/quit": "leave, like Ctrl-D",
    "Ctrl-C": "stop the answer, or clear the line",
}


async def answer_question(
    settings: Settings, question: str, notes: Console, *, top_k: int | None, filters: Filters
) -> Answer:
    """Return the answer to one question.

    Raises:
        RagError: The question, the index or the encoder cannot be used.
    """
    asked = validate_question(question, settings.max_question_characters)
    async with _opened(settings, notes) as engine:
        return await answer_of(engine.answerer.answer(asked, top_k=top_k, filters=filters))


async def print_answer(
    settings: Settings, question: str, out: Console, notes: Console, *, top_k: int | None, filters: Filters
) -> None:
    """Print the answer to one question as it is built.

    Raises:
        RagError: The question, the index or the encoder cannot be used.
    """
    asked = validate_question(question, settings.max_question_characters)
    async with _opened(settings, notes) as engine:
        printer = AnswerPrinter(out, notes)
        with hiding_typing(notes):
            printer.begin()
            try:
                async with aclosing(engine.answerer.answer(asked, top_k=top_k, filters=filters)) as events:
                    async for event in events:
                        printer.take(event)
            finally:
                printer.clear_status()


async def chat(settings: Settings, out: Console, notes: Console) -> None:
    """Hold a conversation on this process's terminal until the user leaves.

    Raises:
        RagError: The index or the encoder cannot be used.
    """
    async with _opened(settings, notes) as engine:
        await _greet(engine, settings, out)
        is_terminal = sys.stdin.isatty() and out.is_terminal
        read_line = make_line_editor() if is_terminal else _make_line_reader(out)
        feedback = _open_feedback(engine, settings)
        await Conversation(
            engine.answerer, settings.max_question_characters, read_line, out, notes, feedback=feedback
        ).hold()


class Conversation:
    """A conversation that remembers its turns."""

    def __init__(
        self,
        answerer: "Answerer",
        max_question_characters: int,
        read_line: ReadLine,
        out: Console,
        notes: Console,
        *,
        feedback: "LocalFeedback | None" = None,
    ) -> None:
        """Start without turns.

        Args:
            read_line: Raises EOFError when the user leaves and KeyboardInterrupt at Ctrl-C.
            notes: Shows progress.
            feedback: Stores what the user says about an answer; None stores nothing.
        """
        self._feedback = feedback
        self._last_answer: Answer | None = None
        self._answerer = answerer
        self._max_question_characters = max_question_characters
        self._read_line = read_line
        self._out = out
        self._notes = notes
        self._turns: tuple[Turn, ...] = ()
        self._sources: tuple[Source, ...] = ()

    async def hold(self) -> None:
        """Read and answer until the user leaves."""
        while (line := await self._next_line()) not in {None, "/quit"}:
            if not line:
                continue
            if line.startswith("/"):
                self._obey(line)
            else:
                await self._ask(line)
        self._say("Goodbye.")

    async def _next_line(self) -> str | None:
        try:
            return (await self._read_line()).strip()
        except KeyboardInterrupt:
            self._say("Ctrl-D or /quit leaves.")
            return ""
        except EOFError:
            return None

    def _obey(self, command: str) -> None:
        if command == "/help":
            print_lines(self._out, table(list(_COMMANDS.items()), text_width(self._out)))
        elif command == "/new":
            self._turns, self._sources, self._last_answer = (), (), None
            self._say("This is a new conversation.")
        elif command == "/sources":
            self._show_sources()
        elif command.partition(" ")[0] in _JUDGING:
            self._judge(*command.partition(" ")[::2])
        else:
            self._say("Unknown command; /help lists the commands.")

    def _judge(self, command: str, words: str) -> None:
        """Store what the user says about the last answer."""
        words = words.strip()
        if self._last_answer is None or self._feedback is None:
            said = "There is no answer yet." if self._feedback else "No feedback is stored here (answer_days is 0)."
        elif command == "/right" and not words:
            said = "Type the right answer behind /right."
        else:
            said = self._store(self._last_answer, command, words)
        self._say(said)

    def _store(self, answer: Answer, command: str, words: str) -> str:
        assert self._feedback is not None
        try:
            if command == "/up":
                self._feedback.give(answer, "up", reason=words[:MAX_REASON])
            elif command == "/down":
                self._feedback.give(answer, "down", reason=words[:MAX_REASON])
            else:
                self._feedback.give(answer, "down", corrected_answer=words[:MAX_CORRECTED])
        except RagError as error:
            return f"It was not stored: {error}."
        return "Thank you."

    def _show_sources(self) -> None:
        if not self._sources:
            self._say("There is no answer yet." if not self._turns else "The last answer used no passage.")
        for source in self._sources:
            print_lines(self._out, source_entry(source, text_width(self._out)))
            self._say("")

    async def _ask(self, line: str) -> None:
        try:
            question = validate_question(line, self._max_question_characters)
        except QuestionInvalid as error:
            message = str(error)
            self._say(f"{message[0].upper()}{message[1:]}.", "yellow")
            return
        self._say("")
        await self._answer_unless_stopped(question)
        self._say("")

    async def _answer_unless_stopped(self, question: str) -> None:
        """Answer, until Ctrl-C; the conversation stays as it was before a stopped answer."""
        answering = asyncio.create_task(self._answer(question))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, answering.cancel)
        try:
            with hiding_typing(self._notes):
                await answering
        except asyncio.CancelledError:
            self._say("Stopped.", "yellow")
        except RagError as error:
            self._say(f"No answer: {error}.", "yellow")
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    async def _answer(self, question: str) -> None:
        printer = AnswerPrinter(self._out, self._notes)
        printer.begin()
        self._sources, self._last_answer = (), None
        try:
            # Closing the events closes the connection to the LLM, which stops it.
            async with aclosing(self._answerer.answer(question, self._turns)) as events:
                async for event in events:
                    printer.take(event)
                    if isinstance(event, SourcesFound):
                        self._sources = event.sources
                    if isinstance(event, AnswerFinished):
                        self._turns = fit_history((*self._turns, event.answer.turn))
                        self._last_answer = event.answer
        except BaseException:
            printer.break_off()
            raise

    def _say(self, text: str, style: str = "") -> None:
        print_lines(self._out, [paragraph(text, text_width(self._out), style=style)])


def make_line_editor() -> ReadLine:
    """Return a reader of lines from the terminal, with editing and history."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("c-c")
    def _clear_or_interrupt(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt)

    session: PromptSession[str] = PromptSession(_PROMPT, history=InMemoryHistory(), key_bindings=keys)
    return session.prompt_async


def _make_line_reader(out: Console) -> ReadLine:
    async def read_line() -> str:
        # Nothing else runs meanwhile, and a waiting thread could not be interrupted.
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        print_lines(out, [paragraph(_PROMPT + line.strip(), text_width(out))])
        return line

    return read_line


@asynccontextmanager
async def _opened(settings: Settings, notes: Console) -> "AsyncIterator[Engine]":
    # asyncio would delay Ctrl-C until the loop runs again, which is after the models are loaded.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with waiting(notes, "Loading the models"):
        from rag.assembly.engine import open_engine

        engine = await open_engine(settings)
    try:
        yield engine
    finally:
        await engine.close()


def _open_feedback(engine: "Engine", settings: Settings) -> "LocalFeedback | None":
    from rag.cli.server.local_feedback import LocalFeedback

    def sha_of(version: str, document_id: str) -> str | None:
        del version  # there is only the one that answered
        return engine.retriever.entry(document_id).sha256

    if not settings.answer_days:
        return None
    return LocalFeedback(settings.answers_path, sha_of, keeps_questions=settings.keep_questions)


async def _greet(engine: "Engine", settings: Settings, out: Console) -> None:
    n_documents = engine.retriever.n_documents
    lines = [(f"Footnote {__version__} answers from {count(n_documents, 'document')}; /help lists the commands.", "")]
    if settings.answers_with == "local":
        try:
            await engine.check_llm()
        except RagError as error:
            lines.append((f"Answers will be quotes, for {error}.", "yellow"))
    print_lines(out, [paragraph(text, text_width(out), style=style) for text, style in lines])
    out.print()
