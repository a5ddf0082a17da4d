"""What the records of answers tell their owner: lists, sums by day, and what is cited."""

from dataclasses import dataclass
from typing import Literal, cast

from rag.api.feedback.records import Thumbs
from rag.api.feedback.store import FeedbackStore
from rag.types import AnsweredBy, Outcome

Shown = Literal["all", "unanswered", "thumbs-down"]
Work = Literal["open", "done"]
"""Questions that nobody has marked as done, and those that somebody has."""

DAY_MS = 24 * 3600 * 1000
_CONDITIONS: dict[Shown, str] = {
    "all": "TRUE",
    "unanswered": "outcome IN ('possible', 'declined')",
    "thumbs-down": "thumbs = 'down'",
}
_LISTED = """
SELECT number, id, answered_ms, outcome, kind, answered_by, is_degraded, total_ms, key_id, user, question, answer,
    thumbs, coalesce(reason, ''), coalesce(corrected_answer, '')
FROM answers LEFT JOIN feedback USING (number)
"""
# Words differ in case and space alone.
_GROUPED = """
SELECT max(number), count(*), max(answered_ms) FROM answers
WHERE outcome IN ('possible', 'declined') AND question IS NOT NULL AND (done_ms IS NOT NULL) = ?
GROUP BY lower(trim(question)) ORDER BY count(*) DESC, max(number) DESC LIMIT ?
"""
_BY_DAY = """
WITH ranked AS (
    SELECT answers.*, thumbs, answered_ms / 86400000 AS day,
        row_number() OVER (PARTITION BY answered_ms / 86400000 ORDER BY total_ms) AS place,
        count(*) OVER (PARTITION BY answered_ms / 86400000) AS n
    FROM answers LEFT JOIN feedback USING (number) WHERE answered_ms >= ?)
SELECT day, n, sum(outcome = 'answered'), sum(outcome = 'partly'), sum(outcome = 'possible'),
    sum(outcome = 'declined'), sum(is_degraded), coalesce(sum(thumbs = 'up'), 0), coalesce(sum(thumbs = 'down'), 0),
    sum(prompt_tokens) + coalesce((SELECT sum(prompt_tokens) FROM tokens WHERE day_ms = day * 86400000), 0),
    sum(completion_tokens)
        + coalesce((SELECT sum(completion_tokens) FROM tokens WHERE day_ms = day * 86400000), 0),
    max(CASE WHEN place = (n + 1) / 2 THEN total_ms END), max(CASE WHEN place = (n * 19 + 19) / 20 THEN total_ms END)
FROM ranked GROUP BY day ORDER BY day
"""
_CITED = """
SELECT document_id, max(uri), count(*), max(answered_ms),
    (SELECT sha256 FROM cited latest WHERE latest.document_id = cited.document_id AND sha256 IS NOT NULL
     ORDER BY number DESC LIMIT 1)
FROM cited JOIN answers USING (number) WHERE answered_ms >= ?
GROUP BY document_id ORDER BY count(*) DESC, document_id
"""


@dataclass(frozen=True, slots=True)
class ListedAnswer:
    """An answer in a list, the feedback on it included.

    Attributes:
        number: Higher for later answers.
        answered_ms: Milliseconds since 1970.
        question, answer: None if the words are not kept; the answer as the reader got it, JSON.
        reason, corrected_answer: Empty without such feedback.
    """

    number: int
    id: str
    answered_ms: int
    outcome: Outcome
    kind: str
    answered_by: AnsweredBy
    is_degraded: bool
    total_ms: float
    key_id: str | None
    user: str | None
    question: str | None
    answer: str | None
    thumbs: Thumbs | None
    reason: str
    corrected_answer: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question without a confirmed answer, with its latest answer.

    Attributes:
        n_asked: How often the same words were asked.
    """

    latest: ListedAnswer
    n_asked: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The sums of one day.

    Attributes:
        day: Since 1970, in UTC.
        prompt_tokens, completion_tokens: Those for readers who left included.
        median_ms, slow_ms: Percentiles 50 and 95 of the time of an answer.
    """

    day: int
    n_answers: int
    n_answered: int
    n_partly: int
    n_possible: int
    n_declined: int
    n_degraded: int
    n_up: int
    n_down: int
    prompt_tokens: int
    completion_tokens: int
    median_ms: float
    slow_ms: float


