"""GET /healthz: the process is alive. GET /readyz: it can answer, or why not."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from rag.api.services import AppServices, AskedCollection, Collection
from rag.errors import RagError

router = APIRouter(tags=["health"])


class NotReadyBody(BaseModel):
    """Why the server cannot answer."""

    status: Literal["not ready"] = "not ready"
    code: str
    reason: str
    next_step: str | None


class DegradedBody(BaseModel):
    """A part that fails while the server still answers."""

    part: str = Field(
        description="`llm`: answers are quotes. `index`: the previous version serves. `conversations`: they are "
        "kept in memory only. `collections`: others of this server cannot answer, or only as they were."
    )
    code: str
    reason: str
    next_step: str | None


class ReadyBody(BaseModel):
    """The server answers, with quotes at least."""

    status: Literal["ready"] = "ready"
    index_version: str
    llm: str | None = Field(description="Name of the LLM, or `extractive`; null while it is not known.")
    degraded: tuple[DegradedBody, ...] = Field(description="Parts that fail; empty if all is well.")


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Can it answer?",
    response_model=ReadyBody,
    responses={503: {"model": NotReadyBody, "description": "Not ready, and why."}},
)
async def readyz(collection: AskedCollection, services: AppServices) -> ReadyBody | JSONResponse:
    try:
        engine = collection.loader.engine_now()
        await asyncio.to_thread(engine.retriever.index_version.require_unchanged)
    except RagError as error:
        body = NotReadyBody(code=error.code, reason=error.for_readers, next_step=error.next_step_for_readers)
        return JSONResponse(body.model_dump(), 503)
    degraded = tuple(
        DegradedBody(part=part, code=problem.code, reason=problem.for_readers, next_step=problem.next_step_for_readers)
        for part, problem in (engine.problems | {"conversations": collection.keeper.problem}).items()
        if problem
    )
    others = [one for one in services.collections.values() if one is not collection]
    return ReadyBody(
        index_version=engine.retriever.version, llm=engine.llm_name, degraded=(*degraded, *_failing(others))
    )


def _failing(others: Sequence[Collection]) -> tuple[DegradedBody, ...]:
    """Return that some collections fail, of those that were asked; their names are not public."""
    failures = [failure for one in others if (failure := one.loader.failure)]
    if not failures:
        return ()
    reason = f"{len(failures)} of {len(others)} further collections cannot answer from the newest index"
    return (DegradedBody(part="collections", code=failures[0].code, reason=reason, next_step="run `rag doctor` there"),)
