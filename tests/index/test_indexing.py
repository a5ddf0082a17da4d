"""An index follows its folder, and does nothing twice."""

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.documents.formats import Limits
from rag.documents.scan import scan_folder
from rag.errors import IndexFull, NothingToIndex
from rag.index.build import compare_folder, update_index
from rag.index.plan import make_plan
from rag.index.previous import open_previous
from rag.index.progress import report_nothing
from rag.index.versions import read_version
from rag.types import LeftOut
from tests.index.building import OPTIONS, Place, encode, make_place, read_here

FERRY = "The ferry Aurora carries 420 passengers across the bay.\n\nCaptain Ines Moreau has led the crew since 2019."
# Files that were written later than this before a build are looked at again.
RACY_SECONDS = 2.1
PIER = "The harbour master closed the old pier.\n\nDanish engineer Lars Holm will rebuild it in two years."


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = make_place(tmp_path)
    made.write("ferry.txt", FERRY)
    made.write("news/pier.txt", PIER)
    return made


def test_a_folder_is_indexed_and_found_again(place: Place) -> None:
    summary = place.build()

    assert (summary.n_documents, summary.new) == (2, ("ferry.txt", "news/pier.txt"))
    hit = place.retriever().search("How many passengers does the ferry carry?", k=1)[0]
    assert hit.passage.text.startswith("The ferry Aurora")
    documents = place.documents()
    assert documents["ferry.txt"].text == FERRY
    for one in place.retriever().search("harbour", k=9):
        document = place.retriever().document(one.passage.document_id)
        assert document.text[one.passage.start : one.passage.end] == one.passage.text


def test_the_stored_vectors_are_those_of_the_texts(place: Place) -> None:
    place.build()
    retriever = place.retriever()

    for hit in retriever.search("pier", k=9):
        scores = retriever.score_sentences(hit.passage.text_of(hit.passage.sentences[0]), [hit])
        assert scores[0][0] == pytest.approx(1.0, abs=1e-3)


def test_nothing_is_embedded_twice(place: Place) -> None:
    place.build()
    n_embedded = place.n_embedded

    again = place.build()

    assert (again.is_rebuilt, again.n_embedded, place.n_embedded) == (False, 0, n_embedded)


def test_an_edited_paragraph_is_embedded_and_its_neighbours_are_not(place: Place) -> None:
    place.build()
    place.seen.clear()
    place.write("ferry.txt", FERRY.replace("2019", "2024"))

    summary = place.build()

    assert (summary.changed, summary.n_embedded) == (("ferry.txt",), 1)
    assert all("2024" in text for text in place.seen)
    assert "2024" in place.documents()["ferry.txt"].text


def test_a_renamed_file_costs_nothing_and_keeps_its_words(place: Place) -> None:
    place.build()
    n_embedded = place.n_embedded
    (place.docs / "ferry.txt").rename(place.docs / "boat.txt")

    summary = place.build()

    assert (summary.moved, summary.new, summary.gone, place.n_embedded) == (("boat.txt",), (), (), n_embedded)
    assert place.documents()["boat.txt"].text == FERRY
    assert {hit.passage.document_id for hit in place.retriever().search("ferry", k=9)} == {
        document.id for document in place.documents().values()
    }


def test_a_deleted_file_is_gone_from_search_and_list(place: Place) -> None:
    place.build()
    (place.docs / "ferry.txt").unlink()

    summary = place.build()

    assert (summary.gone, list(place.documents())) == (("ferry.txt",), ["news/pier.txt"])
    assert not [hit for hit in place.retriever().search("ferry passengers", k=9) if "ferry" in hit.passage.text]


def test_when_the_last_file_is_deleted_nothing_is_found_any_more(place: Place) -> None:
    place.build()
    for path in list(place.docs.rglob("*.txt")):
        path.unlink()

    assert place.build().n_documents == 0
    assert place.retriever().search("ferry", k=3) == []


def test_a_folder_that_never_held_a_document_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match="holds no file that can be read"):
        make_place(tmp_path).build()


def test_two_files_with_the_same_content_are_two_documents_embedded_once(place: Place) -> None:
    place.write("copy.txt", FERRY)

    summary = place.build()

    assert summary.n_documents == 3
    assert len(place.seen) == len(set(place.seen))


