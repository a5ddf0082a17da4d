"""GET /admin and below: the owner's pages."""

import asyncio
import importlib
import time
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag.api.feedback.export import export_judged, nearest_document
from rag.api.feedback.reading import (
    DAY_MS,
    DayFigures,
    Shown,
    Work,
    count_cited,
    list_answers,
    list_unanswered,
    sum_by_day,
)
from rag.api.owner.cost import Prices, prices_of
from rag.api.owner.framing import OwnerFrame
from rag.api.owner.pages import render_citations, render_documents, render_figures, render_open, render_questions
from rag.api.owner.stale import find_stale
from rag.api.pages import render_document_page
from rag.api.services import AskedCollection
from rag.documents.scan import path_of
from rag.types import Span

_FIGURE_DAYS = 30
_CITED_DAYS = 90
_PAGE_SIZE = 50
_FILES_PER_PAGE = 200
_MAX_OPEN = 200
_MAX_NUMBER = 2**53
_MAX_OFFSET = 10**10
# What readers asked is not for caches.
_PRIVATE = {"Cache-Control": "no-store"}
router = APIRouter(include_in_schema=False)


@router.get("/admin")
async def figures(collection: AskedCollection, frame: OwnerFrame) -> HTMLResponse:
    days = await collection.feedback.read(lambda store: sum_by_day(store, _days_ago(_FIGURE_DAYS)))
    prices = prices_of(collection.settings)
    plots = await asyncio.to_thread(_plot, tuple(days), prices) if days else {}
    page = render_figures(days, plots, collection.feedback.kept_for, prices, n_days=_FIGURE_DAYS, frame=frame)
    return _page(page)


@router.get("/admin/open")
async def open_questions(collection: AskedCollection, frame: OwnerFrame, show: Work = "open") -> HTMLResponse:
    questions = await collection.feedback.read(lambda store: list_unanswered(store, show, _MAX_OPEN))
    kept_for = collection.feedback.kept_for
    return _page(await asyncio.to_thread(render_open, questions, show, kept_for, frame=frame))


# The guard admits no form of another origin.
@router.post("/admin/open")
async def mark_question(
    collection: AskedCollection,
    frame: OwnerFrame,
    number: Annotated[int, Form(ge=1, le=_MAX_NUMBER)],
    work: Annotated[Work, Form()],
) -> RedirectResponse:
    await collection.feedback.mark_done(number, is_done=work == "done")
    came_from = "open" if work == "done" else "done"
    return RedirectResponse(f"{frame.root}/admin/open?show={came_from}", HTTPStatus.SEE_OTHER)


@router.get("/admin/questions")
async def questions(
    collection: AskedCollection,
    frame: OwnerFrame,
    show: Shown = "all",
    before: Annotated[int | None, Query(ge=1, le=_MAX_NUMBER)] = None,
) -> HTMLResponse:
    # One more than the page shows whether there is a next page.
    answers = await collection.feedback.read(lambda store: list_answers(store, show, _PAGE_SIZE + 1, before))
    listed = answers[:_PAGE_SIZE]
    next_before = listed[-1].number if len(answers) > len(listed) else None
    kept_for = collection.feedback.kept_for
    return _page(
        await asyncio.to_thread(render_questions, listed, show, kept_for, next_before=next_before, frame=frame)
    )


@router.get("/admin/questions.jsonl")
async def export(collection: AskedCollection) -> Response:
    retriever = (await collection.loader.engine()).retriever
    uris = await asyncio.to_thread(lambda: {one.uri for one in retriever.entries() if one.reason is None})
    exported = await collection.feedback.read(lambda store: export_judged(store, uris, nearest_document(retriever)))
    headers = {**_PRIVATE, "Content-Disposition": 'attachment; filename="questions.jsonl"'}
    return Response(exported.text.encode(), headers=headers, media_type="application/jsonl")


@router.get("/admin/documents")
async def documents(
    collection: AskedCollection, frame: OwnerFrame, page: Annotated[int, Query(ge=0, le=_MAX_NUMBER)] = 0
) -> HTMLResponse:
    retriever = (await collection.loader.engine()).retriever
    counts = await collection.feedback.read(lambda store: count_cited(store, _days_ago(_CITED_DAYS)))
    waiting = collection.upkeep.waiting(retriever.version)

    def rendered() -> str:
        return render_documents(retriever.entries(), waiting, counts, page=page, page_size=_FILES_PER_PAGE, frame=frame)

    return _page(await asyncio.to_thread(rendered))


@router.get("/admin/documents/{document_id}")
async def document(
    document_id: str,
    collection: AskedCollection,
    frame: OwnerFrame,
    start: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
    end: Annotated[int | None, Query(ge=0, le=_MAX_OFFSET)] = None,
) -> HTMLResponse:
    retriever = (await collection.loader.engine()).retriever
    marked = Span(start, end) if start is not None and end is not None else None
    return _page(
        await asyncio.to_thread(
            lambda: render_document_page(retriever.document(document_id, marked), marked, frame.root)
        )
    )


@router.get("/admin/citations")
async def citations(collection: AskedCollection, frame: OwnerFrame) -> HTMLResponse:
    retriever = (await collection.loader.engine()).retriever
    counts = await collection.feedback.read(lambda store: count_cited(store, _days_ago(_CITED_DAYS)))

    def rendered() -> str:
        entries = {entry.id: entry for entry in retriever.entries() if entry.reason is None}
        modified = {}
        for uri in {entries[one.document_id].uri for one in counts if one.document_id in entries}:
            try:
                modified[uri] = path_of(uri, retriever.folder).stat().st_mtime_ns // 1_000_000
            except (OSError, ValueError):
                continue
        stale = find_stale(counts, entries, modified, int(time.time() * 1000))
        return render_citations(stale, len(counts), n_days=_CITED_DAYS, frame=frame)

    return _page(await asyncio.to_thread(rendered))


# Drawing takes a second, and most days stay as they are.
@lru_cache(maxsize=4)
def _plot(days: tuple[DayFigures, ...], prices: Prices) -> dict[str, str]:
    # matplotlib takes a second to import, and only this page needs it.
    plots = importlib.import_module("rag.api.owner.plots")
    return {
        "outcomes": plots.plot_outcomes(days),
        "thumbs": plots.plot_thumbs(days),
        "times": plots.plot_times(days),
        "tokens": plots.plot_tokens(days),
        "cost": plots.plot_cost(days, prices),
    }


def _days_ago(days: int) -> int:
    # From the first instant of a day in UTC.
    return (int(time.time() * 1000) // DAY_MS - days + 1) * DAY_MS


def _page(text: str) -> HTMLResponse:
    return HTMLResponse(text, headers=_PRIVATE)
