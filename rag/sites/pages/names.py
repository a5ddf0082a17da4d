"""Name the file of a page, and the folder of a source, after the address."""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_MAX_BYTES = 100
_MAX_FOLDERS = 6
_UNSAFE = re.compile(r"[^\w.-]+")
# Files have such an ending; a folder must not, or it could have the name of a file.
_ENDING = re.compile(r"\.(?=[a-z]+\Z)")
# Windows has devices of these names, with any suffix.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def name_folder(address: str) -> str:
    """Return the folder of a source: its host, then its path."""
    parts = urlsplit(address)
    host = _safe(parts.netloc.replace(":", "_"))[0]
    path = parts.path.strip("/")
    if not path and not parts.query:
        return host
    rest, is_exact = _safe(path)
    is_exact = is_exact and "-" not in path and parts.path.endswith("/") and not parts.query
    name = f"{host}-{rest}" if path else host
    return name if is_exact else f"{name}-{_mark(address)}"


def name_file(address: str, suffix: str, taken: Collection[str]) -> str:
    """Return the path of a page's file below the folder of its source, with forward slashes.

    A part that does not say everything, or that another page has, gets a mark made from the
    address.

    Args:
        suffix: With its dot.
        taken: Paths of other pages.
    """
    parts = urlsplit(address)
    segments = [unquote(segment) for segment in parts.path.split("/")[1:]]
    *folders, last = segments
    stem = last if not last.lower().endswith(suffix) else last[: -len(suffix)]
    query = f"-{parts.query}" if parts.query else ""
    safe = [_safe(_ENDING.sub("-", segment.lower())) for segment in folders[:_MAX_FOLDERS]]
    name, is_exact = _safe((stem or "index") + query)
    folder = "/".join(part for part, _ in safe)
    is_exact = is_exact and not query and folder == "/".join(folders) and all(exact for _, exact in safe)
    place = f"{folder}/" if folder else ""
    path = f"{place}{name}{suffix}"
    if is_exact and path not in taken:
        return path
    return f"{place}{name}-{_mark(address)}{suffix}"


def is_below(path: str) -> bool:
    """Return whether a path of a state file stays in its folder."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and "\\" not in path and not {"..", "."} & set(parts)


def _safe(text: str) -> tuple[str, bool]:
    """Return a name of safe characters, and whether it says all that the text says."""
    plain = _UNSAFE.sub("-", unicodedata.normalize("NFKC", text).lower())
    name = plain.encode()[:_MAX_BYTES].decode("utf-8", "ignore").strip("-.") or "page"
    name = f"_{name}" if _DEVICES.fullmatch(name) else name
    return name, name == text


def _mark(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
