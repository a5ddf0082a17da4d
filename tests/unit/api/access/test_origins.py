"""A site key works from its own origin, written as browsers write it, and from no other.

`FOOTNOTE_ORIGINS` is the number of generated origins.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx2

from rag.api.access.keys import KeyStore
from rag.api.app import create_app
from rag.assembly.settings import Settings

N_ORIGINS = int(os.environ.get("FOOTNOTE_ORIGINS", "100"))
SITE = "https://shop.example.org"
SCHEMES = ("https", "http", "HTTPS", "file", "ftp", "ws", "chrome-extension", "", "https:")
HOSTS = (
    *("shop.example.org", "SHOP.example.org", "shop.example.org.", "example.org", "www.shop.example.org"),
    *("shop.example.org.evil.test", "evil.test", "shopexample.org", "evilshop.example.org", "shop.example.com"),
    *("shop.example.org@evil.test", "evil.test#shop.example.org", "evil.test/shop.example.org", "shop.example.org/"),
    *("shop%2eexample.org", "sh\u043ep.example.org", "xn--shp-fmc.example.org", "*.example.org", "*", "null", ""),
    *("shop.example.org, https://evil.test", "shop.example.org https://evil.test", "shop..example.org"),
    *("[2001:db8::1]", "127.0.0.1.evil.test", "192.0.2.1", "shop_example_org", "shop.example.org\u200b"),
    "shop.example.orgx",
)
PORTS = ("", "", ":443", ":80", ":8443", ":0", ":", ":443.evil.test", ":99999")


def generate_origins(n: int, random: Random) -> Iterator[str]:
    """Yield n different origins that are not the site."""
    seen = {SITE}
    while len(seen) <= n:
        origin = random.choice(SCHEMES) + random.choice(("://",) * 9 + (":", "//", "")) + random.choice(HOSTS)
        origin += random.choice(PORTS)
        if random.random() < 0.2:
            at = random.randrange(len(origin) + 1)
            origin = origin[:at] + random.choice("\t .-/\\@%&a0") + origin[at:]
        if origin not in seen:
            seen.add(origin)
            yield origin


def test_a_site_key_and_cors_refuse_every_other_origin(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys.sqlite", lambda: 0.0)
    _, secret = store.create("site", scopes=frozenset({"ask"}), origins=frozenset({SITE}))
    app = create_app(Settings(index_folder=tmp_path, conversation_days=0))
    key = {"authorization": f"Bearer {secret}"}
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    origins = list(generate_origins(N_ORIGINS, Random(20)))  # noqa: S311 -- repeatable

    async def allowed_of(wanted: list[str]) -> set[str]:
        found = set()
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            for origin in wanted:
                header = {"origin": origin.encode()}
                sent = await client.get("/v1/models", headers={**key, **header})
                asked = await client.options("/v1/ask", headers={**asking, **header})
                names = {reply.headers.get("access-control-allow-origin") for reply in (sent, asked)}
                if sent.status_code != 401 or asked.status_code == 200 or names != {None}:
                    found.add(origin)
        return found

    assert asyncio.run(allowed_of([SITE])) == {SITE}
    assert asyncio.run(allowed_of(origins)) == set()
