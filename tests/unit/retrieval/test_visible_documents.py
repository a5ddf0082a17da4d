"""A retriever of some groups finds what it would find if the others' documents did not exist."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from rag.documents.passages import Span
from rag.errors import DocumentNotFound
from rag.filters import Filters
from rag.types import Document, Hit
from tests.unit.answering.answerers import retriever_over
from tests.unit.conftest import make_document

WORDS = (
    *("harbour", "ferry", "anchor", "compass", "lantern", "captain", "rudder", "timber", "canvas", "barrel"),
    *("tunnel", "quarry", "granite", "meadow", "orchard", "pasture", "willow", "chestnut", "sparrow", "falcon"),
    *("badger", "otter", "salmon", "herring", "kettle", "ladder", "hammer", "needle", "saddle"),
)
GROUPS = (None, "staff", "board")


def document(number: int, group: str | None) -> Document:
    """Return a document whose length is that of all others, with a name and a code of its own."""
    chance = Random(number)  # noqa: S311
    name = "".join(chance.choice("bcdfgklmnprstvz") + chance.choice("aeiou") for _ in range(5)).capitalize()
    words = " ".join(chance.choice(WORDS) for _ in range(9))
    text = f"The report of {name} on part K-{300 + number} says: {words}."
    return replace(make_document(text, f"{number}.txt", name, f"{number:016x}"), group=group)


DOCUMENTS = [document(number, GROUPS[number % 3]) for number in range(30)]


def read_by(*groups: str | None) -> list[Document]:
    return [one for one in DOCUMENTS if one.group in groups]


def queries() -> list[str]:
    """Return queries with words of all documents, some of them misspelt."""
    chance = Random(7)  # noqa: S311
    found = []
    for one in DOCUMENTS:
        words = [word.strip(".:") for word in one.text.split()]
        asked = chance.sample(words, 4)
        place = chance.randrange(4)
        asked[place] = asked[place][:-2] + asked[place][-1] if len(asked[place]) > 5 else asked[place]
        found.append(" ".join(asked))
        found.append(f"What does {one.title[:-2]}{one.title[-1]} say of K {one.text.split()[6][2:]}?")
    return found


def shown(hits: Sequence[Hit]) -> list[tuple[object, ...]]:
    return [
        (hit.rank, hit.passage.document_id, hit.passage.text, pytest.approx(hit.score, abs=1e-5), hit.best_sentence)
        for hit in hits
    ]


@pytest.mark.parametrize("groups", [(), ("board", "staff"), ("\ud800", "it's; --")])
def test_every_search_is_that_of_an_index_without_the_hidden_documents(groups: tuple[str, ...]) -> None:
    visible, alone = retriever_over(DOCUMENTS).visible_to(frozenset(groups)), retriever_over(read_by(None, *groups))

    for query in queries():
        corrected = alone.correct(query)
        assert visible.correct(query) == corrected
        assert visible.other_forms(corrected) == alone.other_forms(corrected)
        assert shown(visible.search(corrected, k=5)) == shown(alone.search(corrected, k=5))
        by_words, by_words_alone = visible.search_leg(query, "lexical", k=9), alone.search_leg(query, "lexical", k=9)
        # Ties may be broken by rounding.
        assert [hit.score for hit in by_words] == pytest.approx([hit.score for hit in by_words_alone], abs=1e-5)
        assert shown(visible.search_leg(query, "dense", k=9)) == shown(alone.search_leg(query, "dense", k=9))
        for word in query.split():
            holding = visible.passages_holding(word, per_document=1)
            assert shown(holding) == shown(alone.passages_holding(word, per_document=1))


@pytest.mark.parametrize("groups", [(), ("staff",)])
def test_hidden_documents_cannot_be_listed_counted_or_opened(groups: tuple[str, ...]) -> None:
    visible, readable = retriever_over(DOCUMENTS).visible_to(frozenset(groups)), read_by(None, *groups)

    assert visible.n_documents == len(readable)
    assert {entry.id for entry, _ in visible.openings()} == {one.id for one in readable}
    for one in DOCUMENTS:
        if one in readable:
            assert visible.document(one.id, Span(0, 9)).text == one.text
            assert visible.excerpt(one.id, Span(0, 9)).text == one.text
            assert visible.passages_of(one.id, 9)
            continue
        with pytest.raises(DocumentNotFound):
            visible.entry(one.id)
        with pytest.raises(DocumentNotFound):
            visible.document(one.id)
        assert visible.excerpt(one.id, Span(0, 9)).text == ""
        assert visible.passages_of(one.id, 9) == []


def test_a_filter_never_shows_a_hidden_group() -> None:
    visible = retriever_over(DOCUMENTS).visible_to(frozenset({"staff"}))
    hidden = read_by("board")

    assert visible.search("ferry", k=9, filters=Filters(groups=("board",))) == []
    assert visible.search("ferry", k=9, filters=Filters(documents=tuple(one.id for one in hidden))) == []
    assert {hit.passage.document_id for hit in visible.search("ferry", k=30, filters=Filters(groups=("staff",)))} <= {
        one.id for one in read_by("staff")
    }


def test_abbreviations_of_hidden_documents_are_not_told() -> None:
    hidden = make_document("Project Kestrel Overland Transit (PKOT) begins in May.", "a.txt", "A", "a" * 16)
    open_to_all = make_document("The ferry leaves.", "b.txt", "B", "b" * 16)
    retriever = retriever_over([replace(hidden, group="board"), open_to_all])

    assert retriever.other_forms("When does PKOT begin?")
    assert retriever.visible_to(frozenset()).other_forms("When does PKOT begin?") == []
    assert retriever.visible_to({"board"}).other_forms("When does PKOT begin?")
