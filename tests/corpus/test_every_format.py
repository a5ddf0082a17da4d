"""The same handbook as each program writes it: every answer's citation opens the right words, page and heading."""

import shutil
from collections.abc import Iterator

import pytest

from tests.corpus.handbook import (
    CHAPTERS,
    CONVERTED,
    PAGED,
    WITHOUT_HEADINGS,
    WRITERS,
    Chapter,
    convert_all,
    write_all,
)
from tests.running import Running, run_rag, serve

SOFFICE = shutil.which("soffice")
CONVERTED_NAMES = [
    f"libreoffice-{source.rpartition('.')[2]}.{kind.partition(':')[0]}"
    for source, kinds in CONVERTED.items()
    for kind in kinds
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("handbook")
    names = write_all(folder / "docs")
    if SOFFICE:
        scratch = folder / "scratch"
        scratch.mkdir()
        names += convert_all(folder / "docs", SOFFICE, scratch)
    done = run_rag("index", str(folder / "docs"), RAG_INDEX_FOLDER=str(folder / "index"))
    assert f"{len(names)} documents" in done.stdout, done.stdout + done.stderr
    with serve(folder / "index", RAG_LLM="extractive") as running:
        yield running


def check_citation(server: Running, name: str, chapter: Chapter) -> None:
    answer = server.ask(chapter.asked, filters={"folder": name})

    citation = next((one for one in answer["citations"] if chapter.fact in one["quote"]), None)
    assert citation is not None, answer["answer"]
    document = server.get(f"/v1/documents/{citation['document_id']}").json()
    assert document["uri"] == f"{name}/{name}"
    assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert citation["page"] == (CHAPTERS.index(chapter) + 1 if name in PAGED else None)
    if not name.endswith(WITHOUT_HEADINGS):
        assert chapter.heading in citation["headings"]
    page = server.get(citation["url"]).text
    assert chapter.fact.split(" ")[-1] in page.partition('<mark id="cited"')[2].partition("</mark>")[0]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.heading)
@pytest.mark.parametrize("name", list(WRITERS))
def test_a_citation_opens_the_right_words(server: Running, name: str, chapter: Chapter) -> None:
    check_citation(server, name, chapter)


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.heading)
@pytest.mark.parametrize("name", CONVERTED_NAMES)
def test_a_citation_opens_the_right_words_of_what_libreoffice_wrote(
    server: Running, name: str, chapter: Chapter
) -> None:
    check_citation(server, name, chapter)
