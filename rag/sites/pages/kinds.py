"""Choose the file ending of a page: from its media type first, then from its address."""

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from rag.documents.formats.sniffing import HTML, MARKDOWN, MEDIA_TYPE_BY_SUFFIX, TEXT

WEB_PAGE = ".html"
_UNSAID = {
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/force-download",
    "application/x-download",
}
_OTHER_NAMES = {"application/xhtml+xml": HTML, "text/x-markdown": MARKDOWN, "application/csv": "text/csv"}
_SUFFIX_BY_TYPE = {media_type: suffix for suffix, media_type in reversed(MEDIA_TYPE_BY_SUFFIX.items())}
_SUFFIX_BY_TYPE[HTML] = WEB_PAGE
# Asking for these would only cost time: no reader reads them, or they belong to the layout.
_NEVER_PAGES = frozenset(
    """.7z .apk .asc .avi .avif .bin .bmp .bz2 .css .deb .dmg .eot .exe .gif .gz .ico .iso .jar .jpeg .jpg .js .json
    .m4a .m4v .map .mjs .mov .mp3 .mp4 .mpeg .msi .ogg .ogv .otf .pkg .png .rar .rpm .rss .sig .svg .tar .tgz .tif .tiff
    .ttf .wasm .wav .webm .webmanifest .webp .whl .woff .woff2 .xz .zip .zst""".split()  # noqa: SIM905
)
_PAGE_START = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)


def suffix_of(media_type: str, address: str, content: bytes) -> str | None:
    """Return the ending of the file for a page, with its dot; None if no reader reads its kind."""
    named = _suffix_in(address)
    if media_type in _UNSAID:
        is_page = _PAGE_START.match(content[:200]) is not None
        return WEB_PAGE if is_page else named if named in MEDIA_TYPE_BY_SUFFIX else None
    if media_type == TEXT and MEDIA_TYPE_BY_SUFFIX.get(named, "").startswith("text/") and named != WEB_PAGE:
        return named
    media_type = _OTHER_NAMES.get(media_type, media_type)
    return None if media_type.startswith("image/") else _SUFFIX_BY_TYPE.get(media_type)


def may_be_page(address: str) -> bool:
    """Return whether an address may lead to a page, by its ending."""
    return _suffix_in(address) not in _NEVER_PAGES


def _suffix_in(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).suffix.lower()
