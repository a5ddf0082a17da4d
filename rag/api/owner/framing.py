"""Find what stands around one of the owner's pages: where its links lead, and who reads it."""

from typing import Annotated

from fastapi import Depends, Request

from rag.api.middleware.collections import NAMED_COLLECTION
from rag.api.middleware.root_path import root_of
from rag.api.owner.pages import Frame
from rag.api.services import caller_of, visible_collections


def root_of_all(request: Request) -> str:
    """Return what the paths of a server begin with, without the path of a collection."""
    return root_of(request).removesuffix(request.scope.get(NAMED_COLLECTION, ""))


def frame_of(request: Request) -> Frame:
    """Return the frame of a page for the owner; the first collection needs no path of its own."""
    own, root = root_of(request), root_of_all(request)
    collections = tuple((one.settings.title, root + one.path) for one in visible_collections(request))
    is_several = len(collections) > 1
    if is_several and own == root:
        own = collections[0][1]
    return Frame(own, caller_of(request).kind != "open", collections if is_several else ())


OwnerFrame = Annotated[Frame, Depends(frame_of)]
