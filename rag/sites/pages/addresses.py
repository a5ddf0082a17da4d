"""Give addresses one form, and say which belong to a site and which look like a trap."""

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

MAX_CHARACTERS = 2_000
# Before it is cleaned: of tracking parameters, for example.
_MAX_LINK_CHARACTERS = 8_000

_PORTS = {"http": 80, "https": 443}
# Names of parameters that follow a reader and do not choose a page.
_TRACKING = re.compile(
    r"utm_\w+|(?:gcl|dcl|fbcl|msclk|ycl|twcl|li_fat_|wbra|gbra)id|mc_[ce]id|igshid|_g[al]|_hs\w+|(?:pk|mtm|piwik)_\w+|xtor"
    r"|phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|oscsid|zenid",
    re.IGNORECASE,
)
# These may also name what is on the page: only a long random value is a session.
_SESSION = re.compile(r"s|sid|sess|sessid|session|session_?id|token", re.IGNORECASE)
_RANDOM = re.compile(r"(?=[^/]*\d)[0-9A-Za-z_-]{16,}")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index\.(?:html?|php|aspx?|jsp)|default\.(?:html?|aspx?))\Z", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_MAX_SEGMENTS = 16
_MAX_REPEATS = 3
_WORD = re.compile(r"[0-9A-Za-z_]+")
_HEX = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
_MIN_ID_CHARACTERS = 16
_DIGITS = re.compile(r"\d+")
_DATE = re.compile(r"(?:19|20|21)\d\d(?:[-_/.]?\d\d?){0,2}")
_DATE_NAMES = re.compile(r"date|day|month|mon|year|week|when|from|to|start|end|time|cal\w*|[ymdw]|yr", re.IGNORECASE)


def clean_address(link: str, base: str = "") -> str | None:
    """Return the form in which an address is requested; None if it is no plain http(s) address.

    Fragment, default port, session and tracking parameters go; dots, escapes and the order of the
    parameters get one form.
    """
    if len(link) > _MAX_LINK_CHARACTERS:
        return None
    try:
        parts = urlsplit(urljoin(base, re.sub(r"[\t\r\n]", "", link.strip())))
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or not re.fullmatch(r"[0-9a-z._:-]+", host):
        return None
    where = f"[{host}]" if ":" in host else host
    where += f":{port}" if port is not None and port != _PORTS[parts.scheme] else ""
    path = _clean_path(_SESSION_IN_PATH.sub("", parts.path))
    address = urlunsplit((parts.scheme, where, path, _clean_query(parts.query), ""))
    return address if len(address) <= MAX_CHARACTERS else None


def key_of(address: str) -> str:
    """Return what is equal for two cleaned addresses of one page."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=_INDEX.sub("/", parts.path)))


def origin_of(address: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def host_of(address: str) -> str:
    return urlsplit(address).hostname or ""


def port_of(address: str) -> int:
    parts = urlsplit(address)
    return parts.port or _PORTS[parts.scheme]


def folder_of(address: str) -> str:
    """Return the path up to and with its last slash."""
    return urlsplit(address).path.rpartition("/")[0] + "/"


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a host that belongs to a source."""

    origin: str
    within: str = "/"

    def adopt(self, address: str) -> str | None:
        """Return the address as the site writes it; None if it is not of the site.

        Both schemes of the host are one site: links mix them.
        """
        origin = origin_of(address)
        if origin != self.origin:
            if origin.partition(":")[2] != self.origin.partition(":")[2]:
                return None
            address = self.origin + address.removeprefix(origin)
        path = urlsplit(address).path
        return address if path.startswith(self.within) or path + "/" == self.within else None


def pattern_of(address: str) -> str:
    """Return path and names of parameters, with numbers and ids left open.

    A name that the path repeats counts once: broken relative links nest folders in each other.
    """
    parts = urlsplit(address)
    segments = [_open_ids(segment) for segment in parts.path.split("/")]
    kept = [name for i, name in enumerate(segments) if "#" in name or not name or name not in segments[:i]]
    path = "/".join(kept)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    return f"{path}?{'&'.join(names)}" if names else path


def is_endless_path(address: str) -> bool:
    """Return whether a path is too deep or repeats itself, as broken relative links make them."""
    segments = [segment for segment in urlsplit(address).path.split("/") if segment]
    counts = Counter(segments)
    return len(segments) > _MAX_SEGMENTS or any(n > _MAX_REPEATS for n in counts.values())


def is_calendar(address: str) -> bool:
    """Return whether an address chooses a page by a date alone."""
    parts = urlsplit(address)
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    if any(_DATE_NAMES.fullmatch(name) and re.search(r"\d", value) for name, _, value in pairs):
        return True
    ends = re.search(r"/((?:19|20|21)\d\d(?:[-_/.]\d\d?){0,2})/?\Z", parts.path)
    return bool(ends and _DATE.fullmatch(ends.group(1)))


def _open_ids(segment: str) -> str:
    stem, dot, suffix = segment.rpartition(".")
    name, ending = (stem, dot + suffix) if stem and len(suffix) <= 5 else (segment, "")
    return _WORD.sub(_open_id, name) + ending


def _open_id(found: re.Match[str]) -> str:
    word = found.group()
    is_id = len(word) >= _MIN_ID_CHARACTERS or _HEX.fullmatch(word)
    return "#" if is_id and _DIGITS.search(word) else _DIGITS.sub("#", word)


def _clean_path(path: str) -> str:
    segments: list[str] = []
    parts = _clean_escapes(path, safe="/!$&'()*+,;=:@").split("/")
    for part in parts:
        if part == "..":
            segments = segments[:-1]
        elif part not in {"", "."}:
            segments.append(part)
    is_folder = parts[-1] in {"", ".", ".."}
    return "/" + "/".join(segments) + ("/" if segments and is_folder else "")


def _clean_query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        is_session = _SESSION.fullmatch(name) and _RANDOM.fullmatch(value)
        if pair and not is_session and not _TRACKING.fullmatch(name):
            kept.append(_clean_escapes(pair, safe="!$'()*+,;=:@/?"))
    return "&".join(sorted(kept))


def _clean_escapes(text: str, safe: str) -> str:
    """Escape what must be, in upper case; write plain what may be."""

    def decode(found: re.Match[str]) -> str:
        character = chr(int(found.group(1), 16))
        return character if character in _UNRESERVED else found.group(0).upper()

    escaped = quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=f"{safe}%", errors="replace")
    return _ESCAPE.sub(decode, escaped)
