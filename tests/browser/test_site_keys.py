"""The widget on another site, over a server that is closed by keys and hides its documents."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

from rag.api.access.keys import KeyStore
from rag.api.access.visitors import read_public_key
from tests.browser.asking import ask, open_page, shoot
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.running import MAX_SECONDS, Running, run_rag, serve

pytestmark = [pytest.mark.browser, pytest.mark.model]

SITE = "https://portal.example.org"
OTHER_SITE = "https://shop.example.org"
OPEN_QUESTION = "When does the Tamberly office open?"
STAFF_QUESTION = "What is the budget of Marrowgate?"
STAFF_ANSWER = "The budget of Marrowgate is 4 million euros."
TEXTS = {
    "open/tamberly.md": "# Tamberly\n\nThe Tamberly office opens at nine in the morning.\n\n# Post\n\nIt is Box 12.\n",
    "staff/marrowgate.md": f"# Marrowgate\n\n{STAFF_ANSWER} It was agreed in May.\n",
    "staff/metadata.toml": '[defaults]\ngroup = "staff"\n',
}
PRIVATE_KEY = Ed25519PrivateKey.generate()
SET_UP_WRONG = "This chat is not set up correctly. Please tell the owner of this site."


@dataclass(frozen=True)
class Place:
    """A closed server and its keys."""

    server: Running
    store: KeyStore
    key: str
    revoked_key: str


@dataclass
class Seen:
    """What a page asked for and told the console."""

    urls: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


Embed = Callable[..., Page]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("portal")
    for name, text in TEXTS.items():
        file = folder / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    done = run_rag("index", str(folder / "docs"), RAG_INDEX_FOLDER=str(folder / "index"))
    assert done.returncode == 0, done.stderr
    store = KeyStore(folder / "index" / "keys.sqlite", time.time)
    _, key = create_site_key(store)
    id_, revoked = create_site_key(store)
    store.revoke(id_)
    with serve(folder / "index", RAG_LLM="extractive", RAG_PUBLIC_DOCUMENTS="false") as running:
        yield Place(running, store, key, revoked)


def create_site_key(store: KeyStore) -> tuple[str, str]:
    pem = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key, secret = store.create(
        "portal",
        scopes=frozenset({"ask"}),
        origins=frozenset({SITE}),
        groups=frozenset({"staff"}),
        visitors=read_public_key(pem),
    )
    return key.id, secret


def token_of(*groups: str, lasts: float = 600) -> str:
    now = time.time()
    claims = {"sub": "anna@example.org", "groups": groups, "exp": now + lasts, "iat": now - 3600}
    return jwt.encode(claims, PRIVATE_KEY, "EdDSA")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that lets pages of other hosts ask this machine, as if the server were on the internet."""
    flags = [*FLAGS, "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def embed(browser: Browser, place: Place, seen: Seen) -> Iterator[Embed]:
    """Open a page of a site that holds the chat, with attributes and a script before it."""
    expect.set_options(timeout=1000 * MAX_SECONDS)
    context = browser.new_context(viewport={"width": 1000, "height": 760})
    page = open_page(context)

    def open_site(attributes: str = "", script: str = "", *, site: str = SITE) -> Page:
        html = (
            "<!doctype html><meta charset=utf-8><title>Portal</title><link rel=icon href=data:,><h1>Our portal</h1>"
            f"<footnote-chat {attributes}></footnote-chat><script>{script}</script>"
            f'<script src="{place.server.url}/widget.js" async></script>'
        )
        page.route(f"{site}/**", lambda route: route.fulfill(content_type="text/html", body=html))
        page.goto(f"{site}/help")
        return page

    page.on("request", lambda request: seen.urls.append(request.url))
    page.on("request", lambda request: seen.tokens.append(request.headers.get("x-footnote-visitor")))
    page.on("console", lambda message: seen.said.append(message.text))
    yield open_site
    context.close()


def log_of(page: Page) -> Locator:
    return page.get_by_role("log")


def assert_nowhere(token: str, page: Page, seen: Seen) -> None:
    """Check that a token is in no storage, address, console line or attribute."""
    stored = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    assert "footnote-conversation" in stored
    for text in [stored, page.content(), page.url]:
        assert token not in text
    assert [one for one in [*seen.urls, *seen.said] if token in one] == []


def test_a_site_of_another_origin_asks_by_its_key_and_a_footnote_opens_the_cited_words(
    embed: Embed, place: Place, seen: Seen
) -> None:
    page = embed(f'site-key="{place.key}" documents="off"')
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    ask(page, OPEN_QUESTION)
    expect(log_of(page)).to_contain_text("The Tamberly office opens at nine in the morning")
    expect(log_of(page)).to_contain_text("Quoted directly from the documents")

    page.locator(".marker").hover()
    links = page.get_by_role("dialog").get_by_role("link")
    expect(links).to_have_text(["Open the cited words, opens in a new tab"])
    shoot(page, "site-key")
    with page.context.expect_page() as opened:
        links.click()

    words = opened.value
    expect(words.locator("mark#cited")).to_contain_text("The Tamberly office opens at nine in the morning")
    expect(words.get_by_text("The rest of the document is not public.")).to_be_visible()
    assert "Box 12" not in words.content()
    shoot(words, "site-key-words")
    assert page.locator("a[href$='/documents']").count() == 0
    assert place.server.url + "/documents" not in seen.urls


def test_thumbs_and_the_conversation_of_the_last_visit_work_by_key(embed: Embed, place: Place, seen: Seen) -> None:
    page = embed(f'site-key="{place.key}"')
    ask(page, OPEN_QUESTION)
    page.get_by_role("button", name="This helped").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()

    page.reload()
    expect(log_of(page)).to_contain_text("The Tamberly office opens at nine in the morning")
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name=f"Delete: {OPEN_QUESTION}").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.locator(".turn")).to_have_count(0)
    assert seen.said == []


