"""Questions that are suggested before the first one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answering.suggestions import SuggestedQuestions, suggest_questions
from rag.types import FileEntry, Hit, Passage


def an_entry(uri: str, *, title: str = "", language: str = "en") -> FileEntry:
    return FileEntry(uri=uri, sha256="", id=uri, title=title or uri, language=language)


def a_hit(entry: FileEntry, *headings: str, confidence: float = 0.9) -> Hit:
    return Hit(Passage("p", entry.id, 0, 0, 1, "x", (), headings=headings), confidence, 1, "fused")


@dataclass(eq=False)
class FakeRetriever:
    """Finds for a question the hits whose innermost heading ends as a part of it does."""

    passages: dict[str, list[Hit]]
    files: Sequence[FileEntry]
    asked: list[str] = field(default_factory=list)

    def entries(self) -> list[FileEntry]:
        return list(self.files)

    def passages_of(self, document_id: str, most: int) -> list[Hit]:
        return self.passages.get(document_id, [])[:most]

    def search(self, query: str, *, k: int) -> list[Hit]:
        self.asked.append(query)
        found = [
            hit for hits in self.passages.values() for hit in hits if hit.passage.headings[-1].split()[-1] in query
        ]
        return sorted(found, key=lambda hit: -hit.score)[:k]


def retriever_of(*documents: tuple[FileEntry, list[Hit]]) -> FakeRetriever:
    return FakeRetriever({entry.id: hits for entry, hits in documents}, [entry for entry, _ in documents])


def test_headings_become_questions_in_the_language_of_their_document() -> None:
    english, german = an_entry("a.md"), an_entry("b.md", language="de")
    retriever = retriever_of(
        (english, [a_hit(english, "Handbook", "Opening hours")]), (german, [a_hit(german, "Urlaub", confidence=0.8)])
    )

    assert suggest_questions(retriever) == (
        "What do the documents say about “Opening hours”?",
        "Was steht in den Dokumenten zu „Urlaub“?",
    )


def test_a_question_that_a_document_asks_comes_first_and_stays_as_it_is() -> None:
    one, other = an_entry("a.md"), an_entry("b.md")
    retriever = retriever_of(
        (one, [a_hit(one, "Opening hours", confidence=0.99)]),
        (other, [a_hit(other, "Can I pay by card?", confidence=0.6)]),
    )

    assert suggest_questions(retriever)[0] == "Can I pay by card?"


def test_each_document_has_its_turn_before_one_has_two() -> None:
    one, other = an_entry("a.md"), an_entry("b.md")
    hits = [a_hit(one, "Returns", confidence=0.9), a_hit(one, "Refunds", confidence=0.8)]
    retriever = retriever_of((one, hits), (other, [a_hit(other, "Parking", confidence=0.6)]))

    assert [question.split("“")[1] for question in suggest_questions(retriever, n=2)] == ["Returns”?", "Parking”?"]


def test_what_search_does_not_find_again_is_not_suggested() -> None:
    one, other = an_entry("a.md"), an_entry("b.md")
    vague = [a_hit(one, "Notes", confidence=0.2)]
    elsewhere = [a_hit(other, "Notes on hats", "Notes", confidence=0.9)]

    assert suggest_questions(retriever_of((one, vague))) == ()
    assert suggest_questions(retriever_of((one, vague), (other, elsewhere))) == (
        "What do the documents say about “Notes”?",
    )


def test_numbers_long_lines_and_signs_are_no_headings_to_ask_about() -> None:
    entry = an_entry("a.md", title="2024-01-05.md")
    hits = [a_hit(entry, heading) for heading in ("3.", "12 / 2024", "Word " * 9, "§§ 1-9 ---", "4.2 Travel costs")]

    assert suggest_questions(retriever_of((entry, hits))) == ("What do the documents say about “Travel costs”?",)


def test_the_work_is_bounded_and_reaches_all_parts_of_the_folder() -> None:
    entries = [an_entry(f"{n:04}.md") for n in range(500)]
    documents = [(entry, [a_hit(entry, f"Topic {entry.uri}x{i}") for i in range(50)]) for entry in entries]
    retriever = retriever_of(*documents)

    suggest_questions(retriever)

    assert len(retriever.asked) == 60
    assert "0000.md" in retriever.asked[0]
    assert "0475.md" in retriever.asked[-1]


def test_skipped_files_are_not_asked_about() -> None:
    skipped = FileEntry(uri="a.bin", sha256="", reason="not a text")

    assert suggest_questions(FakeRetriever({}, [skipped])) == ()


def test_an_index_version_is_searched_once() -> None:
    entry = an_entry("a.md")
    retriever = retriever_of((entry, [a_hit(entry, "Returns")]))
    suggested = SuggestedQuestions()

    first, second = suggested.of(retriever), suggested.of(retriever)

    assert first == second == ("What do the documents say about “Returns”?",)
    assert len(retriever.asked) == 1
