"""GET /v1/collections: what can be asked here."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rag.api.services import visible_collections

router = APIRouter(tags=["search"])


class CollectionBody(BaseModel):
    """An index that can be asked."""

    name: str = Field(description="Also the name of its model for OpenAI's clients, if it has a path.")
    title: str
    path: str = Field(description="What the paths of its routes begin with; empty for the only index of a server.")


class CollectionsBody(BaseModel):
    """All that the caller may ask; the first is asked where a path names none."""

    collections: tuple[CollectionBody, ...]


@router.get("/v1/collections", summary="List the collections")
async def list_collections(request: Request) -> CollectionsBody:
    visible = visible_collections(request)
    bodies = (CollectionBody(name=one.name, title=one.settings.title, path=one.path) for one in visible)
    return CollectionsBody(collections=tuple(bodies))