def test_only_a_visitor_of_the_group_sees_its_documents(embed: Embed, place: Place, seen: Seen) -> None:
    page = embed(f'site-key="{place.key}"')
    ask(page, STAFF_QUESTION)
    expect(page.locator(".turn")).to_have_class(re.compile("outcome-"))
    assert STAFF_ANSWER not in log_of(page).inner_text()
    shoot(page, "visitor-without-token")

    token = token_of("staff")
    page.evaluate("token => document.querySelector('footnote-chat').setUser(async () => token)", token)
    ask(page, STAFF_QUESTION)

    expect(log_of(page)).to_contain_text(STAFF_ANSWER)
    expect(log_of(page)).to_contain_text("Quoted directly from the documents")
    shoot(page, "visitor-with-token")
    page.locator(".marker").click()
    with page.context.expect_page() as opened:
        page.get_by_role("dialog").get_by_role("link").click()
    expect(opened.value.locator("mark#cited")).to_contain_text(STAFF_ANSWER)
    assert_nowhere(token, page, seen)


def test_a_token_in_the_markup_is_taken_out_of_the_document(embed: Embed, place: Place, seen: Seen) -> None:
    token = token_of("staff")
    page = embed(f'site-key="{place.key}" visitor-token="{token}"')
    ask(page, STAFF_QUESTION)

    expect(log_of(page)).to_contain_text(STAFF_ANSWER)
    expect(log_of(page)).to_contain_text("Quoted directly from the documents")
    assert page.locator("footnote-chat").get_attribute("visitor-token") is None
    assert page.evaluate("document.querySelector('footnote-chat').visitorToken") is None
    assert_nowhere(token, page, seen)


def test_an_expired_token_is_replaced_by_a_new_one(embed: Embed, place: Place, seen: Seen) -> None:
    expired, fresh = token_of("staff", lasts=-600), token_of("staff")
    script = f"""const tokens = ["{expired}", "{fresh}"];
        document.querySelector("footnote-chat").visitorToken = () => Promise.resolve(tokens.shift());"""
    page = embed(f'site-key="{place.key}"', script)
    ask(page, STAFF_QUESTION)

    expect(log_of(page)).to_contain_text(STAFF_ANSWER)
    # The chat asks how it is set up too, with the same token.
    sent = [token for token in seen.tokens if token]
    assert (sent[0], sent[-1], set(sent)) == (expired, fresh, {expired, fresh})


def test_a_visitor_whose_tokens_are_all_refused_is_told_to_sign_in(embed: Embed, place: Place, seen: Seen) -> None:
    page = embed(
        f'site-key="{place.key}"',
        f"""document.querySelector("footnote-chat").visitorToken =
        () => "{token_of("staff", lasts=-600)}";""",
    )
    ask(page, STAFF_QUESTION)

    expect(
        page.get_by_text("Your sign-in could not be confirmed. Reload the page and try again.").first
    ).to_be_visible()
    assert len([url for url in seen.urls if url.endswith("/v1/ask")]) == 2
    [told] = [line for line in seen.said if line.startswith("footnote-chat:")]
    assert told.startswith("footnote-chat: visitor_refused: ")
    assert "it has expired" in told


