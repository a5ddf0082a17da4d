"""Parse the bodies of JSON routes with `parse_json`, before anything else reads them."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from rag.wire.json_bodies import parse_json


class JsonRoute(APIRoute):
    """A route whose body is plain JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def parse_and_handle(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return parse_and_handle


class _JsonRequest(Request):
    async def json(self) -> object:
        return parse_json(await self.body())


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what receives a body that was read already, then what comes after it."""
    is_sent = False

    async def receive_again() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
