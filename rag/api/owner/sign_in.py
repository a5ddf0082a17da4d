"""Sign in to the owner's pages with a key of the scope admin, and out again."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag.api.access.guard import client_address
from rag.api.access.sessions import COOKIE, OWNER_PATH, SESSION_SECONDS, SIGN_IN_PATH, is_foreign
from rag.api.middleware.root_path import root_of
from rag.api.owner.framing import root_of_all
from rag.api.owner.pages import Frame, render_sign_in
from rag.api.services import AppServices
from rag.errors import KeyRefused, RagError, ScopeMissing, TooManyWrongKeys

_MAX_KEY_CHARACTERS = 500
router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN_PATH)
async def show_sign_in(request: Request) -> HTMLResponse:
    return _form(request, "")


@router.post(SIGN_IN_PATH)
async def sign_in(
    request: Request, services: AppServices, key: Annotated[str, Form(max_length=_MAX_KEY_CHARACTERS)] = ""
) -> Response:
    if is_foreign(request.headers):
        return _form(request, "The form was sent by a page of another site. Sign in here.", HTTPStatus.FORBIDDEN)
    address = client_address(request)
    try:
        value = services.sessions.sign_in(key.strip(), address)
    except TooManyWrongKeys as error:
        refusal = _form(
            request, f"{_sentence(error)} Try again in {error.seconds_to_wait} s.", HTTPStatus.TOO_MANY_REQUESTS
        )
        refusal.headers["Retry-After"] = str(error.seconds_to_wait)
        return refusal
    except (KeyRefused, ScopeMissing) as error:
        return _form(request, _sentence(error), HTTPStatus.UNAUTHORIZED)
    reply = _to(request, OWNER_PATH)
    reply.set_cookie(
        COOKIE,
        value,
        max_age=SESSION_SECONDS,
        path=root_of_all(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return reply


@router.post("/admin/sign-out")
async def sign_out(request: Request, services: AppServices) -> Response:
    reply = _to(request, SIGN_IN_PATH)
    if not is_foreign(request.headers):
        services.sessions.sign_out(request.cookies.get(COOKIE))
        reply.delete_cookie(COOKIE, path=root_of_all(request) or "/", httponly=True, samesite="strict")
    return reply


def _form(request: Request, message: str, status: int = 200) -> HTMLResponse:
    frame = Frame(root_of(request), is_signed_in=False)
    return HTMLResponse(render_sign_in(message, frame), status, {"Cache-Control": "no-store"})


def _sentence(error: RagError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{root_of(request)}{path}", HTTPStatus.SEE_OTHER)
