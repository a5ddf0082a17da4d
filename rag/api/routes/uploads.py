"""POST and DELETE /v1/documents: add and remove documents."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from rag.api.services import AskedCollection, VisibleAnswerer
from rag.wire.documents import AcceptedBody

router = APIRouter(tags=["documents"])


@router.post("/v1/documents", status_code=202, summary="Add or replace a document")
async def add_document(
    collection: AskedCollection,
    file: Annotated[UploadFile, File(description="The document.")],
    name: Annotated[str, Form(description="Its path below the folder; by default the file's own name.")] = "",
) -> AcceptedBody:
    uri = await collection.upkeep.store(name or file.filename or "", file.file)
    return AcceptedBody(uri=uri, state="waiting")


@router.delete("/v1/documents/{document_id}", status_code=202, summary="Remove a document")
async def remove_document(document_id: str, answerer: VisibleAnswerer, collection: AskedCollection) -> AcceptedBody:
    document = await asyncio.to_thread(answerer.retriever.entry, document_id)
    await collection.upkeep.remove(document.uri)
    return AcceptedBody(uri=document.uri, state="waiting")
