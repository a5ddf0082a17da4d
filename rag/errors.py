"""Every error that is raised for a person to read: what is wrong, where, and what to do next."""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_COMMAND = re.compile(r"`rag ([a-z]+)")
_PLACEHOLDERS = {"--index-folder": "INDEX_FOLDER", "--models-folder": "MODELS_FOLDER"}
# All collections of a server share its keys and its backups.
_OF_THE_SERVER = frozenset({"serve", "keys", "backup", "restore"})


def with_options(text: str, options: Mapping[str, str]) -> str:
    """Return a text whose commands repeat options, so that they are about the same index.

    Args:
        text: Its commands are in backticks, such as `rag index FOLDER`.
        options: Values of options that come before the name of a command, by option.
    """

    def repeat(found: re.Match[str]) -> str:
        repeated = (
            f"{option} {shlex.quote(value)} "
            for option, value in options.items()
            if option != "--collection" or found[1] not in _OF_THE_SERVER
        )
        return f"`rag {''.join(repeated)}{found[1]}"

    return _COMMAND.sub(repeat, text)


@contextmanager
def repeating_options(options: Mapping[str, str]) -> Iterator[None]:
    """Let the next step of an error that is raised inside repeat options of the command line."""
    try:
        yield
    except RagError as error:
        error.repeat_options(options)
        raise


