from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from rag.answering.gathering.catalogue import CatalogueGatherer
from rag.answering.gathering.cataloguing.asking_words import read_collection_question
from rag.answering.gathering.cataloguing.imprint import fields_asked_for
from rag.answering.gathering.gathered import Gathered
from rag.filters import Filters
from rag.retrieval.evidence_finder import EvidenceFinder, EvidenceOptions
from rag.retrieval.retriever import Retriever
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import LanguageTools
from rag.types import Document
from tests.unit.answering.answerers import retriever_over
from tests.unit.conftest import make_document

TOOLS = LanguageTools(stem, split_sentences, count_tokens, lambda _: "en")


def library() -> list[Document]:
    minutes = make_document(
        "The council met in the town hall. Luis Ortega reported on parking in the harbour.", "minutes_2023.txt"
    )
    policy = make_document("Owner: Tom Reed. Valid from 1 March 2025.\n\nVisitors wear a badge.", "security.md")
    blocks = tuple(block._replace(page=page) for block, page in zip(policy.blocks, (1, 7), strict=True))
    letter = make_document("Stones were found in the lease for unit 14. It takes 30 minutes.", "letters/lease.txt")
    return [
        replace(minutes, id="m" * 16, title="Minutes of the council", author="Maria Stone", date="2023-05-02"),
        replace(policy, id="p" * 16, title="Security policy", date="2026-01-05", author="Ana Lund", blocks=blocks),
        replace(letter, id="z" * 16, title="Lease", media_type="application/pdf", date="2019-07-01"),
    ]


@cache
def gatherer(n_more: int = 0) -> tuple[CatalogueGatherer, Retriever]:
    more = [
        replace(make_document(f"Note {n} on tides.", f"note{n}.txt"), id=f"{n:016d}", title=f"Note {n}")
        for n in range(n_more)
    ]
    retriever = retriever_over([*library(), *more])
    return CatalogueGatherer(retriever, EvidenceFinder(retriever, TOOLS, EvidenceOptions()), TOOLS), retriever


def list_titles(question: str, filters: Filters | None = None) -> list[str]:
    found = gatherer()[0].gather_collection(question, "en", filters)
    return [line.text.split(" (")[0] for line in found.lines] if found else []


def tell_metadata(question: str, language: str = "en") -> Sequence[str]:
    gathering, retriever = gatherer()
    found = gathering.gather_metadata(question, retriever.search(question, k=3), language)
    return [line.text for line in found.lines] if found else []


ALL = ["Lease", "Minutes of the council", "Security policy"]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("Which documents do you have?", ALL),
        ("Welche Dokumente hast du?", ALL),
        ("¿Qué documentos tienes?", ALL),
        ("what is the newest file?", ["Security policy"]),
        ("Was ist die älteste Datei?", ["Lease"]),
        ("¿Cuál es el archivo más antiguo?", ["Lease"]),
        ("Which files mention Ortega?", ["Minutes of the council"]),
        ("in welchen dateien kommt Ortega vor", ["Minutes of the council"]),
        ("is there anything about parking in your files?", ["Minutes of the council"]),
        ("list all documents by Maria Stone", ["Minutes of the council"]),
        ("Zeig mir alle Texte von Maria Stone.", ["Minutes of the council"]),
        ("do you have the 2023 minutes?", ["Minutes of the council"]),
        ("are there any PDFs in here", ["Lease"]),
        ("is the lease for unit 14 among the documents", ["Lease"]),
    ],
)
def test_the_documents_that_a_question_asks_for_are_listed(question: str, titles: list[str]) -> None:
    assert list_titles(question) == titles


@pytest.mark.parametrize(
    "question",
    [
        "Which files mention asbestos?",
        "do you have the 2024 minutes?",
        "list all documents by Luis Ortega",
        "Which files mention Stone?",
        "Gibt es in deinen Unterlagen etwas zum Thema Asbest?",
    ],
)
def test_nothing_is_listed_for_what_no_document_has(question: str) -> None:
    assert list_titles(question) == []


def test_a_mention_is_quoted_with_its_document_and_cited() -> None:
    found = gatherer()[0].gather_collection("Which files mention Ortega?", "en")

    assert found is not None
    assert found.lines[0].text == (
        "Minutes of the council (minutes_2023.txt, 2023-05-02): Luis Ortega reported on parking in the harbour."
    )
    hit, span = found.lines[0].places[0]
    assert hit.passage.text_of(span) == "Luis Ortega reported on parking in the harbour."


def test_a_count_comes_first_and_a_long_list_is_cut() -> None:
    found = gatherer(31)[0].gather_collection("Wie viele Dokumente gibt es?", "de")

    assert isinstance(found, Gathered)
    assert found.lines[0].text == "Dokumente: 34"
    assert (len(found.lines), found.note) == (21, "und 14 weitere")


def test_only_documents_that_pass_the_filters_are_listed() -> None:
    assert list_titles("Which documents do you have?", Filters(folder="letters")) == ["Lease"]
    assert list_titles("Which files mention Ortega?", Filters(folder="letters")) == []


def test_what_a_document_says_comes_before_the_property_of_its_file() -> None:
    assert tell_metadata("Who wrote the security policy?") == [
        "Owner: Tom Reed.",
        "Security policy (security.md, 2026-01-05): Author of the file: Ana Lund",
    ]


@pytest.mark.parametrize(
    ("question", "language", "line"),
    [
        ("who wrote the minutes?", "en", "Author of the file: Maria Stone"),
        ("how many pages has the security policy?", "en", "Pages: 7"),
        ("Von wann ist das Datum der Lease?", "de", "Datum der Datei: 2019-07-01"),
        ("¿Quién es el autor de las minutes?", "es", "Autor según el archivo: Maria Stone"),
        ("what language is the lease written in", "en", "Language: en"),
    ],
)
def test_properties_of_the_file_answer(question: str, language: str, line: str) -> None:
    assert any(told.endswith(line) for told in tell_metadata(question, language))


def test_the_date_of_validity_is_not_taken_from_the_file() -> None:
    assert tell_metadata("When does the security policy come into force?") == ["Valid from 1 March 2025."]


def test_the_date_of_a_file_is_not_that_of_a_part_which_a_code_names() -> None:
    assert tell_metadata("When does V-7 of the security policy come into force?") == []


def test_the_author_of_a_file_is_not_named_as_the_one_who_approved_it() -> None:
    assert tell_metadata("Who approved the lease?") == []
    assert tell_metadata("Who approved the minutes of the council?") == []


def test_questions_for_other_things_are_left_to_others() -> None:
    assert fields_asked_for("What is the ISBN of the field guide?") == set()
    assert tell_metadata("isbn of the lease") == []


def test_the_words_of_unspaced_scripts_that_only_ask_are_left_out() -> None:
    assert read_collection_question("どんな文書を持っていますか？").words == ()
    assert read_collection_question("一番新しいファイルはどれですか？").order == 1