@pytest.mark.parametrize("which", ["wrong", "revoked", "of another origin"])
def test_a_key_that_does_not_fit_is_told_plainly_and_the_console_has_the_reason(
    embed: Embed, place: Place, seen: Seen, which: str
) -> None:
    key = {"wrong": "fn_pk_wrong", "revoked": place.revoked_key}.get(which, place.key)
    # The server lets pages of this machine ask, so that its own reply is seen.
    site = "http://localhost:9" if which == "of another origin" else SITE
    page = embed(f'site-key="{key}"', site=site)
    ask(page, OPEN_QUESTION)

    expect(page.get_by_text(SET_UP_WRONG).first).to_be_visible()
    reason = "pages of another origin" if which == "of another origin" else "the key is missing or wrong"
    assert [line for line in seen.said if line.startswith("footnote-chat: key_refused:") and reason in line]
    assert key not in page.get_by_role("log").inner_text()
    if which == "wrong":
        shoot(page, "site-key-wrong")


def test_a_site_that_no_key_names_cannot_ask(embed: Embed, place: Place) -> None:
    page = embed(f'site-key="{place.key}"', site=OTHER_SITE)
    ask(page, OPEN_QUESTION)

    expect(page.get_by_text("The assistant cannot be reached.").first).to_be_visible()


def test_a_spent_budget_says_when_to_ask_again(embed: Embed, place: Place, seen: Seen) -> None:
    problem = {"code": "rate_limited", "detail": "the key has asked too often", "status": 429}

    def refuse(route: Route) -> None:
        allowed = {"Access-Control-Allow-Origin": SITE, "Access-Control-Expose-Headers": "Retry-After"}
        route.fulfill(status=429, headers={**allowed, "Retry-After": "130"}, json=problem)

    page = embed(f'site-key="{place.key}"')
    page.route("**/v1/ask", refuse)
    ask(page, OPEN_QUESTION)

    expect(page.get_by_text("Too many questions are being asked right now.").first).to_be_visible()
    expect(page.get_by_role("button", name="Try again in 3 minutes")).to_be_disabled()
    assert "footnote-chat: rate_limited: the key has asked too often" in seen.said
    preflight = place.server.get("/healthz", origin=SITE)
    assert preflight.headers["access-control-expose-headers"] == "Retry-After"


def test_the_button_of_the_tag_asks_by_key_and_shows_no_documents(browser: Browser, place: Place) -> None:
    page = open_page(browser)
    token = token_of("staff")
    html = (
        "<!doctype html><meta charset=utf-8><title>Portal</title><link rel=icon href=data:,><h1>Our portal</h1>"
        f'<script src="{place.server.url}/widget.js" data-site-key="{place.key}" data-visitor-token="{token}"'
        ' data-documents="off" async></script>'
    )
    page.route(f"{SITE}/**", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto(f"{SITE}/")
    page.locator("footnote-chat").get_by_role("button").first.click()
    ask(page, STAFF_QUESTION)

    expect(log_of(page)).to_contain_text(STAFF_ANSWER)
    assert token not in page.content()
    page.close()


def test_the_served_page_of_hidden_documents_has_no_link_that_leads_nowhere(
    page: Page, seed_index: Path, tmp_path: Path
) -> None:
    file = str(tmp_path / "c.sqlite")
    with serve(seed_index, RAG_LLM="extractive", RAG_PUBLIC_DOCUMENTS="false", RAG_CONVERSATIONS_FILE=file) as running:
        page.goto(running.url)
        ask(page, "Who met with Putin in Moscow?")
        expect(log_of(page)).to_contain_text("Quoted directly from the documents")
        ask(page, "What is the capital of France?")
        expect(page.locator(".turn").last).to_have_class(re.compile("outcome-"))
        shoot(page, "hidden-documents")
        addresses = {link.get_attribute("href") or "" for link in page.locator("a[href]").all()}
        statuses = [running.get(address.removeprefix(running.url)).status_code for address in addresses]

    assert addresses
    assert set(statuses) == {200}
