"""The owner's pages show all text as text, and each figure also as a table."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.api.feedback.keeper import KeptFor
from rag.api.feedback.reading import CitedCount, DayFigures, ListedAnswer, OpenQuestion
from rag.api.owner.cost import Prices
from rag.api.owner.pages import (
    Frame,
    render_citations,
    render_documents,
    render_figures,
    render_open,
    render_questions,
    render_sign_in,
)
from rag.api.owner.plots import plot_cost, plot_outcomes, plot_thumbs, plot_times, plot_tokens
from rag.api.owner.stale import OLD_DAYS, find_stale
from rag.types import FileEntry, LeftOut

DAY_MS = 24 * 3600 * 1000
KEEPS = KeptFor(365, 30, keeps_questions=True)
HOSTILE = "</p><script>alert(1)</script><img src=x onerror='alert(2)'>\"'{{7*7}}&amp;"
FRAME = Frame("/prefix", is_signed_in=True, collections=((HOSTILE, "/prefix"), ("Other", "/prefix/other")))
DAYS = [DayFigures(20_000 + n, 10, 4, 3, 2, 1, 1, 2, 1, 1000, 200, 1500.0, 9000.0) for n in range(3)]


# A day has 1,000 tokens read and 200 generated: 2.50 + 1.50.
PRICES = Prices(2500.0, 7500.0, "EUR")


class Tags(HTMLParser):
    """Collects the tags of a page, the names of their attributes and where links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links += [value or "" for name, value in attributes if name in {"href", "src", "action"}]


def listed(number: int = 1, **more: object) -> ListedAnswer:
    answer = {
        "answer": HOSTILE,
        "citations": [
            {"number": HOSTILE, "title": HOSTILE, "quote": HOSTILE, "document_id": HOSTILE, "start": 1, "end": 2}
        ],
    }
    fields: dict = {
        "number": number,
        "id": "a",
        "answered_ms": 0,
        "outcome": "declined",
        "kind": HOSTILE,
        "answered_by": "none",
        "is_degraded": True,
        "total_ms": 1500.0,
        "key_id": HOSTILE,
        "user": HOSTILE,
        "question": HOSTILE,
        "answer": json.dumps(answer),
        "thumbs": "down",
        "reason": HOSTILE,
        "corrected_answer": HOSTILE,
    }
    return ListedAnswer(**{**fields, **more})


def entry(uri: str = "a.txt", **more: object) -> FileEntry:
    return FileEntry(**{"uri": uri, "sha256": "s", "id": uri, "title": HOSTILE, **more})  # type: ignore[arg-type]


def all_pages() -> dict[str, str]:
    stale = find_stale([CitedCount("gone", HOSTILE, 3, 0, "x")], {}, {}, 0)
    skipped = entry(HOSTILE, reason=HOSTILE)
    left_out = entry("b.xlsx", left_out=(LeftOut("hidden-sheet", 1, (), HOSTILE),))
    return {
        "sign-in": render_sign_in(HOSTILE, FRAME),
        "figures": render_figures(DAYS, plots(), KEEPS, PRICES, n_days=30, frame=FRAME),
        "questions": render_questions([listed()], "all", KEEPS, next_before=1, frame=FRAME),
        "open": render_open([OpenQuestion(listed(), 3, 0)], "open", KEEPS, frame=FRAME),
        "documents": render_documents(
            [skipped, left_out, entry()], {HOSTILE + "2"}, [], page=0, page_size=9, frame=FRAME
        ),
        "citations": render_citations(stale, 1, n_days=90, frame=FRAME),
    }


def plots() -> dict[str, str]:
    return {
        "outcomes": plot_outcomes(DAYS),
        "thumbs": plot_thumbs(DAYS),
        "times": plot_times(DAYS),
        "tokens": plot_tokens(DAYS),
        "cost": plot_cost(DAYS, PRICES),
    }


@pytest.mark.parametrize("name", ["sign-in", "figures", "questions", "open", "documents", "citations"])
def test_nothing_that_is_shown_becomes_markup_or_runs(name: str) -> None:
    page = all_pages()[name]
    tags = Tags(page)

    assert "<script>" not in page
    assert tags.names.count("script") == 1, "the one of all pages"
    assert "img" not in tags.names
    assert not {"style", "onerror", "onclick", "onload"} & tags.attributes
    assert "style" not in tags.names
    # Links lead to pages of this server, and an icon is in the page.
    assert [link for link in tags.links if not link.startswith(("/prefix/", "data:image/svg+xml,", "#"))] == []


