"""The page of `rag eval --html`. Drawing takes a second, so these are no unit tests."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rag.errors import EvaluationInvalid
from rag.evaluation.earlier import compare_with, read_earlier
from rag.evaluation.metrics.comparison import compare_answers
from rag.evaluation.page import render_page, require_place, write_page
from tests.reports import NOT_FOUND, add_run, found_at, make_report, write_report
from tests.unit.evaluation.judged_answers import ABSENT, GOLD, LOOK_ALIKE, make_judged

JUDGED = [
    make_judged(GOLD, ["It carries 420."], confidence=0.9),
    make_judged(LOOK_ALIKE, ["It does."], confidence=0.8),
    make_judged(ABSENT, None),
]


class Tags(HTMLParser):
    """Collects the tags of a page, its ids and what could make a browser ask for more."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"src", "href", "xlink:href", "srcset", "action"}:
                self.addresses.append(value or "")


@pytest.fixture(scope="module")
def page() -> str:
    report = make_report(
        [found_at(1), found_at(12), NOT_FOUND], text="<b>When & why?</b>", first_text="<script>x</script>"
    )
    return render_page(report)


def test_text_of_questions_and_documents_is_shown_and_never_markup(page: str) -> None:
    assert "&lt;b&gt;When &amp; why?&lt;/b&gt;" in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert not {"b", "script"} & set(Tags(page).tags)


def test_the_page_asks_for_nothing_else(page: str) -> None:
    tags = Tags(page)

    assert all(address.startswith("#") for address in tags.addresses)
    assert "url(" not in re.sub(r"url\(#", "", page)
    assert "@import" not in page
    assert not {"link", "img", "iframe", "object"} & set(tags.tags)
    assert "default-src 'none'" in page


def test_three_plots_stand_in_the_page_without_an_id_twice(page: str) -> None:
    tags = Tags(page)

    assert tags.tags.count("svg") == 3
    assert len(tags.ids) == len(set(tags.ids))
    assert {address[1:] for address in tags.addresses} <= set(tags.ids)
    assert "currentColor" in page


def test_the_same_report_gives_the_same_page() -> None:
    assert render_page(make_report([found_at(1)])) == render_page(make_report([found_at(1)]))


def test_the_questions_far_down_are_listed_worst_first(page: str) -> None:
    assert "2 of 3" in page
    assert page.index("not in 20") < page.index("<td>12</td>")


def test_a_comparison_is_in_the_page(tmp_path: Path) -> None:

    before = write_report(tmp_path / "before.json", json.dumps(make_report([NOT_FOUND]).as_json(), default=str))
    now = make_report([found_at(1)])

    page = render_page(replace(now, comparison=compare_with(read_earlier(before, "harbour"), now.retrieval, seed=1)))

    assert "Against earlier" in page
    assert "+1.000" in page


def test_answers_are_in_the_page_with_a_line_an_answerer() -> None:
    report = add_run(make_report([found_at(1)]), "extractive", JUDGED)

    page = render_page(add_run(report, "<b>$a$</b>", JUDGED[2:]))

    tags = Tags(page)
    assert "3 questions answered: 1 answerable, 1 look-alike, 1 absent" in page
    assert "<th>ABSTENTION</th><th>extractive</th><th>&lt;b&gt;$a$&lt;/b&gt;</th>" in page
    assert "<td>abstained, absent questions</td><td>100.0% (1/1)</td><td>100.0% (1/1)</td>" in page
    assert 'aria-label="Risk-coverage curve"' in page
    assert ">by extractive</text>" in page
    assert "by &lt;b&gt;$a$&lt;/b&gt;</text>" in page
    assert "b" not in tags.tags
    assert tags.tags.count("svg") == 4
    assert len(tags.ids) == len(set(tags.ids))


def test_what_each_kind_of_question_got_is_a_table_and_a_plot() -> None:
    judged = [replace(one, gold=replace(one.gold, kind="<i>how-to</i>")) for one in JUDGED]

    page = render_page(add_run(make_report([found_at(1)]), "$a$", judged))

    tags = Tags(page)
    assert "<th>kind</th><th>right</th>" in page
    assert "<td>&lt;i&gt;how-to&lt;/i&gt;</td><td>1</td>" in page
    assert "Right or rightly declined: 66.7% (2/3)." in page
    assert 'aria-label="What each kind of question got"' in page
    assert tags.tags.count("svg") == 5
    assert "i" not in tags.tags
    assert len(tags.ids) == len(set(tags.ids))


def test_what_differs_from_the_naive_chatbot_heads_the_page() -> None:
    report = add_run(add_run(make_report([found_at(1)]), "naive", JUDGED), "<b>ours</b>", JUDGED)

    page = render_page(replace(report, against_naive=(compare_answers("<b>ours</b>", JUDGED, JUDGED, seed=1),)))

    assert page.index("Beside a naive chatbot") < page.index("Retrieval")
    assert "&lt;b&gt;ours&lt;/b&gt; minus naive" in page
    assert "<td>right</td><td>1</td><td>+0</td>" in page
    assert "b" not in Tags(page).tags


def test_a_page_of_nothing_naive_says_nothing_of_it(page: str) -> None:
    assert "naive" not in page


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="give --html a file in a folder that exists"):
        require_place(tmp_path / "missing" / "page.html")
    with pytest.raises(EvaluationInvalid, match="give --html a file in a folder that exists"):
        require_place(tmp_path)


def test_a_page_is_written_as_utf_8_and_only_for_its_owner(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", "±")

    assert (tmp_path / "page.html").read_bytes() == "±".encode()
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600
