"""The file of a PDF, handed out to whoever follows a citation, for as long as it is the one that was indexed."""

from pathlib import Path

import httpx2
import pytest

from tests.running import Running

pytestmark = pytest.mark.model

PIER = "Who closed the old pier?"


@pytest.fixture(scope="module")
def citation(pdf_server: Running) -> dict:
    return pdf_server.ask(PIER)["citations"][0]


def test_a_citation_leads_to_the_file_at_its_page_wherever_it_is_told(pdf_server: Running) -> None:
    events = {event.name: event.data for event in pdf_server.stream(PIER)}
    hit = pdf_server.get("/v1/search?q=old+pier&k=1").json()["hits"][0]
    link = f"/documents/{hit['document_id']}/file#page=3"

    assert hit["link"] == link
    assert events["sources"]["sources"][0]["link"] == link
    assert events["citation"]["citation"]["link"] == link
    assert [citation["link"] for citation in events["final"]["citations"]] == [link]


def test_the_file_is_handed_out_as_it_is_and_as_nothing_but_a_pdf(
    pdf_server: Running, citation: dict, harbour_report: Path
) -> None:
    reply = pdf_server.get(citation["link"])

    assert (reply.status_code, reply.content) == (200, harbour_report.read_bytes())
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-security-policy"].startswith("default-src 'none';")
    assert reply.headers["content-disposition"] == (
        "inline; filename*=utf-8''harbour%20%22report%22%20f%C3%BCr%202026.pdf"
    )


def test_a_part_of_the_file_can_be_asked_for(pdf_server: Running, citation: dict, harbour_report: Path) -> None:
    reply = pdf_server.get(citation["link"], range="bytes=5-14")

    assert (reply.status_code, reply.content) == (206, harbour_report.read_bytes()[5:15])


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [("bytes=x", 400, "range_invalid"), ("bytes=9999999-", 416, "range_not_satisfiable")],
)
def test_a_part_that_is_not_there_is_a_problem(
    pdf_server: Running, citation: dict, wanted: str, status: int, code: str
) -> None:
    reply = pdf_server.get(citation["link"], range=wanted)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"


def test_the_file_is_sent_again_only_when_it_changed(pdf_server: Running, citation: dict) -> None:
    etag = pdf_server.get(citation["link"]).headers["etag"]

    reply = pdf_server.get(citation["link"], **{"if-none-match": etag})

    assert (reply.status_code, reply.content) == (304, b"")


def test_head_gives_the_length_without_the_file(pdf_server: Running, citation: dict, harbour_report: Path) -> None:
    reply = httpx2.head(pdf_server.url + citation["link"])

    assert reply.headers["content-length"] == str(harbour_report.stat().st_size)
    assert reply.content == b""


def test_a_file_that_is_no_longer_the_one_that_was_indexed_is_refused(
    pdf_server: Running, citation: dict, harbour_report: Path
) -> None:
    content = harbour_report.read_bytes()
    try:
        harbour_report.write_bytes(content + b"\n")
        changed = pdf_server.get(citation["link"]).json()
        harbour_report.unlink()
        gone = pdf_server.get(citation["link"]).json()
        page = pdf_server.get(citation["link"], accept="text/html")
    finally:
        harbour_report.write_bytes(content)

    assert (changed["status"], changed["code"]) == (410, "original_gone")
    assert changed["detail"] == "the file has changed since it was indexed; run `rag index` and ask again"
    assert gone["detail"] == "the file is gone since it was indexed; run `rag index` and ask again"
    assert "the file is gone since it was indexed" in page.text
    assert pdf_server.get(citation["link"]).status_code == 200


def test_no_other_file_is_handed_out(quoting_server: Running) -> None:
    document = quoting_server.get("/v1/documents").json()["documents"][0]["id"]

    of_text, of_nothing = (quoting_server.get(f"/documents/{name}/file") for name in (document, "nope"))

    assert (of_text.status_code, of_text.json()["code"]) == (404, "original_not_served")
    assert (of_nothing.status_code, of_nothing.json()["code"]) == (404, "document_not_found")
