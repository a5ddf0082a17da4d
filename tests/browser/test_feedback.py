"""Thumbs below an answer, and the owner's pages, in a real Chromium."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import QUESTION, an_answer, answer_with, ask, open_page, shoot
from tests.running import Running, serve, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.model]

KEY = "secret-of-the-owner"
PAGES = ["/admin", "/admin/open", "/admin/questions", "/admin/documents", "/admin/citations"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "c.sqlite"


@pytest.fixture(scope="module")
def server(seed_index: Path, file: Path) -> Iterator[Running]:
    environment = {"RAG_ADMIN_KEY": KEY, "RAG_KEEP_QUESTIONS": "true", "RAG_CONVERSATIONS_FILE": str(file)}
    with serve(seed_index, RAG_LLM="extractive", **environment) as running:
        yield running


def stored(file: Path) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{file.with_name('answers.sqlite')}?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT thumbs, reason, corrected_answer FROM feedback ORDER BY given_ms DESC LIMIT 1"
        ).fetchall()


def test_a_reader_says_by_keyboard_what_is_wrong_and_right(page: Page, server: Running, file: Path) -> None:
    page.goto(server.url)
    ask(page, QUESTION)
    up, down = page.get_by_role("button", name="This helped"), page.get_by_role("button", name="This did not help")
    expect(up).to_have_attribute("aria-pressed", "false")

    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect(up).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reason = page.get_by_label("What is wrong?")
    expect(reason).to_be_focused()
    page.keyboard.type("<b>Old</b> news.")
    page.keyboard.press("Tab")
    page.keyboard.type("Nobody did.")
    shoot(page, "feedback")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(reason).to_be_hidden()
    expect(down).to_be_focused()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    assert stored(file) == [("down", "<b>Old</b> news.", "Nobody did.")]


def test_a_thumb_that_is_pressed_again_is_taken_back(page: Page, server: Running, file: Path) -> None:
    page.goto(server.url)
    ask(page, QUESTION)
    down = page.get_by_role("button", name="This did not help")
    down.click()
    page.keyboard.press("Escape")
    expect(page.get_by_label("What is wrong?")).to_be_hidden()
    expect(down).to_be_focused()
    wait_until(lambda: stored(file) == [("down", "", "")])

    down.click()

    expect(down).to_have_attribute("aria-pressed", "false")
    wait_until(lambda: stored(file) != [("down", "", "")])


def test_feedback_that_is_not_stored_is_said_so(browser: Browser, server: Running) -> None:
    page = open_page(browser)
    page.goto(server.url)
    answer_with(page, ("final", an_answer(id="never", abstained=True, outcome="declined", note="Nothing.")))
    ask(page, QUESTION)

    page.get_by_role("button", name="This helped").click()

    expect(page.get_by_text("It was not stored: The assistant cannot answer right now.")).to_be_visible()
    expect(page.get_by_role("button", name="This helped")).to_have_attribute("aria-pressed", "false")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_owner_signs_in_and_each_page_fits(browser: Browser, server: Running, width: int, scheme: str) -> None:
    answer = server.ask(QUESTION)
    body = {"answer_id": answer["id"], "thumbs": "down", "reason": "W" * 300, "corrected_answer": "<img src=x>"}
    assert server.post("/v1/feedback", body).status_code == 200
    page = open_page(browser, viewport={"width": width, "height": 900}, color_scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(server.url + "/admin")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Figures", level=1)).to_be_visible()

    for path in PAGES:
        page.goto(server.url + path)
        expect(page.locator("[aria-current=page]")).to_have_count(1)
        shoot(page, f"owner{path.replace('/', '-')}-{width}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key")).to_be_visible()
    page.goto(server.url + "/admin")
    expect(page.get_by_label("Key")).to_be_visible()
    assert faults == []
    page.close()


def test_the_owner_marks_a_question_as_done_and_puts_it_back_by_keyboard(browser: Browser, server: Running) -> None:
    question = "Which orchid blooms on the moon of Neptune?"
    assert server.ask(question)["outcome"] in {"declined", "possible"}
    page = open_page(browser)
    page.goto(server.url + "/admin")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Figures", level=1)).to_be_visible()
    page.goto(server.url + "/admin/open")
    entry = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=question))

    done = entry.get_by_role("button", name="Mark as done")
    expect(done).to_have_accessible_description(question)
    done.press("Enter")
    expect(page.get_by_role("heading", name=question)).to_have_count(0)

    page.get_by_role("link", name="Done", exact=True).click()
    entry.get_by_role("button", name="Put back").press("Enter")
    expect(page.get_by_role("heading", name=question)).to_have_count(0)
    page.get_by_role("link", name="To do").click()
    expect(page.get_by_role("heading", name=question)).to_be_visible()
    page.close()
