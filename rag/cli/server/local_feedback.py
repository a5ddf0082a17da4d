"""Store what the user of the terminal thinks of an answer where the server stores feedback."""

import time
from collections.abc import Callable
from pathlib import Path

from rag.api.access.caller import NO_KEYS_NEEDED
from rag.api.feedback.recording import GivenAnswer, ShaOf, record_of
from rag.api.feedback.records import Feedback, Thumbs
from rag.api.feedback.store import FeedbackStore
from rag.types import Answer


class LocalFeedback:
    """Records an answer only once something is said about it."""

    def __init__(
        self, path: Path, sha_of: ShaOf, *, keeps_questions: bool, clock: Callable[[], float] = time.time
    ) -> None:
        """Take the file of answers and feedback, which the first feedback creates.

        Args:
            clock: Seconds since 1970.
        """
        self._path = path
        self._sha_of = sha_of
        self._keeps_questions = keeps_questions
        self._clock = clock

    def give(self, answer: Answer, thumbs: Thumbs, *, reason: str = "", corrected_answer: str = "") -> None:
        """Store feedback; an empty reason keeps the one that was given before.

        Raises:
            FeedbackUnavailable: The file cannot be used.
        """
        now_ms = int(self._clock() * 1000)
        given = GivenAnswer(answer, NO_KEYS_NEEDED, now_ms)
        store = FeedbackStore(self._path)
        try:
            store.add([record_of(given, self._sha_of, keeps_questions=self._keeps_questions)])
            before = store.feedback_on(answer.id)
            kept_reason = before.reason if before and before.thumbs == thumbs else ""
            store.give(Feedback(answer.id, thumbs, reason or kept_reason, corrected_answer, now_ms))
        finally:
            store.close()
