"""The widget in pages of other people: what it loads, where it lies, which keys and scripts of the page it meets."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import QUESTION, Host, an_answer, answer_with, begin_answer_with, launcher
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

SHORTCUTS = """
  window.heard = [];
  for (const name of ["keydown", "keypress", "keyup"]) {
    document.addEventListener(name, event => heard.push(event.key), true);
    document.addEventListener(name, event => heard.push(event.key));
    window.addEventListener(name, event => heard.push(event.key));
  }
"""


def test_a_closed_widget_is_one_request_and_stores_nothing(page: Page, host: Host, quoting_server: Running) -> None:
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(host())
    expect(launcher(page)).to_be_visible()

    assert [url for url in urls if url.startswith(quoting_server.url)] == [f"{quoting_server.url}/widget.js"]
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]

    launcher(page).hover()
    page.wait_for_function("performance.getEntriesByType('resource').some(one => one.name.includes('/panel-'))")
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    assert len([url for url in urls if "/panel-" in url]) == 1


@pytest.mark.parametrize(
    "style",
    [
        "body { transform: translate(400px, 300px) scale(2) }",
        "body { filter: blur(1px); overflow: hidden; height: 10px }",
        "body { zoom: 2 }",
        "html { zoom: 1.5 }",
        "html { transform: translateX(500px) }",
        "* { all: unset !important; font-size: 40px !important; color: red !important }",
    ],
)
def test_styles_of_the_page_neither_move_nor_hide_it(page: Page, host: Host, style: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(host())
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    usual = [page.locator(f"footnote-chat .{name}").bounding_box() for name in ("launcher", "panel")]

    page.goto(host(head=f"<style>{style}</style>"))
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()

    boxes = [page.locator(f"footnote-chat .{name}").bounding_box() for name in ("launcher", "panel")]
    for box, before in zip(boxes, usual, strict=True):
        assert box is not None
        assert before is not None
        assert {side: round(box[side]) for side in box} == {side: round(before[side]) for side in before}


def test_keys_typed_in_the_panel_do_not_reach_the_page_and_its_own_do(page: Page, host: Host) -> None:
    page.goto(host(head=f"<script>{SHORTCUTS}</script>"))
    launcher(page).click()
    question = page.get_by_role("textbox", name="Your question")
    expect(question).to_be_focused()

    page.keyboard.type("/s?")

    expect(question).to_have_value("/s?")
    assert page.evaluate("heard") == []
    page.locator("#own").focus()
    page.keyboard.type("/")
    assert page.locator("#own").input_value() == "/"
    assert set(page.evaluate("heard")) == {"/"}


def test_an_open_panel_and_a_running_answer_survive_another_body(page: Page, host: Host) -> None:
    page.goto(host())
    launcher(page).click()
    begin_answer_with(page, ("delta", {"text": "He met", "note": False}))
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".reply")).to_have_text("He met")

    page.evaluate("""() => {
      const body = document.createElement("body");
      body.append("Another page");
      document.body.replaceWith(body);
    }""")

    expect(page.locator(".reply")).to_have_text("He met")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.evaluate("document.querySelector('footnote-chat').remove()")
    expect(launcher(page)).to_be_visible()
    expect(page.locator(".reply")).to_have_text("He met")
    assert page.locator("footnote-chat").count() == 1


@pytest.mark.parametrize("tag", ["", "defer", "type=module", "async"])
def test_every_kind_of_tag_works_and_two_are_one(page: Page, host: Host, quoting_server: Running, tag: str) -> None:
    page.goto(host(tag=tag, head=f'<script src="{quoting_server.url}/widget.js" {tag}></script>'))
    launcher(page).click()

    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    assert page.locator("footnote-chat").count() == 1


def test_buttons_of_the_page_open_the_chat_and_ask(page: Page, host: Host) -> None:
    answer_with(page, ("final", an_answer(answer="Hi.", note="Hi.")))
    page.goto(host(body=f"<button data-footnote-open>Open</button><button data-footnote-ask='{QUESTION}'>Ask</button>"))
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("footnote-chat .panel")).to_be_hidden()
    expect(launcher(page)).to_be_focused()

    page.get_by_role("button", name="Ask", exact=True).click()

    expect(page.locator(".question")).to_contain_text(QUESTION)


def test_an_address_with_a_question_asks_it(page: Page, host: Host) -> None:
    answer_with(page, ("final", an_answer(answer="Hi.", note="Hi.")))
    page.goto(f"{host()}#footnote-ask=Who+met%3F")

    expect(page.locator(".question")).to_contain_text("Who met?")


def test_events_carry_words_only_if_the_site_asks_for_them(page: Page, host: Host) -> None:
    answer_with(page, ("final", an_answer(answer="Hi.", note="Hi.")))
    listen = """<script>document.addEventListener("footnote-answer", event => (window.told = event.detail));</script>"""
    for tag, has_words in [("async", False), ('async data-event-text="on"', True)]:
        page.goto(host(head=listen, tag=f'{tag} data-remember="off"'))
        page.wait_for_function("customElements.get('footnote-chat') && document.querySelector('footnote-chat')")
        page.evaluate("question => document.querySelector('footnote-chat').ask(question)", QUESTION)
        expect(page.locator(".reply")).to_have_text("Hi.")
        told = page.evaluate("window.told")
        assert told["outcome"] == "answered"
        assert ("answer" in told, "question" in told) == (has_words, has_words)


def test_a_destroyed_chat_is_gone_for_good(page: Page, host: Host) -> None:
    page.goto(host())
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()

    page.evaluate("document.querySelector('footnote-chat').destroy()")

    assert page.locator("footnote-chat").count() == 0


def test_on_a_telephone_the_back_button_closes_the_panel_and_leaves_the_page(page: Page, host: Host) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(host())
    page.evaluate("history.replaceState({ own: 1 }, '')")
    address, length = page.url, page.evaluate("history.length")
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()

    page.evaluate("history.back()")

    expect(page.locator("footnote-chat .panel")).to_be_hidden()
    assert page.url == address
    launcher(page).click()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("footnote-chat .panel")).to_be_hidden()
    page.wait_for_function("JSON.stringify(history.state) === '{\"own\":1}'")
    assert page.evaluate("history.length") <= length + 1


@pytest.mark.parametrize(
    ("lang", "label", "direction"),
    [
        ("de-AT", "Ihre Frage", "ltr"),
        ("ar", "سؤالك", "rtl"),
        ("he", "השאלה שלכם", "rtl"),
        ("xx", "Your question", "ltr"),
    ],
)
def test_it_speaks_the_language_of_the_page(page: Page, host: Host, lang: str, label: str, direction: str) -> None:
    page.goto(host(lang=lang))
    launcher(page).click()

    expect(page.get_by_role("textbox", name=label)).to_be_focused()
    expect(page.locator("footnote-chat .panel")).to_have_css("direction", direction)
    box = page.locator("footnote-chat .panel").bounding_box()
    assert box is not None
    assert (box["x"] < 100) == (direction == "rtl")


# Relative luminance and contrast as in WCAG 2.2.
CONTRAST = """(element) => {
  const { color, backgroundColor } = getComputedStyle(element);
  const channels = text => {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.fillStyle = text;
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = text => channels(text)
    .map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const [low, high] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
ACCENTS = [
    *("#ffd400", "#0b5563", "red", "hsl(210 90% 60%)", "oklch(70% 0.2 150)", "#777", "white", "black"),
    *("color-mix(in oklab, blue, white 30%)", "hwb(300 10% 20%)", "lab(60% 40 20)", "rgb(250 250 210)"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_accent_stays_readable_and_sites_may_set_it_in_their_styles(page: Page, host: Host, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of its literals
    page.goto(host(head="<style>:root { --brand: orange } footnote-chat { --footnote-accent: var(--brand) }</style>"))
    launcher(page).click()
    question = page.get_by_role("textbox", name="Your question")
    question.fill("x")
    expect(page.locator("footnote-chat .send")).to_have_css("background-color", "rgb(255, 165, 0)")
    assert page.locator("footnote-chat .send").evaluate(CONTRAST) >= 4.5

    for accent in ACCENTS:
        page.goto(host(tag=f'async data-accent="{accent}"'))
        # The launcher has its colors before anything is fetched; icons need 3, text needs 4.5.
        assert launcher(page).evaluate(CONTRAST) >= 3, accent
        launcher(page).click()
        question.fill("x")
        assert page.locator("footnote-chat .send").evaluate(CONTRAST) >= 4.5, accent
