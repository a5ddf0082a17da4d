"""GET /v1/widget: what a chat says before the first question."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rag.api.services import AppServices, AskedCollection, VisibleAnswerer, caller_of

router = APIRouter(tags=["answers"])


class WidgetBody(BaseModel):
    """What a chat says before the first question."""

    title: str
    greeting: str
    suggestions: tuple[str, ...] = Field(
        description="Up to three questions to begin with: those of the setting `suggestions`, or drawn from the "
        "headings of the documents that the caller may read."
    )
    documents: bool = Field(description="Whether the caller may read the list of documents.")
    retention_days: int | None = Field(
        description="After how many days a conversation is deleted; null if none is stored."
    )
    ai: bool = Field(description="Whether a language model writes the answers; if not, they are quoted.")


@router.get("/v1/widget", summary="Read what a chat says before the first question")
async def read_setup(
    request: Request, collection: AskedCollection, answerer: VisibleAnswerer, services: AppServices
) -> WidgetBody:
    settings = collection.settings
    shows_texts = caller_of(request).sees_texts(public_documents=settings.public_documents)
    suggestions = settings.suggestions
    if not suggestions and shows_texts:
        suggestions = await asyncio.to_thread(services.suggested.of, answerer.retriever)
    return WidgetBody(
        title=settings.title,
        greeting=settings.greeting,
        suggestions=suggestions[:3],
        documents=shows_texts,
        retention_days=settings.conversation_days or None,
        ai=answerer.llm is not None,
    )
