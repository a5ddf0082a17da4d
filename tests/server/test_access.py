"""Keys over real HTTP: the command creates and revokes them while the server runs."""

import json
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.running import MAX_SECONDS, run_rag, serve


def rag_keys(index: Path, *arguments: str) -> str:
    done = run_rag("keys", *arguments, RAG_INDEX_FOLDER=str(index))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_running_server_closes_with_the_first_key_and_follows_its_revocation(tmp_path: Path) -> None:
    with serve(tmp_path, wait_until_ready=False) as running:
        assert running.get("/v1/models").status_code == 200

        created = json.loads(rag_keys(tmp_path, "create", "shop", "--scope", "ask", "--json"))
        key = {"Authorization": f"Bearer {created['secret']}"}
        assert running.get("/v1/models").status_code == 401
        assert running.get("/healthz").status_code == 200
        assert running.get("/v1/models", **key).status_code == 200
        assert running.get("/v1/documents", **key).status_code == 403

        rag_keys(tmp_path, "revoke", created["id"])
        assert running.get("/v1/models", **key).status_code == 401
    assert any("everybody on this machine can ask" in line for line in running.log)
    assert created["secret"] not in "".join(running.log)


def test_the_list_shows_keys_without_secrets(tmp_path: Path) -> None:
    created = json.loads(
        rag_keys(tmp_path, "create", "site", "--scope", "ask", "--site", "https://example.org", "--json")
    )

    shown = rag_keys(tmp_path, "list")

    assert all(text in shown for text in (created["id"], "site", "https://example.org"))
    assert created["secret"].startswith("fn_pk_")
    assert created["secret"] not in shown


def test_the_list_shows_the_groups_of_each_key(tmp_path: Path) -> None:
    rag_keys(tmp_path, "create", "desk", "--scope", "ask", "--group", "staff", "--group", "board")
    rag_keys(tmp_path, "create", "portal", "--scope", "ask", "--all-groups")
    rag_keys(tmp_path, "create", "shop", "--scope", "ask")

    lines = rag_keys(tmp_path, "list").splitlines()
    listed = json.loads(rag_keys(tmp_path, "list", "--json"))

    shown = {name: next(line for line in lines if name in line) for name in ("desk", "portal", "shop")}
    assert "groups: board, staff" in shown["desk"]
    assert "groups: all" in shown["portal"]
    assert "groups: only documents without one" in shown["shop"]
    assert {key["name"]: key["groups"] for key in listed} == {"desk": ["board", "staff"], "portal": None, "shop": []}


def test_a_key_takes_the_visitors_of_a_public_key_and_no_private_one(tmp_path: Path) -> None:
    private_key = Ed25519PrivateKey.generate()
    (tmp_path / "public.pem").write_bytes(
        private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "private.pem").write_bytes(private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    wanted = ("keys", "create", "portal", "--scope", "ask", "--visitor-public-key")

    rag_keys(tmp_path, *wanted[1:], str(tmp_path / "public.pem"))
    refused = run_rag(*wanted, str(tmp_path / "private.pem"), RAG_INDEX_FOLDER=str(tmp_path))

    assert "visitors: EdDSA" in rag_keys(tmp_path, "list")
    assert refused.returncode == 1
    assert "this is a private key; this server only needs the public one" in refused.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 -- must be refused
def test_on_another_address_the_server_starts_only_with_keys_or_when_told(tmp_path: Path, host: str) -> None:
    refused = run_rag("serve", "--host", host, "--port", "0", RAG_INDEX_FOLDER=str(tmp_path))

    assert refused.returncode == 1
    assert f"{host} can be reached from other machines" in refused.stderr
    assert "rag keys create NAME --scope ask" in refused.stderr


def test_told_to_be_insecure_it_answers_everybody_and_says_so(tmp_path: Path) -> None:
    with serve(tmp_path, "--insecure", "--host", "0.0.0.0", wait_until_ready=False) as running:  # noqa: S104 -- the case
        assert running.get("/v1/models").status_code == 200
    assert any("everybody who reaches this server" in line for line in running.log)


@pytest.mark.parametrize("admin_key", ["short", "fifteen-letters", "with spaces in it, long", "schlüssel-schlüssel"])
def test_an_unusable_admin_key_stops_the_start(tmp_path: Path, admin_key: str) -> None:
    refused = run_rag("serve", "--port", "0", RAG_INDEX_FOLDER=str(tmp_path), RAG_ADMIN_KEY=admin_key)

    assert refused.returncode == 1
    assert "RAG_ADMIN_KEY" in refused.stderr
    assert admin_key not in refused.stderr


def test_a_wrong_key_is_a_problem_over_http(tmp_path: Path) -> None:
    rag_keys(tmp_path, "create", "shop", "--scope", "search")
    with serve(tmp_path, wait_until_ready=False) as running:
        reply = httpx2.get(
            running.url + "/v1/search?q=x", headers={"Authorization": "Bearer wrong"}, timeout=MAX_SECONDS
        )

    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert reply.headers["content-type"] == "application/problem+json"
