"""Search over a small real index, with an encoder that hashes words."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from rag.filters import Filters
from rag.index.versions import read_version
from rag.retrieval.retriever import Retriever, SearchOptions
from rag.retrieval.search import search_for
from tests.index.building import DIMENSIONS, Place, make_place


def uris(place: Place, query: str, k: int = 10, filters: Filters | None = None) -> list[str]:
    retriever = place.retriever()
    uri_by_id = {entry.id: entry.uri for entry in retriever.entries()}
    return [uri_by_id[hit.passage.document_id] for hit in retriever.search(query, k=k, filters=filters)]


def test_rare_words_identifiers_and_stems_are_found(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The ferries leave the harbour at seven, each and every day of the year.")
    place.write("b.txt", "Set timeout_seconds in gateway.toml before the server is started again.")
    place.write("c.txt", "Call error 0x80070005 in to the desk, whoever it is that has found it.")
    place.build()

    assert uris(place, "ferry")[0] == "a.txt"
    assert uris(place, "gateway.toml")[0] == "b.txt"
    assert uris(place, "0x80070005?")[0] == "c.txt"


def test_a_copy_is_left_out_and_one_that_differs_in_a_number_is_not(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("1.txt", "In 2023 the harbour counted 4,100 ships, and none of them was late by a day.")
    place.write("2.txt", "In 2024 the harbour counted 4,100 ships, and none of them was late by a day.")
    place.write("3.md", "In 2023 the *harbour* counted 4,100 ships, and none of them was late by a day.")
    place.build()

    assert uris(place, "How many ships did the harbour count in 2023?") == ["1.txt", "2.txt"]


def test_words_of_other_languages_and_scripts_are_found(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("de.txt", "Die Häuser am Hafen wurden verkauft. Das sagte der Bürgermeister den Zeitungen am Freitag.")
    place.write("zh.txt", "委员会于2023年5月批准了这项计划。港口的灯塔建于一八七四年。")
    place.write("en.txt", "The lighthouse of the harbour was built by an engineer, and sold by her to the town.")
    place.build()

    assert uris(place, "Haus am Hafen")[0] == "de.txt"
    assert uris(place, "灯塔")[0] == "zh.txt"


def test_filters_hold_for_words_too(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("old/a.txt", "The lighthouse was sold.")
    place.write("new/b.txt", "The lighthouse was bought.")
    place.build()

    assert uris(place, "lighthouse", filters=Filters(folder="new")) == ["new/b.txt"]
    assert uris(place, "lighthouse", filters=Filters(documents=("nothing",))) == []


def test_any_query_has_a_result_or_none(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The lighthouse was sold.")
    place.build()

    for query in (
        "the of and",
        "...",
        "😀",
        "'; DROP TABLE passages; --",
        "../../etc/passwd",
        "x " * 5000,
    ):
        assert uris(place, query) in (["a.txt"], [])


def test_each_hit_tells_what_every_leg_says_and_its_best_sentence(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The lighthouse was built of granite. It was sold to the town by an engineer in 1874.")
    place.write("b.txt", "The harbour master counts the ships that come in and those that leave each day.")
    place.build()

    hit = place.retriever().search("Who sold the lighthouse to the town?", k=1)[0]

    assert hit.best_sentence is not None
    assert hit.passage.text_of(hit.best_sentence).startswith("It was sold to the town")
    assert hit.legs is not None
    assert (hit.legs.dense_rank, hit.legs.lexical_rank) == (1, 1)
    assert hit.legs.sentence_rank is not None
    assert hit.legs.bm25 > 0
    assert hit.legs.confidence == hit.score


def test_a_leg_that_does_not_propose_a_passage_gives_it_no_rank(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The lighthouse was sold.")
    place.write("b.txt", "Dogs are kept on a lead.")
    place.build()

    last = place.retriever().search("lighthouse", k=2)[1]

    assert last.legs is not None
    assert (last.legs.lexical_rank, last.legs.bm25) == (None, 0.0)


def test_a_single_leg_ranks_by_its_own_score(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The lighthouse was sold, and the ferry was sold as well, to a man from the town.")
    place.write("b.txt", "The ferry leaves at seven. Nobody has ever asked who owns it or where it was built.")
    place.write("c.txt", "Dogs are kept on a lead.")
    place.build()
    retriever = place.retriever()

    dense, lexical = (retriever.search_leg("ferry sold", leg, k=9) for leg in ("dense", "lexical"))

    assert [hit.stage for hit in dense] == ["dense"] * 3
    assert [hit.rank for hit in lexical] == [1, 2]
    assert all(first.score >= second.score for hits in (dense, lexical) for first, second in pairwise(hits))


def test_what_the_reader_typed_is_searched_for_beside_a_bad_rewriting(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("pier.txt", "Danish engineer Lars Holm will rebuild the pier within two years.")
    for number in range(12):
        place.write(f"{number}.txt", f"The moon base number {number} was opened by president Ada in 20{number + 10}.")
    place.build()
    retriever = place.retriever()

    def found(typed: str | None) -> bool:
        hits = retriever.search("Which moon base was opened by president Ada?", k=3, question=typed)
        return any("Lars Holm" in hit.passage.text for hit in hits)

    assert not found(None)
    assert found("Which Danish engineer will rebuild the pier?")


def test_no_document_has_more_hits_than_it_may(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    parts = [
        f"The ferry number {n} leaves the harbour at {n} o'clock with {n}0 passengers and a crew." for n in range(9)
    ]
    place.write("long.txt", "\n\n".join(part + f" Nobody knows why boat {n} is late." for n, part in enumerate(parts)))
    place.write("short.txt", "A ferry was built in 1874 for the harbour of the town.")
    place.build()
    retriever = Retriever(read_version(place.index), place.encode_query, DIMENSIONS, SearchOptions(max_per_document=2))

    hits = retriever.search("When does the ferry leave the harbour?", k=9)

    assert sorted(Counter(hit.passage.document_id for hit in hits).values()) == [1, 2]


def test_a_reranker_orders_what_it_has_time_for_and_the_rest_stays_in_order(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    for number in range(5):
        place.write(f"{number}.txt", f"The lighthouse number {number} was sold{' to the town' * number}.")
    place.build()
    index_version, query = read_version(place.index), "Who sold the lighthouse to the town?"
    fused = Retriever(index_version, place.encode_query, DIMENSIONS).search(query, k=5)

    def rerank(asked: str, texts: Sequence[str]) -> list[float]:
        assert (asked, len(texts)) == (query, 4)
        return [0.2, 0.9]

    options = SearchOptions(n_reranked=4)
    hits = Retriever(index_version, place.encode_query, DIMENSIONS, options, rerank=rerank).search(query, k=5)

    assert [hit.passage.id for hit in hits] == [fused[place].passage.id for place in (1, 0, 2, 3, 4)]
    assert [hit.stage for hit in hits] == ["reranked", "reranked", "fused", "fused", "fused"]
    assert [hit.score for hit in hits[:2]] == [0.9, 0.2]
    assert all(hit.score <= 0.2 for hit in hits[2:])
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]


def test_any_text_can_be_searched_for_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.txt", "The lighthouse was sold.")
    place.build()
    retriever = Retriever(
        *(read_version(place.index), place.encode_query, DIMENSIONS),
        count_unread=lambda query: max(0, len(query.split()) - 3),
    )

    def notes(text: str) -> tuple[str, ...]:
        return search_for(text, retriever, k=1, max_characters=30).notes

    assert notes("lighthouse") == ()
    assert notes(" \x00 ") == ("the query holds nothing to search for",)
    assert "its last 2 tokens" in notes("who sold the old lighthouse")[0]
    assert "the last 10 of them were left out" in notes("lighthouse" * 4)[0]


def test_where_one_document_fills_what_is_proposed_the_others_are_found_all_the_same(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    parts = [f"The volcano number {n} threw out ash and lava, and boat {n} was late for {n} days." for n in range(150)]
    place.write("long.txt", "\n\n".join(parts))
    place.write("a.txt", "The volcano is asleep, and there is no ash on the roofs of the town.")
    place.write("b.txt", "Nobody has seen lava in the town, but for a picture in the school.")
    place.build()
    options = SearchOptions(max_per_document=1)
    retriever = Retriever(read_version(place.index), place.encode_query, DIMENSIONS, options)

    hits = retriever.search("volcano ash lava", k=3)

    assert len({hit.passage.document_id for hit in hits}) == 3


def test_many_copies_do_not_hide_what_is_no_copy(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    for number in range(60):
        place.write(f"{number}.txt", "The lighthouse was sold to the town.")
    place.write("other.txt", "A lighthouse was built by an engineer from Denmark.")
    place.build()

    assert len(uris(place, "lighthouse", k=2)) == 2


def test_a_hit_of_the_typed_question_is_reranked_for_it(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("pier.txt", "Danish engineer Lars Holm will rebuild the pier.")
    place.write("moon.txt", "The moon base was opened by president Ada.")
    place.build()
    asked: dict[str, str] = {}

    def rerank(query: str, texts: Sequence[str]) -> list[float]:
        asked.update(dict.fromkeys(texts, query))
        return [0.5] * len(texts)

    retriever = Retriever(read_version(place.index), place.encode_query, DIMENSIONS, rerank=rerank)
    retriever.search("Was the moon base opened by Ada?", k=2, question="Which engineer will rebuild the pier?")

    assert asked == {
        "Danish engineer Lars Holm will rebuild the pier.": "Which engineer will rebuild the pier?",
        "The moon base was opened by president Ada.": "Was the moon base opened by Ada?",
    }


def test_the_best_sentence_says_something_where_the_passage_does(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("a.md", "# Comet\n\nEdmond computed its orbit in 1705, and it came back as he had said it would.")
    place.build()

    hit = place.retriever().search("comet", k=1)[0]

    assert hit.best_sentence is not None
    assert hit.passage.text_of(hit.best_sentence).startswith("Edmond computed")
