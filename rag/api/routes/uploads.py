"""POST and DELETE /v1/documents: add and remove documents, for whoever holds the admin key."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, Header, UploadFile
from pydantic import SecretStr

from rag.api.engine_loader import EngineLoader
from rag.api.guards import holds_key
from rag.api.upkeep import Upkeep
from rag.errors import DocumentRefused, KeyRefused
from rag.wire.answers import AcceptedBody, ProblemBody


def make_router(loader: EngineLoader, upkeep: Upkeep, admin_key: SecretStr | None, max_bytes: int) -> APIRouter:
    """Return the routes that change what is indexed."""
    router = APIRouter(tags=["documents"], responses={401: {"model": ProblemBody}})

    def require_key(authorization: str) -> None:
        if admin_key is None:
            raise KeyRefused(
                "documents can be changed over HTTP only where RAG_ADMIN_KEY is set", next_step="set it and restart"
            )
        if not holds_key(authorization, admin_key):
            raise KeyRefused("send the admin key: Authorization: Bearer KEY")

    @router.post("/v1/documents", status_code=202, summary="Add or replace a document")
    async def add_document(
        file: Annotated[UploadFile, File(description="The document.")],
        name: Annotated[str, Form(description="Its path below the folder; by default the file's own name.")] = "",
        authorization: Annotated[str, Header()] = "",
    ) -> AcceptedBody:
        require_key(authorization)
        content = await file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise DocumentRefused(
                f"the document has more than {max_bytes / 1e6:,.0f} MB", next_step="raise max_file_mb"
            )
        uri = await upkeep.store(name or file.filename or "", content)
        return AcceptedBody(uri=uri, state="waiting")

    @router.delete("/v1/documents/{document_id}", status_code=202, summary="Remove a document")
    async def remove_document(document_id: str, authorization: Annotated[str, Header()] = "") -> AcceptedBody:
        require_key(authorization)
        retriever = (await loader.engine()).retriever
        document = await asyncio.to_thread(retriever.entry, document_id)
        await upkeep.remove(document.uri)
        return AcceptedBody(uri=document.uri, state="waiting")

    return router
