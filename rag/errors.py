"""Every error that we raise for a person to read: what is wrong, where, and the next command."""


class RagError(Exception):
    """Base of all our errors; its text is one line, safe to print.

    Attributes:
        code: Stable name for programs, the `code` of a problem object.
        status: The HTTP status that fits.
    """

    code = "error"
    status = 500


class SettingsInvalid(RagError):
    code = "settings_invalid"


class QuestionInvalid(RagError):
    code = "question_invalid"
    status = 422


class ReaderGone(RagError):
    """Whoever asked has closed the connection; nobody reads this."""

    code = "reader_gone"
    status = 503


class ServerStopping(RagError):
    """The server ends before an answer is ready."""

    code = "stopping"
    status = 503


class DocumentUnreadable(RagError):
    code = "document_unreadable"


class BuildFailed(RagError):
    """A build that the server started ended with an error."""

    code = "build_failed"


class DocumentRefused(RagError):
    """A document that was sent cannot be taken."""

    code = "document_refused"
    status = 422


class KeyRefused(RagError):
    code = "key_refused"
    status = 401


class DocumentNotFound(RagError):
    code = "document_not_found"
    status = 404


class ConversationNotFound(RagError):
    code = "conversation_not_found"
    status = 404


class ConversationsUnavailable(RagError):
    """The file of conversations cannot be read or written; questions are answered all the same."""

    code = "conversations_unavailable"
    status = 503


class ModelNotServed(RagError):
    """An OpenAI client asked for another model than the one that answers here."""

    code = "model_not_found"
    status = 404


class OriginalNotServed(RagError):
    """The file that a document was read from is of a kind that is not handed out."""

    code = "original_not_served"
    status = 404


class OriginalGone(RagError):
    """The file that a document was read from is no longer there, or no longer what was read."""

    code = "original_gone"
    status = 410


class NothingToIndex(RagError):
    code = "nothing_to_index"


class IndexMissing(RagError):
    code = "index_missing"
    status = 503


class IndexStale(RagError):
    """The index was built with another encoder, format or chunking than the settings ask for."""

    code = "index_stale"
    status = 503


class IndexCorrupt(RagError):
    code = "index_corrupt"
    status = 503


class IndexFull(RagError):
    """There is no room on the disk."""

    code = "index_full"
    status = 507


class IndexBusy(RagError):
    code = "index_busy"


class ModelMissing(RagError):
    code = "model_missing"
    status = 503


class ModelCorrupt(RagError):
    code = "model_corrupt"
    status = 503


class DownloadFailed(RagError):
    code = "download_failed"


class GenerationFailed(RagError):
    """The LLM could not be reached, refused us, or broke off."""

    code = "generation_failed"
    status = 502


class NotReady(RagError):
    code = "not_ready"
    status = 503


class PortInUse(RagError):
    code = "port_in_use"


class EvaluationInvalid(RagError):
    code = "evaluation_invalid"
