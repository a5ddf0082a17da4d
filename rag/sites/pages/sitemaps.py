"""Read a sitemap (sitemaps.org 0.9): the pages that it lists, or the sitemaps."""

import re
from dataclasses import dataclass
from typing import Literal

from rag.documents.formats.markup.parse import local_name, parse_xml
from rag.errors import DocumentUnreadable
from rag.sites.pages.addresses import clean_address
from rag.sites.requesting.fetching import decompress
from rag.sites.results import FetchFailed

_HEAD_BYTES = 4_096
# The protocol allows no more in one sitemap.
_MAX_ENTRIES = 50_000
_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists, in its order, each once."""

    lists: Literal["pages", "sitemaps"]
    addresses: tuple[str, ...]


def read_sitemap(content: bytes, address: str, max_bytes: int) -> Sitemap | None:
    """Return what a sitemap lists; None if the content is none.

    Raises:
        FetchFailed: It is damaged, or too large once it is decompressed.
    """
    if content.startswith(_GZIP):
        content = b"".join(decompress(iter((content,)), "gzip", max_bytes))
        if len(content) > max_bytes:
            raise FetchFailed(f"it has more than {max_bytes / 1e6:,.0f} MB")
    if not _ROOT.search(content[:_HEAD_BYTES]):
        return None
    try:
        root = parse_xml(content)
    except DocumentUnreadable as error:
        raise FetchFailed(f"the sitemap {error.problem}") from error
    # `loc` also occurs deeper, for pictures: only that of an entry is a page.
    entries = [child for entry in root for child in entry if local_name(child) == "loc"]
    found = (clean_address(entry.text or "", address) for entry in entries[:_MAX_ENTRIES])
    lists: Literal["pages", "sitemaps"] = "sitemaps" if local_name(root) == "sitemapindex" else "pages"
    return Sitemap(lists, tuple(dict.fromkeys(one for one in found if one)))
