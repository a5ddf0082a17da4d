"""Asking in a page: the server's own answers, and ones that a test makes up."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Route

from tests.running import MAX_SECONDS

QUESTION = "Who met with Putin in Moscow?"
# Set to a folder to look at what the tests saw.
SCREENSHOTS = os.environ.get("FOOTNOTE_SCREENSHOTS")
# Sends what it is given and then neither goes on nor ends.
_HELD_STREAM = """body => {
  const fetched = window.fetch;
  window.fetch = (url, options) => String(url).endsWith("/v1/ask")
    ? Promise.resolve(new Response(new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode(body));
          options.signal.addEventListener("abort", () => stream.error(new DOMException("Stopped", "AbortError")));
        },
      }), { headers: { "Content-Type": "text/event-stream" } }))
    : fetched(url, options);
}"""

Event = tuple[str, dict]
Host = Callable[..., str]
"""Writes a page of another site and returns its address."""


def open_page(browser: Browser, **options: object) -> Page:
    """Open a page that waits for what a busy machine does late."""
    page = browser.new_page(**options)  # type: ignore[arg-type]  # passed on
    page.set_default_timeout(1000 * MAX_SECONDS)
    return page


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png")


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def a_citation(number: int, quote: str) -> dict:
    """Return a citation as the server gives it."""
    place = {"document_id": "1", "title": "Returns", "uri": "a.txt", "page": 3, "headings": ["Policy", "Shoes"]}
    span = {"start": number, "end": number + 8, "url": f"/documents/1?start={number}&end={number + 8}", "link": None}
    return {**place, **span, "number": number, "quote": quote}


def an_answer(**changes: object) -> dict:
    """Return an answer as the server gives it, with changes."""
    fields = {"id": "a", "conversation_id": "c", "question": QUESTION, "query": QUESTION, "answer": "", "sentences": []}
    more = {"outcome": "answered", "note": "", "citations": [], "abstained": False}
    return {**fields, **more, "answered_by": "llm", "degraded": None, **changes}


def answer_with(page: Page, *events: Event) -> None:
    """Have every question on a page answered by these events, without the server."""

    def fulfill(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=_event_stream(events))

    page.route("**/v1/ask", fulfill)


def begin_answer_with(page: Page, *events: Event) -> None:
    """Have the loaded page's questions answered by these events, after which nothing comes and nothing ends."""
    page.evaluate(_HELD_STREAM, _event_stream(events))


def _event_stream(events: tuple[Event, ...]) -> str:
    return "".join(f"id: {i}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for i, (name, data) in enumerate(events, 1))


def launcher(page: Page) -> Locator:
    return page.locator("footnote-chat .launcher")