def test_metadata_changes_without_reading_or_embedding(place: Place) -> None:
    place.build()
    n_embedded = place.n_embedded
    place.write("metadata.toml", '["ferry.txt"]\ntags = ["boats"]\nlink = "https://example.org/a"\n')

    assert place.build().is_rebuilt

    document = place.documents()["ferry.txt"]
    assert (document.tags, document.link, place.n_embedded) == (("boats",), "https://example.org/a", n_embedded)


def test_a_title_given_by_the_folder_is_embedded_with_the_passages_of_its_document_alone(place: Place) -> None:
    place.build()
    place.seen.clear()
    place.write("metadata.toml", '["ferry.txt"]\ntitle = "The Aurora"\n')

    place.build()

    assert place.documents()["ferry.txt"].title == "The Aurora"
    assert [text for text in place.seen if text.startswith("The Aurora\n")]
    assert not any("pier" in text.lower() for text in place.seen)


def test_a_file_that_cannot_be_read_is_listed_with_its_reason_and_not_tried_again(place: Place) -> None:
    (place.docs / "bad.txt").write_bytes(b"%PDF-1.7 and no more")

    first, second = place.build(), place.build()

    assert "is damaged" in first.skipped["bad.txt"]
    assert (second.is_rebuilt, second.skipped) == (False, first.skipped)
    reasons = {entry.uri: entry.reason for entry in place.retriever().entries()}
    assert reasons == {"bad.txt": first.skipped["bad.txt"], "ferry.txt": None, "news/pier.txt": None}


def test_a_page_that_is_a_picture_is_read_again_once_pictures_may_be_read(place: Place) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Minutes of the board.")
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (100, 100))), 72, 400, 300, 300)
    canvas.save()
    (place.docs / "minutes.pdf").write_bytes(out.getvalue())

    first = place.build()
    same = place.build()
    place.options = replace(OPTIONS, parse=replace(OPTIONS.parse, limits=Limits(ocr_seconds=60)))
    again = place.build()

    assert first.left_out == {"minutes.pdf": (LeftOut("picture-page", 1, (2,)),)}
    assert (same.is_rebuilt, same.left_out) == (False, first.left_out)
    assert (again.is_rebuilt, again.changed, again.new) == (True, ("minutes.pdf",), ())
    assert (again.n_pages, again.n_embedded) == (1, 0)


