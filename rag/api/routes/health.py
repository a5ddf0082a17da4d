"""GET /healthz: the process lives. GET /readyz: it can answer, or why not."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from rag.api.engine_loader import EngineLoader
from rag.errors import RagError


def make_router(loader: EngineLoader) -> APIRouter:
    """Return the routes that tell a person or an orchestrator how the server is."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Can it answer?", responses={503: {"description": "Not ready, and why."}})
    async def readyz() -> JSONResponse:
        checks: dict[str, str] = {}
        try:
            engine = loader.engine_now()
            checks["index"] = engine.retriever.version
            checks["llm"] = await engine.check_writer()
        except RagError as error:
            return JSONResponse({"status": "not ready", **checks, "code": error.code, "reason": str(error)}, 503)
        return JSONResponse({"status": "ready", **checks})

    return router