def test_each_plot_is_well_formed_and_has_a_description() -> None:
    for plot in plots().values():
        root = ET.fromstring(plot)  # noqa: S314 -- our own

        assert root.attrib["aria-label"]
        assert not any("style" in part.attrib or part.tag.endswith("style") for part in root.iter())


def test_where_nothing_was_counted_a_sentence_takes_the_place_of_the_plot() -> None:
    quiet = [replace(day, n_up=0, n_down=0, prompt_tokens=0, completion_tokens=0) for day in DAYS]
    drawn = {
        "outcomes": plot_outcomes(quiet),
        "thumbs": plot_thumbs(quiet),
        "times": plot_times(quiet),
        "tokens": plot_tokens(quiet),
        "cost": plot_cost(quiet, PRICES),
    }

    page = render_figures(quiet, drawn, KEEPS, PRICES, n_days=30, frame=FRAME)

    assert page.count('<figure class="plot"') == 2
    assert "No reader gave thumbs up or down in these 30 days." in page
    assert "No LLM read or generated a token in these 30 days." in page
    assert "Nothing was spent in these 30 days." in page


def test_the_same_days_give_the_same_plot() -> None:
    assert plots() == plots()


def test_the_figures_are_a_table_too() -> None:
    page = all_pages()["figures"]

    assert "<caption>Figures of each day</caption>" in page
    assert '<th scope="row">2024-10-04</th><td>10</td><td>4</td><td>3</td><td>2</td><td>1</td>' in page
    assert "<td>1.5 s</td><td>9.0 s</td><td>4.00 EUR</td>" in page


def test_the_cost_is_shown_once_there_are_prices() -> None:
    free = render_figures(DAYS, {**plots(), "cost": ""}, KEEPS, Prices(0, 0, "EUR"), n_days=30, frame=FRAME)

    assert "<dt>cost</dt><dd>12.00 EUR</dd>" in all_pages()["figures"]
    assert "EUR" not in free
    assert "price_per_million_read" in free


def test_without_kept_words_the_list_says_so() -> None:
    record = listed(question=None, answer=None)

    page = render_questions([record], "all", KeptFor(365, 30, keeps_questions=False), next_before=None, frame=FRAME)

    assert "Question not kept" in page
    assert "keep_questions = true" in page


def test_files_with_something_to_do_come_first() -> None:
    entries = [
        entry("a.txt", title="Fine"),
        entry("b.txt", title="Partly", left_out=(LeftOut("picture", 2),)),
        entry("c.txt", reason="it is broken"),
    ]

    page = render_documents(
        entries, {"d.txt"}, [CitedCount("a.txt", "a.txt", 7, 0, None)], page=0, page_size=9, frame=FRAME
    )

    assert "2 indexed, 1 of them not in full; 1 not read; 1 waiting" in page
    places = [
        page.index(text) for text in ("it is broken", "d.txt", "2 pictures are not searched", "cited in 7 answers")
    ]
    assert places == sorted(places)


def test_a_cited_document_is_stale_if_it_is_gone_changed_or_old_and_cited_often() -> None:
    now_ms = 20_000 * DAY_MS
    long_ago = now_ms - (OLD_DAYS + 1) * DAY_MS
    entries = {name: entry(name, title=name) for name in ("changed", "unknown", "old", "rare", "young")}
    counts = [
        CitedCount("gone", "gone", 1, 0, "s"),
        CitedCount("changed", "changed", 1, 0, "other"),
        CitedCount("unknown", "unknown", 1, 0, None),
        CitedCount("old", "old", 3, 0, "s"),
        CitedCount("rare", "rare", 2, 0, "s"),
        CitedCount("young", "young", 9, 0, "s"),
    ]

    stale = find_stale(counts, entries, {"old": long_ago, "rare": long_ago, "young": now_ms}, now_ms)

    assert [(one.cited.document_id, one.why) for one in stale] == [
        *(("gone", "gone"), ("changed", "changed"), ("old", "old")),
    ]