def test_a_broken_off_build_goes_on_where_it_was(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    for number in range(200):
        place.write(f"{number:03}.txt", f"Document number {number} speaks of the word w{number} and of nothing else.")
    place.fails_after = 60
    with pytest.raises(KeyboardInterrupt):
        place.build()
    n_before = place.n_embedded
    assert 60 <= n_before < 200

    place.fails_after = None
    summary = place.build()

    assert place.n_embedded == 200
    assert summary.n_embedded == 200 - n_before
    assert not (place.index / "embedded.sqlite").exists()
    for hit in place.retriever().search("document number 137", k=200):
        assert hit.sentence_scores[0] == pytest.approx(
            float(encode([hit.passage.text])[0] @ encode(["document number 137"])[0]), abs=1e-3
        )


def test_the_same_documents_give_the_same_index_however_they_came_there(tmp_path: Path) -> None:
    straight, crooked = make_place(tmp_path / "a"), make_place(tmp_path / "b")
    for place in (straight, crooked):
        place.write("one.txt", FERRY)
    crooked.write("x.txt", PIER)
    crooked.build()
    (crooked.docs / "x.txt").unlink()
    crooked.write("two.txt", PIER)
    straight.write("two.txt", PIER)

    straight.build()
    crooked.build()

    files = [read_version(place.index).manifest.files for place in (straight, crooked)]
    assert files[0]["passages.f16"] == files[1]["passages.f16"]
    assert files[0]["sentences.f16"] == files[1]["sentences.f16"]
    assert files[0]["passages.faiss"] == files[1]["passages.faiss"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(place: Place) -> None:
    place.build()
    version = read_version(place.index).name
    place.write("new.txt", "New words.")
    (place.docs / "ferry.txt").unlink()

    found = compare_folder(place.docs, place.index, OPTIONS)

    assert (found.new, found.gone, found.version) == (("new.txt",), ("ferry.txt",), None)
    assert read_version(place.index).name == version


def test_a_file_of_the_same_size_and_time_is_not_opened(place: Place) -> None:
    place.build(seconds_later=RACY_SECONDS)
    previous = open_previous(place.index, place.options.recipe)
    assert previous is not None
    scan = scan_folder(place.docs, {".txt"}, 10**6)
    elsewhere = [replace(file, path=place.docs / "nowhere") for file in scan.files]

    plan = make_plan(
        replace(scan, files=tuple(elsewhere)), previous, place.options.limits, report_nothing, time.time_ns()
    )

    assert plan.known.keys() == {file.uri for file in scan.files}


def test_a_file_that_was_set_back_to_its_old_time_is_noticed(place: Place) -> None:
    path = place.docs / "ferry.txt"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    place.build(seconds_later=RACY_SECONDS)

    path.write_text(FERRY.replace("420", "999"))
    os.utime(path, (1_000_000_000, 1_000_000_000))

    assert place.build().changed == ("ferry.txt",)


def test_two_files_that_swap_their_names_are_noticed(place: Place) -> None:
    one, other = place.write("one.txt", "The gate is red."), place.write("two.txt", "The gate is low.")
    for path in (one, other):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    place.build(seconds_later=RACY_SECONDS)

    one.rename(place.docs / "three.txt")
    other.rename(one)
    (place.docs / "three.txt").rename(other)
    place.build()

    assert {uri: document.text for uri, document in place.documents().items() if uri in {"one.txt", "two.txt"}} == {
        "one.txt": "The gate is low.",
        "two.txt": "The gate is red.",
    }


@pytest.mark.parametrize("become", ["empty", "link", "large"])
def test_a_document_that_can_be_read_no_more_is_forgotten(place: Place, become: str, tmp_path: Path) -> None:
    path = place.write("secret.txt", "The lynx sleeps under the oak.")
    place.build()
    if become == "link":
        path.unlink()
        (tmp_path / "outside.txt").write_text("The lynx sleeps under the oak.")
        path.symlink_to(tmp_path / "outside.txt")
    else:
        path.write_text("" if become == "empty" else "The lynx sleeps under the oak. " * 400_000)

    summary = place.build()

    assert "secret.txt" in summary.skipped
    assert "secret.txt" not in place.documents()
    assert not any("lynx" in hit.passage.text for hit in place.retriever().search("lynx oak", k=9))
    assert not place.build().is_rebuilt


def test_an_index_inside_the_folder_is_not_a_document(place: Place) -> None:
    inside = Place(place.docs, place.docs / "index")

    first, second = inside.build(), inside.build()

    assert (first.n_documents, second.n_documents, second.gone, second.new) == (2, 2, (), ())


def test_a_file_written_a_moment_ago_is_looked_at_again(place: Place) -> None:
    path = place.docs / "ferry.txt"
    place.build()
    status = path.stat()
    path.write_text(FERRY.replace("420", "999"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert place.build().changed == ("ferry.txt",)


def test_a_question_in_flight_keeps_the_version_that_it_began_with(place: Place) -> None:
    place.build()
    retriever = place.retriever()
    hit = retriever.search("ferry", k=1)[0]
    for number in range(3):
        place.write("ferry.txt", f"Other words {number}.")
        place.build()

    assert retriever.document(hit.passage.document_id).text == FERRY
    assert retriever.search("ferry", k=1)[0].passage == hit.passage


def test_vectors_survive_half_precision() -> None:
    vectors = encode(["The ferry carries many passengers across the wide bay."])

    assert np.abs(vectors.astype(np.float16).astype(np.float32) @ vectors.T - 1).max() < 1e-3


def test_a_full_disk_is_told_before_anything_is_read(place: Place) -> None:
    place.options = replace(place.options, spare_bytes=10**18)

    with pytest.raises(IndexFull):
        place.build()

    assert place.n_embedded == 0


def test_a_file_that_cannot_be_read_is_reported_as_it_is_found(place: Place) -> None:
    place.write("empty.txt", "")
    place.write("odd.txt", "...")
    told: list[str] = []

    update_index(
        *(place.docs, place.index, place.options, lambda: place),
        report_skipped=lambda uri, reason: told.append(f"{uri}: {reason}"),
        read=read_here,
    )

    assert [one.partition(":")[0] for one in told] == ["empty.txt", "odd.txt"]
    assert told[0] == "empty.txt: is empty"
