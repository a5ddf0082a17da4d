"""Every error has the form of a problem object, also those that Starlette sends itself."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI

from rag.api.app import create_app
from rag.api.problems import problem_of
from rag.assembly.settings import Settings
from rag.errors import TryLater

OTHER_SITE = {"Origin": "https://news.example", "Access-Control-Request-Method": "POST"}
AUTHORIZATION = {"Authorization": "Bearer key-of-16-letters"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An app with an admin key and a limit of 1 MB for documents."""
    folder = tmp_path_factory.mktemp("index")
    return create_app(Settings(index_folder=folder, conversation_days=0, admin_key="key-of-16-letters", max_file_mb=1))


def request(app: FastAPI, method: str, path: str, **more: object) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("asked", "headers", "error", "told"),
    [
        ("GET /nope", {}, (404, "not_found"), "there is nothing at /nope; GET /openapi.json lists"),
        ("PUT /v1/documents", {}, (405, "method_not_allowed"), "PUT /v1/documents is not possible; use GET, POST"),
        ("GET /widget.js", {"Range": "bytes=x"}, (400, "range_invalid"), "Range cannot be read; send one such as"),
        ("GET /widget.js", {"Range": "bytes=9999999-"}, (416, "range_not_satisfiable"), "after the end of the file"),
        ("OPTIONS /v1/ask", OTHER_SITE, (400, "origin_not_allowed"), "add the origin to the setting allowed_origins"),
        ("GET /healthz", {"Host": "evil.example"}, (421, "host_not_allowed"), "to the setting allowed_hosts"),
        ("GET /healthz", {"Host": "[bad"}, (421, "host_not_allowed"), "to the setting allowed_hosts"),
        ("POST /v1/documents", {}, (401, "key_refused"), "then send it: Authorization: Bearer KEY"),
        ("POST /v1/ask", {}, (400, "body_not_json"), "not a JSON object; send one such as"),
    ],
)
def test_an_error_is_a_problem_that_says_what_to_do(
    app: FastAPI, asked: str, headers: dict[str, str], error: tuple[int, str], told: str
) -> None:
    reply = request(app, *asked.split(), headers=headers)

    problem = reply.json()
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id"}
    assert (reply.status_code, problem["code"]) == (problem["status"], problem["code"]) == error
    assert told in problem["detail"]


@pytest.mark.parametrize("error", TryLater.__subclasses__())
def test_what_passes_by_itself_is_no_fault_of_the_server(error: type[TryLater]) -> None:
    problem = problem_of(error("too much", seconds_to_wait=7))

    assert (problem.status, problem.code, problem.detail) == (429, error.code, "too much; try again in 7 s")


def test_an_error_keeps_the_headers_that_clients_need(app: FastAPI) -> None:
    n_bytes = len(request(app, "GET", "/widget.js").content)

    beyond = request(app, "GET", "/widget.js", headers={"Range": "bytes=9999999-"})
    wrong_method = request(app, "PUT", "/v1/documents")

    assert beyond.headers["content-range"] == f"bytes */{n_bytes}"
    assert wrong_method.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/documents/nope/file", "/widget.js"])
def test_a_browser_gets_an_error_as_a_page(app: FastAPI, path: str) -> None:
    headers = {"Accept": "text/html", "Range": "bytes=9999999-", "Host": "evil.example"}
    reply = request(app, "GET", path, headers=headers)

    assert reply.status_code == 421
    assert reply.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("n_bytes", [1_000_000, 2_000_000])
def test_a_document_is_too_large_in_one_way_only(app: FastAPI, n_bytes: int) -> None:
    reply = request(app, "POST", "/v1/documents", headers=AUTHORIZATION, files={"file": ("a.txt", bytes(n_bytes))})

    assert (reply.status_code, reply.json()["code"]) == (413, "content_too_large")
    assert reply.json()["detail"] == (
        "the request is larger than 1,000,000 bytes; send a smaller file, or raise max_file_mb"
    )


def test_a_large_question_is_too_large_also_for_openai_clients(app: FastAPI) -> None:
    reply = request(app, "POST", "/v1/chat/completions", content=bytes(300_000))

    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "content_too_large"
    assert reply.json()["error"]["message"] == "the request is larger than 262,144 bytes; send less"


SDK = {"X-Stainless-Lang": "python", "User-Agent": "OpenAI/Python 3.57.0"}


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ("POST /v1/embeddings", {}),
        ("POST /v1/audio/speech", {}),
        ("GET /v1/fine_tuning/jobs/ftjob-1", {}),
        ("POST /v1/threads/t/runs", SDK),
        ("POST /v1/what-comes-next", SDK),
        ("GET /v1/chat/completions/chatcmpl-1", {}),
        ("GET /v1/responses/resp_1", {}),
        ("GET /v1/files", {"Accept": "text/html"}),
    ],
)
def test_what_openai_has_and_this_server_has_not_is_an_error_that_its_clients_read(
    app: FastAPI, asked: str, headers: dict[str, str]
) -> None:
    reply = request(app, *asked.split(), headers=headers)

    error = reply.json()["error"]
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/json")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, "not_found")
    assert error["message"] == (
        f"{asked} is not offered here: Footnote answers questions from documents; "
        "use POST /v1/chat/completions, POST /v1/responses or GET /v1/models"
    )


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        ("GET /v1/serach", {}, 404),
        ("GET /v2/embeddings", SDK, 404),
        ("GET /nope", SDK, 404),
        ("GET /v1/embeddingsx", {}, 404),
        ("PUT /v1/documents", SDK, 405),
        ("GET /v1/conversations/x/items", {}, 404),
    ],
)
def test_other_unknown_paths_stay_problem_objects(
    app: FastAPI, asked: str, headers: dict[str, str], status: int
) -> None:
    reply = request(app, *asked.split(), headers=headers)

    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
