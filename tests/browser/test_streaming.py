"""What a reader sees while an answer comes, is cut, is stopped, or does not come, in a real Chromium."""

import json

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.asking import QUESTION, a_citation, an_answer, answer_with, ask, begin_answer_with, open_page
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

FIRST, SECOND = "Shoes may be sent back.", "Hats too."
CITATIONS = [a_citation(1, FIRST), a_citation(2, SECOND)]
FINAL = an_answer(
    sentences=[
        {"before": "", "text": FIRST, "citations": [1], "supported": True},
        {"before": "\n\n", "text": SECOND, "citations": [2], "supported": True},
    ],
    citations=CITATIONS,
)
DELTAS = [
    ("citation", {"citation": CITATIONS[0], "sentence": 0}),
    ("delta", {"text": f"{FIRST} [1]", "note": False}),
    ("citation", {"citation": CITATIONS[1], "sentence": 1}),
    ("delta", {"text": "\n\nHats", "note": False}),
]


def stream_of(*events: tuple[str, dict], first_id: int = 1) -> str:
    return "".join(f"id: {i}\nevent: {n}\ndata: {json.dumps(d)}\n\n" for i, (n, d) in enumerate(events, first_id))


def begin_to_answer(page: Page, server: Running) -> None:
    """Ask a question whose answer comes in part and then neither goes on nor ends."""
    page.goto(server.url)
    begin_answer_with(page, *DELTAS)
    ask(page, QUESTION)
    expect(page.locator(".answer")).to_contain_text("Hats")


def test_the_final_answer_leaves_the_selection_and_an_open_footnote(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    page.evaluate(
        """body => {
          const fetched = window.fetch;
          window.fetch = (url, options) => String(url).endsWith("/v1/ask")
            ? Promise.resolve(new Response(new ReadableStream({
                start(stream) {
                  const send = text => stream.enqueue(new TextEncoder().encode(text));
                  send(body);
                  window.goOn = text => send(text);
                },
              }), { headers: { "Content-Type": "text/event-stream" } }))
            : fetched(url, options);
        }""",
        stream_of(*DELTAS),
    )
    ask(page, QUESTION)
    expect(page.locator(".answer")).to_contain_text("Hats")
    page.locator(".marker").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("""() => {
      const paragraph = document.querySelector("footnote-chat").shadowRoot.querySelector(".answer p");
      getSelection().setBaseAndExtent(paragraph.firstChild, 0, paragraph.firstChild, 5);
      window.paragraph = paragraph;
    }""")

    page.evaluate("text => goOn(text)", stream_of(("final", FINAL), first_id=5))

    expect(page.locator(".turn")).to_have_class("turn outcome-answered")
    expect(page.locator(".answer p")).to_have_text([f"{FIRST}1", f"{SECOND}2"])
    expect(page.get_by_role("dialog")).to_be_visible()
    shown = "document.querySelector('footnote-chat').shadowRoot.querySelector('.answer p')"
    assert page.evaluate(f"{shown} === window.paragraph")
    assert page.evaluate("getSelection().toString()") == FIRST[:5]


def test_a_cut_answer_goes_on_with_the_same_key_after_the_last_event(page: Page, quoting_server: Running) -> None:
    asked: list[dict[str, str]] = []

    def reply(route: Route) -> None:
        asked.append(route.request.headers)
        events = stream_of(*DELTAS) if len(asked) == 1 else stream_of(("final", FINAL), first_id=5)
        route.fulfill(content_type="text/event-stream", body=events)

    page.route("**/v1/ask", reply)
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.locator(".answer p")).to_have_text([f"{FIRST}1", f"{SECOND}2"])
    assert [one.get("last-event-id") for one in asked] == [None, "4"]
    assert len({one["idempotency-key"] for one in asked}) == 1
    expect(page.locator(".turn")).to_have_count(1)


def test_a_question_whose_answer_has_not_come_is_asked_on_after_a_reload_by_the_same_key(
    page: Page, quoting_server: Running
) -> None:
    begin_to_answer(page, quoting_server)
    page.get_by_role("textbox").fill("And socks?")
    key = page.evaluate("JSON.parse(Object.values(sessionStorage)[0]).unanswered[0].key")
    asked: list[str] = []

    def reply(route: Route) -> None:
        asked.append(route.request.headers["idempotency-key"])
        route.fulfill(content_type="text/event-stream", body=stream_of(("meta", {}), *DELTAS, ("final", FINAL)))

    page.route("**/v1/ask", reply)
    page.reload()

    expect(page.locator(".turn")).to_have_class("turn outcome-answered")
    expect(page.get_by_role("textbox")).to_have_value("And socks?")
    assert asked == [key]


def test_a_stopped_answer_is_ended_on_the_server_and_is_there_after_a_reload(
    page: Page, quoting_server: Running
) -> None:
    begin_to_answer(page, quoting_server)

    with page.expect_request(lambda request: request.method == "DELETE" and "/v1/ask/" in request.url):
        page.get_by_role("button", name="Stop").click()

    expect(page.locator(".below")).to_contain_text("Stopped.")
    page.reload()
    expect(page.locator(".below")).to_contain_text("Stopped.")
    expect(page.locator(".answer p")).to_have_text([f"{FIRST}1", "Hats"])


def test_malformed_events_are_skipped(page: Page, quoting_server: Running) -> None:
    broken = (
        "event: delta\ndata: {\n\nevent: citation\ndata: {}\n\nevent: who\ndata: {}\n\n: x\n\nevent: delta\ndata: 7\n\n"
    )
    body = broken + stream_of(*DELTAS, ("final", FINAL))
    page.route("**/v1/ask", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.locator(".answer p")).to_have_text([f"{FIRST}1", f"{SECOND}2"])


def test_an_answer_is_announced_twice_at_most(page: Page, quoting_server: Running) -> None:
    answer_with(page, *DELTAS, ("final", FINAL))
    page.goto(quoting_server.url)
    expect(page.get_by_role("textbox")).to_be_focused()
    page.evaluate("""() => {
      const status = document.querySelector("footnote-chat").shadowRoot.querySelector("[role=status].visually-hidden");
      window.said = [];
      new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    }""")
    ask(page, QUESTION)
    expect(page.locator(".turn")).to_have_class("turn outcome-answered")
    page.wait_for_function("said.length >= 2")

    assert page.evaluate("said") == ["Searching the documents…", f"{FIRST}{SECOND}"]


def test_a_reader_who_is_offline_is_told_so(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    expect(page.get_by_role("textbox")).to_be_focused()

    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()

    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_enter_in_an_input_method_chooses_a_word_and_does_not_ask(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    question = page.get_by_role("textbox")
    question.fill("にほん")
    question.evaluate("""input => {
      for (const init of [{ isComposing: true }, { keyCode: 229 }])
        input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }));
    }""")

    expect(question).to_have_value("にほん")
    assert page.locator(".turn").count() == 0


def test_a_question_that_was_refused_for_good_is_not_asked_again_after_a_reload(
    browser: Browser, quoting_server: Running
) -> None:
    page = open_page(browser)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=422, json={"code": "question_invalid", "detail": "the question has no letter"})

    page.route("**/v1/ask", refuse)
    page.goto(quoting_server.url)
    ask(page, "???")
    expect(page.locator(".problem")).to_contain_text("the question has no letter")

    page.reload()

    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_focused()
    assert len(asked) == 1
    page.close()