@dataclass(frozen=True, slots=True)
class CitedCount:
    """How often a document is cited.

    Attributes:
        sha256: Of the file that was cited last; None if it is unknown.
    """

    document_id: str
    uri: str
    n_answers: int
    last_ms: int
    sha256: str | None


def list_answers(store: FeedbackStore, shown: Shown, limit: int, before: int | None) -> list[ListedAnswer]:
    """Return answers, the newest first.

    Args:
        before: The number of an answer; only older ones are listed.
    """
    query = f"{_LISTED} WHERE ({_CONDITIONS[shown]}) AND (? IS NULL OR number < ?) ORDER BY number DESC LIMIT ?"
    return [_listed(row) for row in store.database.rows(query, before, before, limit)]


def list_judged(store: FeedbackStore) -> list[ListedAnswer]:
    """Return the answers with thumbs up or a corrected answer, the oldest first."""
    judged = "thumbs = 'up' OR corrected_answer != ''"
    return [_listed(row) for row in store.database.rows(f"{_LISTED} WHERE {judged} ORDER BY number")]


def list_conversation_before(store: FeedbackStore, number: int, limit: int) -> list[ListedAnswer]:
    """Return the last answers of a conversation before one of its answers, the oldest first.

    Args:
        number: Of the answer. Only answers whose words are kept are listed.
    """
    ((conversation_id,),) = store.database.rows("SELECT conversation_id FROM answers WHERE number = ?", number)
    earlier = "conversation_id = ? AND number < ? AND answer IS NOT NULL"
    query = f"{_LISTED} WHERE {earlier} ORDER BY number DESC LIMIT ?"
    rows = store.database.rows(query, conversation_id, number, limit)
    return [_listed(row) for row in reversed(rows)]


def list_unanswered(store: FeedbackStore, work: Work, limit: int) -> list[OpenQuestion]:
    """Return the kept questions without a confirmed answer, the most frequent first.

    One that is asked again after it was marked as done is open again.
    """
    found = []
    for number, n_asked, last_ms in store.database.rows(_GROUPED, work == "done", limit):
        ((*row,),) = store.database.rows(f"{_LISTED} WHERE number = ?", number)
        found.append(OpenQuestion(_listed(tuple(row)), n_asked, last_ms))
    return found


def sum_by_day(store: FeedbackStore, since_ms: int) -> list[DayFigures]:
    """Return the figures of each day with answers, the oldest first."""
    return [DayFigures(*row) for row in store.database.rows(_BY_DAY, since_ms)]


def count_cited(store: FeedbackStore, since_ms: int) -> list[CitedCount]:
    """Return how often each document is cited, the most cited first; equal ones by id."""
    return [CitedCount(*row) for row in store.database.rows(_CITED, since_ms)]


def _listed(row: tuple[object, ...]) -> ListedAnswer:
    (number, id_, answered_ms, outcome, kind, answered_by, is_degraded, total_ms, key_id, user, *rest) = row
    question, answer, thumbs, reason, corrected_answer = rest
    return ListedAnswer(
        number=cast("int", number),
        id=str(id_),
        answered_ms=cast("int", answered_ms),
        outcome=cast("Outcome", outcome),
        kind=str(kind),
        answered_by=cast("AnsweredBy", answered_by),
        is_degraded=bool(is_degraded),
        total_ms=cast("float", total_ms),
        key_id=cast("str | None", key_id),
        user=cast("str | None", user),
        question=cast("str | None", question),
        answer=cast("str | None", answer),
        thumbs=cast("Thumbs | None", thumbs),
        reason=str(reason),
        corrected_answer=str(corrected_answer),
    )