class RagError(Exception):
    """Base of all these errors; its text is one line, safe to print for the operator.

    Attributes:
        code: Stable name for programs, the `code` of a problem object.
        problem: What is wrong, without the next step.
        options: What the commands of the next step repeat from the command line.
        for_readers: What is wrong in words that name no path and no address of the operator.
    """

    code = "error"
    for_readers = ""

    def __init__(self, problem: str, *, next_step: str | None = None, for_readers: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.options: Mapping[str, str] = {}
        self._next_step = next_step
        self.for_readers = for_readers or self.for_readers or problem

    def __str__(self) -> str:
        return f"{self.problem}; {self.next_step}" if self.next_step else self.problem

    @property
    def next_step(self) -> str | None:
        """The command or action that helps, if one does."""
        return self._next_step and with_options(self._next_step, self.options)

    @property
    def next_step_for_readers(self) -> str | None:
        """The next step with placeholders for the paths of the operator."""
        shown = {option: _PLACEHOLDERS.get(option, value) for option, value in self.options.items()}
        return self._next_step and with_options(self._next_step, shown)

    @property
    def public(self) -> str:
        """The text of the error for readers."""
        step = self.next_step_for_readers
        return f"{self.for_readers}; {step}" if step else self.for_readers

    def repeat_options(self, options: Mapping[str, str]) -> None:
        """Let the next step repeat options; those that were given first stay."""
        self.options = self.options or options


class SettingsInvalid(RagError):
    code = "settings_invalid"


class QuestionInvalid(RagError):
    code = "question_invalid"


class BodyInvalid(RagError):
    """The JSON of a request can be read in two ways, or takes too much to read."""

    code = "body_invalid"


class ReaderGone(RagError):
    """The client closed the connection before the answer was ready."""

    code = "reader_gone"


class ServerStopping(RagError):
    """The server ends before an answer is ready."""

    code = "stopping"


class DocumentUnreadable(RagError):
    code = "document_unreadable"


class ProgramMissing(DocumentUnreadable):
    """A program that reads such files is not installed; the next build tries again."""


class BackupFailed(RagError):
    """A backup cannot be written, or something is in the way of what is restored."""

    code = "backup_failed"


class BackupInvalid(RagError):
    """A file is no backup, or a damaged one."""

    code = "backup_invalid"


class BuildFailed(RagError):
    """A build that the server started ended with an error."""

    code = "build_failed"


class DocumentRefused(RagError):
    """A document that was sent cannot be taken."""

    code = "document_refused"


class KeyRefused(RagError):
    code = "key_refused"


class VisitorRefused(RagError):
    """A token of a signed-in visitor is wrong; the problem says why, never what it holds."""

    code = "visitor_refused"

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__(f"the token of the visitor is refused: {why}", next_step=next_step)


class LinkRefused(RagError):
    """A signed link to a document was changed, has expired, or its document is another now."""

    code = "link_refused"


class KeyInvalid(RagError):
    """A key cannot be created as asked, or there is none with that id."""

    code = "key_invalid"


class KeysMissing(RagError):
    """A server that other machines reach has no keys."""

    code = "keys_missing"


class KeysUnavailable(RagError):
    """The file of keys cannot be read or written; no request with a key is answered."""

    code = "keys_unavailable"
    for_readers = "the keys cannot be checked, and the server's log says why"


class KeysBusy(KeysUnavailable):
    """Another process is writing the file of keys."""


class ScopeMissing(RagError):
    """The key is valid, but not for this."""

    code = "scope_missing"


def _describe_wait(seconds: int) -> str:
    """Return a time in the largest unit of which it has two, rounded up."""
    for unit, seconds_each in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * seconds_each:
            return f"{-(-seconds // seconds_each)} {unit}"
    return f"{seconds} s"


class TryLater(RagError):
    """Base of errors that pass by themselves.

    Attributes:
        seconds_to_wait: Until the request may succeed, at least 1.
    """

    def __init__(self, problem: str, *, seconds_to_wait: int) -> None:
        super().__init__(problem, next_step=f"try again in {_describe_wait(seconds_to_wait)}")
        self.seconds_to_wait = seconds_to_wait


class TooManyWrongKeys(TryLater):
    """An address sent too many wrong keys."""

    code = "too_many_wrong_keys"


class RateLimited(TryLater):
    """A key or an address asked too often of late."""

    code = "rate_limited"


class BudgetSpent(TryLater):
    """The answers to a site key have taken the LLM tokens of the day."""

    code = "budget_spent"


class ServerBusy(TryLater):
    """The server answers as many questions as it can."""

    code = "server_busy"


class KeyReused(RagError):
    """A client sent the key of one question with another one."""

    code = "key_reused"


class DocumentNotFound(RagError):
    code = "document_not_found"


class ConversationNotFound(RagError):
    code = "conversation_not_found"


class ConversationsUnavailable(RagError):
    """The file of conversations cannot be read or written; questions are answered all the same."""

    code = "conversations_unavailable"


class AnswerNotFound(RagError):
    """No recorded answer has the id that feedback is about."""

    code = "answer_not_found"


class FeedbackUnavailable(RagError):
    """The file of answers and feedback cannot be read or written; questions are answered."""

    code = "feedback_unavailable"


class CollectionNotFound(RagError):
    """The server has no such collection, or the key does not open it."""

    code = "collection_not_found"


class ModelNotServed(RagError):
    """An OpenAI client asked for another model than the ones that answer here."""

    code = "model_not_found"


class OriginalNotServed(RagError):
    """The file that a document was read from is of a kind that is not handed out."""

    code = "original_not_served"


class OriginalGone(RagError):
    """The file that a document was read from is no longer there, or no longer what was read."""

    code = "original_gone"


class NothingToIndex(RagError):
    code = "nothing_to_index"


class IndexMissing(RagError):
    code = "index_missing"
    for_readers = "there is no index yet"


class IndexStale(RagError):
    """The index was built with another encoder, format or chunking than the settings ask for."""

    code = "index_stale"
    for_readers = "the index does not fit the server's settings"


class IndexCorrupt(RagError):
    code = "index_corrupt"
    for_readers = "the index is damaged"


class IndexFull(RagError):
    """There is no room on the disk."""

    code = "index_full"


class IndexBusy(RagError):
    code = "index_busy"


class ModelMissing(RagError):
    code = "model_missing"
    for_readers = "a model is missing"


class ModelCorrupt(RagError):
    code = "model_corrupt"
    for_readers = "a model cannot be used"


class DownloadFailed(RagError):
    code = "download_failed"


class SiteUnreadable(RagError):
    """A web site that is to be added cannot be read, or its copy cannot be written."""

    code = "site_unreadable"


class GenerationFailed(RagError):
    """The LLM could not be reached, refused us, or broke off."""

    code = "generation_failed"
    for_readers = "the LLM fails"


class LlmBusy(GenerationFailed):
    """The LLM works for others, or this process had no time to listen to it; it has not failed.

    Attributes:
        reason: The same for all, and safe to show to readers.
    """

    code = "llm_busy"
    reason = "the language model is busy with other questions"
    for_readers = reason

    def __init__(self) -> None:
        super().__init__(self.reason, next_step="ask again later")


class NotReady(RagError):
    code = "not_ready"


class PortInUse(RagError):
    code = "port_in_use"


class EvaluationInvalid(RagError):
    code = "evaluation_invalid"
