"""A real Chromium, and a page in it that must not run into an error."""

import http.server
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.asking import Host, open_page
from tests.running import MAX_SECONDS, Running

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    expect.set_options(timeout=1000 * MAX_SECONDS)
    page = open_page(browser, viewport={"width": 1280, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert faults == []


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def host(tmp_path: Path, quoting_server: Running) -> Iterator[Host]:
    """Return the address of a page of another origin with the tag, and what else it is given."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def write(*, head: str = "", body: str = "", tag: str = "async", lang: str = "en") -> str:
        script = f'<script src="{quoting_server.url}/widget.js" {tag}></script>'
        (tmp_path / "index.html").write_text(
            f"<!doctype html><html lang={lang}><meta charset=utf-8><title>Site</title><link rel=icon href=data:,>"
            f"{head}<h1>Our site</h1><input id=own>{body}{script}"
        )
        return f"http://127.0.0.1:{server.server_port}/"

    yield write
    server.shutdown()
    thread.join()
    server.server_close()
