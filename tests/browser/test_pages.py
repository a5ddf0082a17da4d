"""The chat page, the document page and the widget as a reader sees them, in a real Chromium."""

import http.server
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
]
QUESTION = "Who met with Putin in Moscow?"
OPEN_PAGE_3 = "Open page 3 of the PDF, opens in a new tab"
# Set to a folder to look at what the tests saw.
SCREENSHOTS = os.environ.get("FOOTNOTE_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert faults == []


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png")


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def test_a_question_on_the_page_gets_an_answer_whose_footnote_opens_the_marked_words(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff, who recently met with Putin in Moscow")
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    shoot(page, "chat")
    with page.context.expect_page() as opened:
        page.locator("a[href*='/documents/'][href*='start=']").last.click()
    document = opened.value
    mark = document.locator("mark#cited")
    expect(mark).to_contain_text("U.S. envoy Steve Witkoff")
    expect(mark).to_be_in_viewport()
    shoot(document, "document")
    document.close()


def test_a_footnote_to_a_pdf_opens_the_file_at_the_cited_page(page: Page, pdf_server: Running) -> None:
    page.goto(pdf_server.url)
    ask(page, "Who closed the old pier?")
    expect(page.get_by_role("log")).to_contain_text("Tom Reed")

    page.locator("a.marker").hover()
    popover = page.get_by_role("tooltip")
    expect(popover.locator("a")).to_have_text(["Open in the document, opens in a new tab", OPEN_PAGE_3])
    shoot(page, "popover-pdf")
    link = popover.locator("a").last
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    with page.context.expect_page() as opened:
        link.click()

    pdf = opened.value
    # The viewer is a page of the browser's own.
    expect(pdf).to_have_url(re.compile(re.escape(pdf_server.url) + r"/documents/[0-9a-f]{16}/file#page=3"))
    assert pdf.evaluate("document.contentType") == "application/pdf"
    pdf.close()


def test_the_pdf_is_reached_by_keyboard_and_from_the_page_of_its_text(page: Page, pdf_server: Running) -> None:
    page.goto(pdf_server.url)
    ask(page, "Who closed the old pier?")
    original = page.get_by_role("listitem").get_by_role("link", name="Open page 3 of the PDF")
    expect(original).to_be_visible()
    page.locator("a.marker").focus()

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    assert original.evaluate("link => link === link.getRootNode().activeElement")
    page.goto(page.locator("a.marker").get_attribute("href") or "")
    on_text_page = page.get_by_role("link", name="Open the PDF at page 3")
    assert (on_text_page.get_attribute("href") or "").endswith("/file#page=3")
    shoot(page, "document-pdf")


def test_a_follow_up_continues_the_conversation(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "Who is Steve Witkoff?")
    expect(page.get_by_role("log")).to_contain_text("Steve Witkoff, who recently met")

    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")

    assert '"conversation_id"' in (request.value.post_data or "")
    expect(page.get_by_text("recently met with Putin")).not_to_have_count(1)


def test_what_the_documents_do_not_say_is_said_plainly(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "What is the capital of France?")

    expect(page.get_by_role("log")).to_contain_text("I found nothing in the documents that answers this.")
    assert page.locator("a[href*='start=']").count() == 0
    shoot(page, "abstained")


def test_an_empty_question_cannot_be_sent(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "   ")

    assert page.locator("footnote-chat").get_by_role("log").inner_text().find("Quoted") == -1


@pytest.mark.parametrize("size", [(375, 700), (320, 568)])
def test_the_page_fits_a_telephone(browser: Browser, quoting_server: Running, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Steve Witkoff")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, f"chat-{size[0]}-dark")
    page.close()


@pytest.fixture
def host_page(tmp_path: Path, quoting_server: Running) -> Iterator[str]:
    """A page of another origin that holds the one-line tag."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Our site</title><link rel=icon href=data:,>"
        "<style>* { color: red !important; font-size: 40px } button { display: none }</style>"
        f'<h1>Our site</h1><script src="{quoting_server.url}/widget.js" async></script>'
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_widget_answers_in_another_site_whatever_its_styles(page: Page, host_page: str) -> None:
    page.goto(host_page)
    page.locator("footnote-chat").get_by_role("button").first.click()
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff")
    link = page.locator("a[href*='/documents/'][href*='start=']").last
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")
    shoot(page, "widget")
