"""GET /healthz: the process is alive. GET /readyz: it can answer, or why not."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from rag.api.services import AppServices
from rag.errors import RagError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Can it answer?", responses={503: {"description": "Not ready, and why."}})
async def readyz(services: AppServices) -> JSONResponse:
    checks: dict[str, str] = {}
    try:
        engine = services.loader.engine_now()
        checks["index"] = engine.retriever.version
        checks["llm"] = await engine.check_llm()
    except RagError as error:
        return JSONResponse({"status": "not ready", **checks, "code": error.code, "reason": str(error)}, 503)
    return JSONResponse({"status": "ready", **checks})
