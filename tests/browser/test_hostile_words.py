"""What models and documents say stays words, under the strictest policy that a page can have."""

import json
from itertools import product

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.asking import QUESTION, Host, a_citation, an_answer, launcher
from tests.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.model]

TAGS = ["script", "img", "svg", "iframe", "style", "a", "math", "details", "form", "object", "base", "meta", "video"]
SHAPES = [
    "<{0} src=x onerror=bad() onload=bad() href=javascript:bad() ontoggle=bad() open autofocus>bad()</{0}>",
    "</p></div></textarea></style><{0}/onload=bad()>",
    "<!--><{0} src=1 onerror=bad()>-->",
    "&lt;{0} onerror=bad()&gt; &#x3C;{0}>",
    "```{0}\n<{0} onload=bad()>\n```\n<{0}>",
    "| <{0} onerror=bad()> | b |\n|---|---|\n| [x](javascript:bad()) | <{0}> |",
    "- <{0} onload=bad()>\n  1. <{0}>\n> <{0} src=//evil.example>",
    "**<{0} onerror=bad()** `<{0}>` ~~<{0}~~",
]
ADDRESSES = [
    *("javascript:bad()", "JaVaScRiPt:bad()", "java\nscript:bad()", "\x01javascript:bad()", "&#106;avascript:bad()"),
    *("data:text/html,<script>bad()</script>", "vbscript:bad()", "blob:https://evil.example/1", "file:///etc/passwd"),
    *("//evil.example/x", "/\\evil.example", "https://evil.example\\@good.example", "view-source:javascript:bad()"),
]
LINKS = ["[x]({0})", "![x]({0})", "<{0}>", "[x]( {0} 'title')", "[**x**](<{0}>)", "[![a]({0})]({0})", "{0}"]
PAYLOADS = [shape.format(tag) for shape, tag in product(SHAPES, TAGS)]
PAYLOADS += [link.format(address) for link, address in product(LINKS, ADDRESSES)]
PAYLOADS += [
    "\u202e\u2066[x](javascript:bad())\u2069",
    "a\u0000b<script>bad()</script>",
    "${bad()} {{bad()}} <%= bad() %>",
]
ALLOWED_TAGS = frozenset(
    [
        "A",
        "ARTICLE",
        "BLOCKQUOTE",
        "BR",
        "BUTTON",
        "CODE",
        "DETAILS",
        "DIV",
        "EM",
        "FORM",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "HEADER",
        "HR",
        "LABEL",
        "LI",
        "OL",
        "P",
        "PATH",
        "PRE",
        "S",
        "SECTION",
        "SPAN",
        "STRONG",
        "SUMMARY",
        "SUP",
        "SVG",
        "TABLE",
        "TBODY",
        "TD",
        "TEXTAREA",
        "TH",
        "THEAD",
        "TR",
        "UL",
    ]
)
POLICY = (
    "default-src 'none'; script-src {0}; connect-src {0}; img-src data:; style-src 'none'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def reply_with(page: Page, answer: dict) -> None:
    """Stream an answer as deltas and then whole, to a page of another origin."""
    deltas = [("citation", {"citation": one, "sentence": 0}) for one in answer["citations"]]
    deltas += [("delta", {"text": (one.get("before") or " ") + one["text"]}) for one in answer["sentences"]]
    events = [("meta", {"question": QUESTION, "query": answer["query"]}), *deltas, ("final", answer)]
    body = "".join(f"id: {i}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for i, (name, data) in enumerate(events, 1))

    def fulfill(route: Route) -> None:
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        route.fulfill(content_type="text/event-stream", headers=headers, body=body)

    page.unroute("**/v1/ask")
    page.route("**/v1/ask", fulfill)


def ask_in_panel(page: Page, nth: int) -> None:
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(nth)
    expect(page.locator(".turn").last).to_have_class("turn outcome-answered")


@pytest.fixture
def strict_page(page: Page, host: Host, quoting_server: Running) -> Page:
    policy = POLICY.format(quoting_server.url)
    page.add_init_script("""window.violations = []; window.bad = () => violations.push("a script ran");
        addEventListener("securitypolicyviolation", event => violations.push(event.violatedDirective));""")
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(host(head=f'<meta http-equiv="Content-Security-Policy" content="{policy}">'))
    launcher(page).click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    return page


def test_a_whole_journey_breaks_no_rule_of_the_strictest_policy(strict_page: Page) -> None:
    page = strict_page
    text = "Bring **both**:\n\n- a `key`\n- a [form](https://example.org/form)\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nx()\n```"
    sentences = [{"before": "", "text": text, "citations": [1], "supported": True}]
    reply_with(page, an_answer(sentences=sentences, citations=[a_citation(1, "Both.")]))
    allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    page.route("**/v1/feedback", lambda route: route.fulfill(status=204, headers=allowed))
    ask_in_panel(page, 1)
    page.locator(".marker").first.click()
    expect(page.get_by_role("dialog", name="Footnote 1: Returns")).to_be_visible()
    page.locator("details.footnotes summary").click()
    page.get_by_role("button", name="This did not help").click()
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name=f"Delete: {QUESTION}").click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Close", exact=True).last.click()

    assert page.evaluate("violations") == []


def test_no_words_become_markup_code_or_an_address_of_another_kind(strict_page: Page, quoting_server: Running) -> None:
    page = strict_page
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    assert len(PAYLOADS) > 190
    for nth, start in enumerate(range(0, len(PAYLOADS), 40), 1):
        some = PAYLOADS[start : start + 40]
        sentences = [
            {"before": "\n\n", "text": one, "citations": [1], "supported": i % 3 > 0} for i, one in enumerate(some)
        ]
        sentences += [{"text": one, "citations": [1], "supported": True, "quoted": True} for one in some]
        citation = {
            **a_citation(1, some[0]),
            "title": some[1],
            "headings": some[2:4],
            "url": some[-1],
            "link": some[-2],
        }
        reply_with(page, an_answer(sentences=sentences, citations=[citation], note=some[0], query=some[1]))
        ask_in_panel(page, nth)
        page.locator("details.footnotes").last.locator("summary").click()
        page.locator(".marker").last.click()
        expect(page.locator(".card")).to_be_visible()
        page.keyboard.press("Escape")

    root = "document.querySelector('footnote-chat').shadowRoot"
    tags = page.evaluate(f"[...new Set([...{root}.querySelectorAll('*')].map(one => one.tagName.toUpperCase()))]")
    assert set(tags) <= ALLOWED_TAGS
    schemes = page.evaluate(
        f"[...new Set([...{root}.querySelectorAll('[href]')].map(one => new URL(one.href).protocol))]"
    )
    assert set(schemes) <= {"http:", "https:", "mailto:"}
    names = page.evaluate(f"[...{root}.querySelectorAll('*')].flatMap(one => one.getAttributeNames())")
    assert not [name for name in names if name.startswith("on") or name in {"srcdoc", "src"}]
    assert page.evaluate("violations") == []
    assert [url for url in urls if not url.startswith((quoting_server.url, "http://127.0.0.1"))] == []
