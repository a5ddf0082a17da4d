"""GET /metrics and /version: what the server counts, and what it runs."""

from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from rag import __version__
from rag.api.services import AppServices, AskedCaller, AskedCollection, Services
from rag.api.telemetry.local_metrics import METRICS_PATH
from rag.api.telemetry.metrics import ServedState
from rag.errors import RagError, ScopeMissing
from rag.model_files.hub import is_hub_name

router = APIRouter(tags=["operation"])


class VersionBody(BaseModel):
    """What runs."""

    version: str = Field(description="Of Footnote.")
    index_version: str | None = Field(description="Null until the index is loaded.")
    encoder: str | None
    reranker: str | None
    judge: str | None = Field(description="Null: the built-in one.")
    llm: str | None = Field(description="Name of the LLM, or `extractive`; null while it is not known.")


@router.get(METRICS_PATH, summary="Metrics for Prometheus", response_class=Response)
async def metrics(request: Request, services: AppServices, caller: AskedCaller) -> Response:
    if caller.collections is not None:
        raise ScopeMissing(
            "the metrics are of all collections, and the key is only for some", next_step="use a key for all of them"
        )
    return expose_metrics(request, services)


@router.get("/version", summary="What runs?")
async def version(collection: AskedCollection) -> VersionBody:
    settings = collection.settings
    body = VersionBody(
        version=__version__,
        index_version=None,
        encoder=None,
        reranker=_shown(settings.reranker),
        judge=_shown(settings.judge),
        llm=None,
    )
    try:
        engine = collection.loader.engine_now()
    except RagError:
        return body
    index = engine.retriever.index_version
    found = {"index_version": index.name, "encoder": _shown(index.manifest.recipe.encoder), "llm": engine.llm_name}
    return body.model_copy(update=found)


def expose_metrics(request: Request, services: Services) -> Response:
    """Return the metrics in the format that the client accepts."""
    body, media_type = services.metrics.exposed(request.headers.get("accept", ""))
    return Response(body, media_type=media_type)


def states_of(services: Services) -> Iterator[ServedState]:
    """Yield how each collection answers now."""
    for collection in services.collections.values():
        engine = collection.loader.loaded()
        if engine is None:
            yield ServedState(collection.name)
            continue
        yield ServedState(
            collection.name,
            engine.retriever.version,
            engine.retriever.index_version.built_at,
            frozenset(engine.problems) | ({"conversations"} if collection.keeper.problem else frozenset()),
            engine.is_llm_paused,
            engine.n_waiting_for_llm,
        )


def _shown(model: str | None) -> str | None:
    """Return a model's name; of a folder only the last part."""
    return model if model is None or is_hub_name(model) else Path(model).name
