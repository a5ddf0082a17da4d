"""The owner's pages as HTML, from the templates in rag/web/templates/owner."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from rag.api.feedback.keeper import KeptFor
from rag.api.feedback.reading import CitedCount, DayFigures, ListedAnswer, OpenQuestion, Shown, Work
from rag.api.owner.cost import Prices
from rag.api.owner.stale import OLD_DAYS, StaleDocument
from rag.types import FileEntry
from rag.wire.left_out import USUAL, explain_left_out
from rag.wire.templates import render

Rows = Sequence[Sequence[str]]
"""The names of the columns, then the rows."""

_SHOWN: dict[Shown, str] = {"all": "All", "unanswered": "Declined or only possible", "thumbs-down": "Thumbs down"}
_WORK: dict[Work, str] = {"open": "To do", "done": "Done"}
_DAY_COLUMNS = (
    *("day", "answers", "answered", "partly", "possible", "declined", "without the LLM", "thumbs up", "thumbs down"),
    *("tokens read", "tokens generated", "half within", "19 of 20 within"),
)
_WHY = {
    "gone": "The document is no longer in the index.",
    "changed": "It has changed since it was cited last. Answers given before may be wrong now.",
    "old": f"Its file has not changed for {OLD_DAYS // 365} years.",
}
_UTC = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around each page.

    Attributes:
        root: What the paths of its links begin with.
        is_signed_in: False on a server without keys: there is nothing to sign out of.
        collections: The title and the root of each; empty if there is only one.
    """

    root: str
    is_signed_in: bool
    collections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCitation:
    """A citation below an answer; `url` opens its words, marked."""

    number: str
    title: str
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer as a page shows it; `answer` is empty if the words are not kept."""

    record: ListedAnswer
    when: str
    seconds: str
    answer: str
    citations: tuple[ShownCitation, ...]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A file of the folder as a page shows it."""

    uri: str
    title: str
    state: str
    url: str
    notes: tuple[str, ...]
    n_cited: int


def render_sign_in(message: str, frame: Frame) -> str:
    """Return the form that takes a key."""
    return _render("owner/sign_in.html", frame, title="Sign in", message=message)


def render_figures(
    days: Sequence[DayFigures],
    plots: Mapping[str, str],
    kept_for: KeptFor,
    prices: Prices,
    *,
    n_days: int,
    frame: Frame,
) -> str:
    """Return the page of figures day by day.

    Args:
        plots: SVG by name, which is not escaped.
    """
    return _render(
        "owner/figures.html",
        frame,
        title="Figures",
        current="figures",
        plots=plots,
        rows=_day_rows(days, prices),
        totals=_totals(days),
        cost=prices.shown(prices.cost_of(days)) if prices.are_set else "",
        kept_for=kept_for,
        n_days=n_days,
    )


def render_questions(
    answers: Sequence[ListedAnswer], shown: Shown, kept_for: KeptFor, *, next_before: int | None, frame: Frame
) -> str:
    """Return a page of the list of answers, the newest first."""
    return _render(
        "owner/questions.html",
        frame,
        title="Questions",
        current="questions",
        answers=list(map(_shown_answer, answers)),
        shown=shown,
        choices=_SHOWN,
        kept_for=kept_for,
        next_before=next_before,
    )


def render_open(questions: Sequence[OpenQuestion], work: Work, kept_for: KeptFor, *, frame: Frame) -> str:
    """Return the list of questions that no answer was confirmed for: those to do, or those done."""
    return _render(
        "owner/open.html",
        frame,
        title="To work through",
        current="open",
        work=work,
        choices=_WORK,
        questions=[(one, _when(one.last_ms), _shown_answer(one.latest)) for one in questions],
        kept_for=kept_for,
    )


