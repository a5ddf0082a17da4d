"""What each outcome of a question looks like, while it is written and at the end, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import (
    QUESTION,
    Event,
    a_citation,
    an_answer,
    answer_with,
    ask,
    begin_answer_with,
    shoot,
)
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

HOSTILE = "<img src=x onerror=alert(1)>"
HATS, SHOES = "Hats are kept for 30 days.", "נעליים נשמרות 14 יום."
POSSIBLE = an_answer(
    outcome="possible",
    abstained=True,
    answered_by="extractive",
    note="Not confirmed, but one of these may answer it:",
    sentences=[
        {"text": f"A week, {HOSTILE}.", "citations": [], "supported": False},
        {"text": HATS, "citations": [1], "supported": True},
        {"text": SHOES, "citations": [2], "supported": True},
    ],
    citations=[a_citation(1, HATS), {**a_citation(2, SHOES), "url": "javascript:alert(1)"}],
)
PARTLY = an_answer(
    outcome="partly",
    answered_by="extractive",
    note=f"Not answered: “{HOSTILE} [1]”",
    sentences=[
        {"text": HATS, "citations": [1], "supported": True},
        {"text": SHOES, "citations": [1, 2], "supported": True},
    ],
    citations=[a_citation(1, HATS), a_citation(2, SHOES)],
)
GREETING = an_answer(answered_by="none", note="Hello! What would you like to know?")
DECLINED = an_answer(outcome="declined", abstained=True, answered_by="none", note="I looked and found nothing.")

POSSIBLE_DELTAS: list[Event] = [
    ("delta", {"text": POSSIBLE["note"], "note": True}),
    ("delta", {"text": f"\nA week, {HOSTILE}.", "note": False}),
    ("citation", {"citation": POSSIBLE["citations"][0], "sentence": 1}),
    ("delta", {"text": f"\n{HATS} [1]", "note": False}),
    ("citation", {"citation": POSSIBLE["citations"][1], "sentence": 2}),
    ("delta", {"text": f"\n{SHOES} [2]", "note": False}),
]
PARTLY_DELTAS: list[Event] = [
    ("citation", {"citation": PARTLY["citations"][0], "sentence": 0}),
    ("delta", {"text": f"{HATS} [1]", "note": False}),
    ("citation", {"citation": PARTLY["citations"][1], "sentence": 1}),
    ("delta", {"text": f" {SHOES} [1][2]", "note": False}),
    ("delta", {"text": f" {PARTLY['note']}", "note": True}),
]
GREETING_DELTAS: list[Event] = [("delta", {"text": GREETING["note"], "note": True})]


def ask_and_wait(page: Page, outcome: str) -> None:
    ask(page, QUESTION)
    expect(page.locator(".turn")).to_have_class(re.compile(rf"\boutcome-{outcome}\b"))


def parts_of_reply(page: Page) -> list[str]:
    """Return the classes of what stands in a reply, from top to bottom."""
    return page.locator(".reply > *").evaluate_all("parts => parts.map(part => part.className)")


def open_footnotes(page: Page, summary: str) -> Locator:
    footnotes = page.locator("details.footnotes")
    footnotes.get_by_text(summary).click()
    return footnotes


def offers_in(page: Page) -> Locator:
    return page.get_by_role("list", name="What may answer").get_by_role("listitem")


def test_what_may_answer_is_a_list_below_a_line_that_says_so(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", POSSIBLE))
    page.goto(quoting_server.url)
    ask_and_wait(page, "possible")

    assert parts_of_reply(page) == ["reply-note", "offers", "others"]
    expect(page.locator(".reply-note")).to_have_text(POSSIBLE["note"])
    expect(offers_in(page)).to_have_text([f"A week, {HOSTILE}.not confirmed in the documents", f"{HATS}1"])
    others = page.locator("details.others")
    expect(others.locator("li")).to_be_hidden()
    others.get_by_text("1 other passage").click()
    expect(others.locator("li")).to_have_text([f"{SHOES}2"])
    expect(page.locator(".turn")).to_have_class(re.compile(r"\babstained\b"))
    shoot(page, "possible")


def test_what_may_answer_has_footnotes_and_no_line_that_calls_it_an_answer(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", POSSIBLE))
    page.goto(quoting_server.url)
    ask_and_wait(page, "possible")

    footnotes = open_footnotes(page, "2 footnotes from 1 document")
    expect(footnotes.get_by_role("listitem")).to_have_count(2)
    offers_in(page).nth(1).get_by_role("button", name="Footnote 1: Returns").click()
    link = page.get_by_role("dialog").get_by_role("link", name="Open in the document")
    assert link.get_attribute("href") == f"{quoting_server.url}/documents/1?start=1&end=9"
    assert footnotes.get_by_role("listitem").nth(1).locator("a").count() == 0
    assert page.locator(".below > .note").count() == 0


def test_what_was_searched_for_is_shown_where_it_is_not_what_was_asked(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", {**PARTLY, "query": f"How long are hats kept? {HOSTILE}"}))
    page.goto(quoting_server.url)
    ask_and_wait(page, "partly")

    expect(page.locator(".searched")).to_have_text(f"Searched for: How long are hats kept? {HOSTILE}")
    shoot(page, "searched")


def test_a_query_that_is_the_question_is_not_shown(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("meta", {"question": QUESTION, "query": QUESTION}), ("final", PARTLY))
    page.goto(quoting_server.url)
    ask_and_wait(page, "partly")

    expect(page.locator(".searched")).to_be_hidden()


def test_what_is_said_is_text_and_runs_in_the_direction_of_its_script(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", POSSIBLE))
    page.goto(quoting_server.url)
    ask(page, "כמה זמן?")
    expect(offers_in(page)).to_have_count(2)
    page.get_by_text("1 other passage").click()

    assert page.locator(".turn img").count() == 0
    expect(page.locator(".question")).to_have_css("direction", "rtl")
    expect(page.locator(".reply-note")).to_have_css("direction", "ltr")
    expect(offers_in(page).nth(1)).to_have_css("direction", "ltr")
    expect(page.locator("details.others li")).to_have_css("direction", "rtl")


def test_the_part_that_is_not_answered_is_named_below_the_answer(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", PARTLY))
    page.goto(quoting_server.url)
    ask_and_wait(page, "partly")

    assert parts_of_reply(page) == ["answer", "reply-note"]
    expect(page.locator(".reply-note")).to_have_text(PARTLY["note"])
    expect(page.locator(".below > .note")).to_have_text("Quoted directly from the documents.")
    expect(open_footnotes(page, "2 footnotes from 1 document").get_by_role("listitem")).to_have_count(2)
    shoot(page, "partly")


def test_where_nothing_was_found_that_stands_alone_above_what_else_may_help(
    page: Page, quoting_server: Running
) -> None:
    answer_with(page, ("final", DECLINED))
    page.goto(quoting_server.url)
    ask_and_wait(page, "declined")

    assert parts_of_reply(page) == ["reply-note"]
    expect(page.locator(".reply-note")).to_have_text(DECLINED["note"])
    expect(page.locator(".below > .note")).to_have_text("Try other words, or see which documents there are.")
    shoot(page, "declined")


def test_where_nothing_was_found_the_nearest_passage_is_shown_and_the_others_on_demand(
    page: Page, quoting_server: Running
) -> None:
    near = [
        {**a_citation(n, ""), "text": text, "score": 0.2} for n, text in enumerate([HATS, HOSTILE, SHOES, "Far."], 1)
    ]
    answer_with(page, ("sources", {"sources": near}), ("final", DECLINED))
    page.goto(quoting_server.url)
    ask_and_wait(page, "declined")

    nearest = page.locator(".nearest")
    expect(nearest.locator("> .passage blockquote")).to_have_text(HATS)
    expect(nearest.locator("> .passage .where")).to_have_text("Returns · page 3 · Shoes")
    nearest.get_by_text("2 other passages").click()
    expect(nearest.locator("details blockquote")).to_have_text([HOSTILE, SHOES])
    assert page.locator(".turn img").count() == 0
    shoot(page, "declined-nearest")


def test_a_greeting_is_answered_by_its_line_alone(page: Page, quoting_server: Running) -> None:
    answer_with(page, ("final", GREETING))
    page.goto(quoting_server.url)
    ask_and_wait(page, "answered")

    assert parts_of_reply(page) == ["reply-note"]
    expect(page.locator(".reply-note")).to_have_text(GREETING["note"])
    assert page.locator(".below > *").count() == 0


@pytest.mark.parametrize(
    ("deltas", "final"),
    [(POSSIBLE_DELTAS, POSSIBLE), (PARTLY_DELTAS, PARTLY), (GREETING_DELTAS, GREETING)],
    ids=["possible", "partly", "greeting"],
)
def test_what_is_streamed_looks_as_the_whole_answer_does(
    page: Page, quoting_server: Running, deltas: list[Event], final: dict
) -> None:
    page.goto(quoting_server.url)
    # A stream that is stopped leaves what it brought.
    begin_answer_with(page, *deltas)
    ask(page, QUESTION)
    expect(page.locator(".status")).to_contain_text("Writing…")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn").first).to_contain_text("Stopped.")

    page.reload()
    expect(page.locator(".turn").first).to_contain_text("Stopped.")
    answer_with(page, *deltas, ("final", final))
    ask(page, QUESTION)

    expect(page.locator(".turn").last).to_have_class(re.compile(f"outcome-{final['outcome']}"))
    page.locator("details.others").evaluate_all("all => all.forEach(one => (one.open = true))")
    streamed, whole = (page.locator(".reply").nth(n).inner_text() for n in (0, 1))
    assert [line for line in whole.splitlines() if "other passage" not in line] == streamed.splitlines()


@pytest.mark.parametrize(
    ("draft", "status"),
    [
        (PARTLY, "Quoted from the documents; an answer is being written…"),
        (POSSIBLE, "These may answer it; an answer is being written…"),
    ],
    ids=["quoted", "possible"],
)
def test_a_draft_is_dimmed_and_stays_as_it_is_where_the_reader_stops(
    page: Page, quoting_server: Running, draft: dict, status: str
) -> None:
    page.goto(quoting_server.url)
    begin_answer_with(page, ("draft", draft))
    ask(page, QUESTION)
    expect(page.locator(".status")).to_have_text(status)
    expect(page.locator(".reply")).to_have_css("opacity", "0.75")
    shown = page.locator(".reply").inner_html()
    shoot(page, f"draft-{draft['outcome']}")

    page.get_by_role("button", name="Stop").click()

    expect(page.locator(".below")).to_contain_text("Stopped.")
    expect(page.locator(".reply")).to_have_css("opacity", "1")
    assert page.locator(".reply").inner_html() == shown
    expect(open_footnotes(page, "2 footnotes from 1 document").get_by_role("listitem")).to_have_count(2)


def test_a_draft_goes_when_the_first_sentence_comes(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    begin_answer_with(page, ("draft", POSSIBLE), *PARTLY_DELTAS[:2])
    ask(page, QUESTION)

    expect(page.locator(".reply")).to_have_text(f"{HATS}1")
    expect(page.locator(".status")).to_have_text("Writing…")
    expect(page.locator(".reply")).to_have_css("opacity", "1")


def test_that_nothing_was_found_is_no_draft(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    begin_answer_with(page, ("sources", {"sources": []}), ("draft", DECLINED))
    ask(page, QUESTION)

    expect(page.locator(".status")).to_have_text("Reading the documents…")
    assert page.locator(".reply > *").count() == 0


def test_a_sentence_that_is_not_confirmed_is_marked_in_words(page: Page, quoting_server: Running) -> None:
    sentences = [
        {"text": "Perhaps he did.", "citations": [], "supported": False},
        {"text": "Surely.", "citations": [], "supported": True},
    ]
    answer_with(page, ("final", an_answer(answer="Perhaps he did. Surely.", sentences=sentences)))
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.locator(".answer")).to_have_text("Perhaps he did.not confirmed in the documents Surely.")
    expect(page.locator(".doubtful")).to_have_text("Perhaps he did.")
    shoot(page, "not-confirmed")
