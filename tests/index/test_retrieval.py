"""Search over a small real index, with an encoder that hashes words."""

from pathlib import Path

from rag.filters import Filters
from tests.index.building import Place, make_place


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