def render_documents(
    entries: Sequence[FileEntry],
    waiting: Collection[str],
    counts: Iterable[CitedCount],
    *,
    page: int,
    page_size: int,
    frame: Frame,
) -> str:
    """Return a page of the files of the folder; those with something to do come first."""
    n_cited = {count.document_id: count.n_answers for count in counts}
    known = {entry.uri for entry in entries}
    files = [_shown_document(entry, waiting, n_cited) for entry in entries]
    files += [ShownDocument(uri, "", "waiting", "", (), 0) for uri in waiting if uri not in known]
    order = {"skipped": 0, "waiting": 1, "indexed": 2}
    files.sort(key=lambda file: (order[file.state], not file.notes, file.uri))
    states = {state: sum(file.state == state for file in files) for state in order}
    first = page * page_size
    return _render(
        "owner/documents.html",
        frame,
        title="Documents",
        current="documents",
        files=files[first : first + page_size],
        states=states,
        n_partly=sum(file.state == "indexed" and bool(file.notes) for file in files),
        page=page,
        has_more=len(files) > first + page_size,
    )


def render_citations(stale: Sequence[StaleDocument], n_cited: int, *, n_days: int, frame: Frame) -> str:
    """Return the cited documents that may be out of date."""
    return _render(
        "owner/citations.html",
        frame,
        title="Stale citations",
        current="citations",
        stale=[
            (one, _WHY[one.why], _document_url(one.cited.document_id), _when(one.cited.last_ms), _day(one.modified_ms))
            for one in stale
        ],
        n_cited=n_cited,
        n_days=n_days,
    )


def _render(name: str, frame: Frame, **values: object) -> str:
    return render(name, frame=frame, root=frame.root, **values)


def _shown_answer(record: ListedAnswer) -> ShownAnswer:
    body = json.loads(record.answer) if record.answer else {}
    citations = tuple(
        ShownCitation(
            str(one["number"]),
            str(one["title"]),
            str(one["quote"]),
            f"{_document_url(str(one['document_id']))}?start={int(one['start'])}&end={int(one['end'])}",
        )
        for one in body.get("citations", ())
    )
    seconds = f"{record.total_ms / 1000:.1f} s"
    return ShownAnswer(record, _when(record.answered_ms), seconds, str(body.get("answer", "")), citations)


def _shown_document(entry: FileEntry, waiting: Collection[str], n_cited: Mapping[str, int]) -> ShownDocument:
    if entry.reason is not None:
        state = "waiting" if entry.uri in waiting else "skipped"
        return ShownDocument(entry.uri, "", state, "", (entry.reason,), 0)
    notes = tuple(explain_left_out(one) for one in entry.left_out if one.what not in USUAL)
    state = "waiting" if entry.uri in waiting else "indexed"
    return ShownDocument(entry.uri, entry.title, state, _document_url(entry.id), notes, n_cited.get(entry.id, 0))


def _totals(days: Sequence[DayFigures]) -> dict[str, int]:
    return {
        "answers": sum(day.n_answers for day in days),
        "not confirmed": sum(day.n_possible + day.n_declined for day in days),
        "thumbs up": sum(day.n_up for day in days),
        "thumbs down": sum(day.n_down for day in days),
        "tokens": sum(day.prompt_tokens + day.completion_tokens for day in days),
    }


def _day_rows(days: Sequence[DayFigures], prices: Prices) -> Rows:
    if not prices.are_set:
        return [_DAY_COLUMNS, *map(_day_row, days)]
    return [(*_DAY_COLUMNS, "cost"), *((*_day_row(day), prices.shown(prices.cost_of([day]))) for day in days)]


def _day_row(day: DayFigures) -> tuple[str, ...]:
    counts = (
        *(day.n_answers, day.n_answered, day.n_partly, day.n_possible, day.n_declined, day.n_degraded),
        *(day.n_up, day.n_down, day.prompt_tokens, day.completion_tokens),
    )
    times = (f"{ms / 1000:.1f} s" for ms in (day.median_ms, day.slow_ms))
    date = datetime.fromtimestamp(day.day * 86_400, UTC).date().isoformat()
    return (date, *(f"{count:,}" for count in counts), *times)


def _document_url(document_id: str) -> str:
    return f"/admin/documents/{quote(document_id, safe='')}"


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):{_UTC}}"


def _day(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
