"""The chat page, the document page and the widget as a reader sees them, in a real Chromium."""

import http.server
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.asking import QUESTION, ask, open_page, shoot
from tests.browser.conftest import QuietFiles
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

OPEN_PAGE_3 = "Open page 3 of the PDF, opens in a new tab"
# As browsers do whose readers allow no site to store anything.
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); } });"""


# The conversation that the browser remembers.
CURRENT = "JSON.parse(Object.values(localStorage)[0] ?? '{}').current ?? null"


def open_footnotes(page: Page) -> Locator:
    """Open the list of footnotes below the last answer."""
    footnotes = page.locator("details.footnotes").last
    footnotes.locator("summary").click()
    return footnotes


def shown_conversation(page: Page) -> tuple[list[str], list[str | None]]:
    """Return what a conversation says, and where its links lead."""
    links = page.locator("footnote-chat .turn a").all()
    return page.locator("footnote-chat .turn").all_inner_texts(), [link.get_attribute("href") for link in links]


def test_a_question_on_the_page_gets_an_answer_whose_footnote_opens_the_marked_words(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff, who recently met with Putin in Moscow")
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    # Neither the footnote nor its card repeats the quote.
    open_footnotes(page)
    page.locator(".marker").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    shown = page.get_by_role("log").inner_text() + page.get_by_role("dialog").inner_text()
    assert shown.count("who recently met with Putin in Moscow") == 1
    shoot(page, "chat")
    with page.context.expect_page() as opened:
        page.get_by_role("dialog").get_by_role("link", name="Open in the document").click()
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

    page.locator(".marker").hover()
    card = page.get_by_role("dialog")
    expect(card.locator("a")).to_have_text(["Open in the document, opens in a new tab", OPEN_PAGE_3])
    shoot(page, "card-pdf")
    link = card.locator("a").last
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
    expect(page.locator(".marker")).to_be_visible()
    page.locator(".marker").focus()

    page.keyboard.press("Enter")
    in_document = page.get_by_role("dialog").get_by_role("link", name="Open in the document")
    original = page.get_by_role("dialog").get_by_role("link", name="Open page 3 of the PDF")
    expect(in_document).to_be_focused()
    page.keyboard.press("Tab")

    expect(original).to_be_focused()
    address = in_document.get_attribute("href") or ""
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".marker")).to_be_focused()
    page.goto(address)
    on_text_page = page.get_by_role("link", name="Open the PDF at page 3")
    assert (on_text_page.get_attribute("href") or "").endswith("/file#page=3")
    shoot(page, "document-pdf")


def test_a_follow_up_continues_the_conversation(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "Who is Steve Witkoff?")
    expect(page.get_by_role("log")).to_contain_text("Steve Witkoff, who recently met")
    # What comes last: a question while an answer is being written would not be sent.
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")

    assert '"conversation_id"' in (request.value.post_data or "")
    expect(page.get_by_text("recently met with Putin")).not_to_have_count(1)


def test_what_the_documents_do_not_say_is_not_told_as_an_answer(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "What is the capital of France?")

    expect(page.locator(".turn")).to_have_class(re.compile(r"\babstained\b"))
    assert page.locator(".answer").count() == 0
    assert "Quoted directly from the documents" not in page.get_by_role("log").inner_text()
    shoot(page, "abstained")


def test_an_empty_question_cannot_be_sent(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, "   ")

    assert page.locator("footnote-chat").get_by_role("log").inner_text().find("Quoted") == -1


@pytest.mark.parametrize("size", [(375, 700), (320, 568)])
def test_the_page_fits_a_telephone(browser: Browser, quoting_server: Running, size: tuple[int, int]) -> None:
    page = open_page(browser, viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
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
    page.locator(".marker").last.click()
    link = page.get_by_role("dialog").get_by_role("link", name="Open in the document").last
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")
    shoot(page, "widget")


def test_a_reloaded_page_shows_the_conversation_as_it_was_and_goes_on_with_it(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    ask(page, "What is the capital of France?")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_have_class(re.compile("outcome-"))
    before = shown_conversation(page)

    page.reload()
    expect(page.locator(".turn")).to_have_count(2)

    assert shown_conversation(page) == before
    assert any("start=" in (link or "") for link in before[1])
    # What was said before is not announced.
    expect(page.locator("footnote-chat [role=status].visually-hidden")).to_have_text("")
    expect(page.locator(".turn").last).to_be_in_viewport()
    shoot(page, "reloaded")
    conversation_id = page.evaluate(CURRENT)
    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")
    assert request.value.post_data_json["conversation_id"] == conversation_id


def test_a_new_conversation_is_new_after_a_reload_too_and_the_old_one_is_in_the_list(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    page.get_by_role("button", name="New conversation").click()

    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    assert page.evaluate(CURRENT) is None
    page.get_by_role("button", name="Conversations").click()
    shoot(page, "conversations")
    page.get_by_role("button", name=QUESTION, exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("U.S. envoy Steve Witkoff")
    expect(page.get_by_role("textbox")).to_be_focused()


def test_a_conversation_is_renamed_and_keeps_its_name(page: Page, quoting_server: Running) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    page.get_by_role("button", name="Conversations").click()

    page.get_by_role("button", name=f"Rename: {QUESTION}").click()
    page.get_by_role("textbox", name="New name").fill("<b>Moscow</b>")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="<b>Moscow</b>", exact=True)).to_be_focused()
    page.reload()
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("button", name="<b>Moscow</b>", exact=True)).to_be_visible()


def test_a_conversation_is_deleted_by_keyboard_but_only_when_that_is_confirmed(
    page: Page, quoting_server: Running
) -> None:
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    conversation_id = page.evaluate(CURRENT)
    page.get_by_role("button", name="Conversations").press("Enter")
    delete = page.get_by_role("button", name=f"Delete: {QUESTION}")
    prompt = page.get_by_role("alertdialog", name="Delete this conversation for good?")
    delete.focus()
    page.keyboard.press("Enter")
    expect(prompt.get_by_role("button", name="Keep")).to_be_focused()
    shoot(page, "deletion")

    page.keyboard.press("Escape")

    expect(prompt).to_be_hidden()
    assert quoting_server.get(f"/v1/conversations/{conversation_id}").status_code == 200

    delete.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(prompt).to_be_hidden()
    expect(page.get_by_text("There are no conversations yet.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".turn")).to_have_count(0)
    assert quoting_server.get(f"/v1/conversations/{conversation_id}").status_code == 404
    assert page.evaluate("localStorage.length") == 0


def test_a_conversation_that_was_not_deleted_is_said_to_be_there(browser: Browser, quoting_server: Running) -> None:
    page = open_page(browser)
    page.route("**/v1/conversations/*", lambda route: route.fulfill(status=503, json={"detail": "Not now."}))
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name=f"Delete: {QUESTION}").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("alertdialog")).to_contain_text(
        "It was not deleted: The assistant cannot answer right now."
    )
    expect(page.locator(".turn")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("log")).to_contain_text("cannot be shown right now")
    page.close()


def test_a_conversation_that_the_server_has_forgotten_begins_anew(browser: Browser, quoting_server: Running) -> None:
    page = open_page(browser)
    page.goto(quoting_server.url)
    remembered = '{"current":"gone","conversations":[{"id":"gone","title":"Old"}]}'
    key = f"footnote-conversations {quoting_server.url}"
    page.evaluate("([key, remembered]) => localStorage.setItem(key, remembered)", [key, remembered])
    with page.expect_response("**/v1/conversations/gone"):
        page.reload()
    ask(page, QUESTION)

    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    assert page.evaluate(CURRENT) != "gone"
    assert "gone" not in page.evaluate("Object.values(localStorage)[0]")
    page.close()


def test_a_browser_that_forbids_storage_has_conversations_all_the_same(page: Page, quoting_server: Running) -> None:
    page.add_init_script(NO_STORAGE)
    page.goto(quoting_server.url)
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")

    with page.expect_request("**/v1/ask") as request:
        ask(page, "and who did he meet?")

    assert request.value.post_data_json["conversation_id"]
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_the_widget_remembers_its_conversation_when_it_is_opened_again(page: Page, host_page: str) -> None:
    page.goto(host_page)
    page.locator("footnote-chat").get_by_role("button").first.click()
    ask(page, QUESTION)
    expect(page.get_by_role("log")).to_contain_text("Quoted directly from the documents")
    before = shown_conversation(page)

    page.reload()
    page.locator("footnote-chat").get_by_role("button").first.click()
    expect(page.locator(".turn")).to_have_count(1)

    assert shown_conversation(page) == before
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name=f"Delete: {QUESTION}").click()
    shoot(page, "widget-deletion")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".turn")).to_have_count(0)
