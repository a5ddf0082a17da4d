"""Every route that takes JSON refuses what can be read in two ways."""

import httpx2
import pytest
from starlette.testclient import TestClient

from rag.api.app import create_app
from rag.assembly.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("index")
    return TestClient(create_app(Settings(index_folder=folder, conversation_days=0)), "http://127.0.0.1")


def json_routes(client: TestClient) -> list[str]:
    """Return the paths of the routes that take JSON, as the OpenAPI document tells them."""
    paths = client.get("/openapi.json").json()["paths"]
    bodies = {path: operations.get("post", {}).get("requestBody", {}) for path, operations in paths.items()}
    return [path for path, body in bodies.items() if "application/json" in body.get("content", {})]


def post(client: TestClient, path: str, body: str) -> httpx2.Response:
    return client.post(path, content=body, headers={"Content-Type": "application/json"})


def test_every_route_that_takes_json_refuses_the_same_name_twice(client: TestClient) -> None:
    paths = json_routes(client)

    told = {path: post(client, path, '{"question": "Who?", "question": "What?"}').text for path in paths}

    assert len(paths) >= 4
    assert {
        path for path in paths if "the name 'question' twice in one object; send it once" not in told[path]
    } == set()
