"""Refuse the questions of a site key whose answers have taken the LLM tokens of the day.

The tokens are those of the records of answers, so all processes and restarts count together. An
answer counts at its end: when it is finished, or when its reader leaves.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.api.access.caller import Caller
from rag.errors import BudgetSpent, FeedbackUnavailable
from rag.types import Usage

if TYPE_CHECKING:
    from rag.api.feedback.keeper import FeedbackKeeper
    from rag.api.telemetry.metrics import Metrics

_DAY_SECONDS = 24 * 3600


async def require_budget(caller: Caller, records: "FeedbackKeeper", tokens_a_day: int, now: float) -> None:
    """Check that a caller may ask; only site keys have a budget, as everybody can read them.

    Records that cannot be read stop no answer.

    Args:
        tokens_a_day: Of a key without a number of its own, in one collection, from midnight to
            midnight UTC; 0: no limit.
        now: Seconds since 1970.

    Raises:
        BudgetSpent: The tokens of the day are used.
    """
    key_id = caller.key_id
    limit = tokens_a_day if caller.daily_tokens is None else caller.daily_tokens
    if caller.kind != "site" or key_id is None or not limit:
        return
    began = now - now % _DAY_SECONDS
    try:
        n_used = await records.read(lambda store: store.count_tokens(key_id, int(began * 1000)))
    except FeedbackUnavailable:
        return
    if n_used >= limit:
        raise BudgetSpent(
            "the questions of today have used up what this site may spend",
            seconds_to_wait=math.ceil(began + _DAY_SECONDS - now),
        )


def counter_of(caller: Caller, records: "FeedbackKeeper | None", metrics: "Metrics") -> Callable[[Usage], None]:
    """Return what counts tokens for a caller that no finished answer counts."""

    def count(usage: Usage) -> None:
        metrics.count_tokens(usage)
        if records is not None:
            records.note_unreported(usage, caller)

    return count
