"""Find the day on which a web page says that it was published.

A page gives its own day in meta elements, in JSON-LD about an article or page, or in a marked
`time` element. It may also stand in its address, or in a line such as "Last updated: …".
Other days in its text are those of events.
"""

import json
import re
from collections.abc import Iterator

from rag.documents.formats.markup.parse import Element, above, local_name, text_of
from rag.documents.formats.shared.facts import find_day

_PUBLISHED = {
    *("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "date"),
    *("dc.date", "dcterms.date", "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created"),
    *("citation_publication_date", "citation_date", "citation_online_date", "parsely-pub-date", "sailthru.date"),
    *("pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "article.published"),
    *("bt:pubdate", "rnews:datepublished", "date.created", "article_date_original", "published-date"),
}
_CHANGED = {
    *("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified"),
    *("last-modified", "revised", "date.updated"),
}
_PAGE_TYPES = re.compile(r"(?:\w*(?:Article|Posting|Report|Page|Book|Guide)|CreativeWork|HowTo)$")
_TIME_CLASS = re.compile(r"\b(?:published|publish-date|entry-date|post-date|pubdate|dt-published|date-published)\b")
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?:[/-]|$)")
_DAY_WITH_SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})\b")
_SAID = re.compile(
    r"\W*(?:(?:page|site|document|article|seite|artikel) )?(?:this page was )?(?:stand|(?:last |zuletzt )?(?:updated|"
    r"modified|revised|edited|changed|published|reviewed|geändert|aktualisiert|bearbeitet)|veröffentlicht|erstellt|"
    r"(?:dernière )?mis(?:e)? à jour|publié|(?:última )?actualiza(?:do|ción)|publicado|(?:última )?atualiza(?:do|ção)|"
    r"aggiornato|ultimo aggiornamento|pubblicato|laatst bijgewerkt|gepubliceerd)"
    r"\s*(?:on|am|le|el|il|em|op|vom|at)?\s*:?\s*(?P<day>.{6,40})",
    re.IGNORECASE | re.DOTALL,
)
_WEEKDAY, _MONTH = r"(?:[a-z]{2,10}\.?,? )?", r"([^\W\d_]{3,10})"
_WRITTEN = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:\.|st|nd|rd|th|er)?(?: de)? {_MONTH}\.?,?(?: de)? (\d{{4}})\b", re.IGNORECASE
)
_WRITTEN_US = re.compile(rf"{_WEEKDAY}{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", re.IGNORECASE)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_MONTHS = (
    ("jan", "ene", "gen"),
    ("feb", "fév", "fev"),
    ("mar", "mär", "maa", "mrt"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)
_MAX_SAID_CHARACTERS = 100
_MAX_SCRIPTS = 20
_MAX_SCRIPT_CHARACTERS = 200_000
_MAX_NODES = 2_000
_MAX_TIMES = 500


def find_page_day(root: Element, link: str | None) -> str | None:
    """Return the day of publication, or else that of the last change; ISO 8601."""
    published, changed = _in_meta(root)
    given = (published, _in_data(root, "datePublished"), _in_times(root), _in_address(link), changed)
    day = next((day for day in given if day is not None), None)
    return day or _in_data(root, "dateModified") or _said(root)


def _in_meta(root: Element) -> tuple[str | None, str | None]:
    published = changed = None
    for element in root.iter():
        if local_name(element) != "meta":
            continue
        names = {(element.get(key) or "").lower() for key in ("property", "name", "itemprop", "http-equiv")}
        if names & _PUBLISHED and not _is_of_another(element):
            published = published or _day(element.get("content"))
        elif names & _CHANGED:
            changed = changed or _day(element.get("content"))
    return published, changed


def _in_data(root: Element, key: str) -> str | None:
    """Return a day in the JSON-LD about the page."""
    scripts = (element for element in root.iter() if local_name(element) == "script")
    sources = [text_of(script) for script in scripts if (script.get("type") or "").lower() == "application/ld+json"]
    for source in sources[:_MAX_SCRIPTS]:
        try:
            data = json.loads(source) if len(source) <= _MAX_SCRIPT_CHARACTERS else None
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            day = _day(node.get(key)) if _is_page(node) else None
            if day is not None:
                return day
    return None


def _nodes(data: object) -> Iterator[dict[str, object]]:
    """Yield the objects at the top, in lists and in graphs; not those inside others."""
    waiting = [data]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting += node[:_MAX_NODES]
        elif isinstance(node, dict):
            yield node
            waiting += [node.get("@graph"), node.get("mainEntity") if _is_page(node) else None]


def _is_page(node: dict[str, object]) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and _PAGE_TYPES.fullmatch(name) for name in names)


def _in_times(root: Element) -> str | None:
    """Return the day of a time element that is marked as the day of publication."""
    n_times = 0
    for element in root.iter():
        marks = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        is_marked = element.get("pubdate") is not None or "datePublished" in marks or _TIME_CLASS.search(marks)
        if not is_marked or _is_of_another(element):
            continue
        n_times += 1
        if n_times > _MAX_TIMES:
            return None
        value = element.get("datetime") or element.get("content") or element.get("title")
        day = _day(value) or (_day(text_of(element)[:40]) if local_name(element) == "time" else None)
        if day is not None:
            return day
    return None


def _said(root: Element) -> str | None:
    """Return the day in a line such as "Stand: 20. August 2025"."""
    for element in root.iter():
        if local_name(element) in {"script", "style", "title"} or not _begins(element):
            continue
        words = " ".join(text_of(element).split())
        found = _SAID.match(words) if len(words) <= _MAX_SAID_CHARACTERS else None
        day = _written_day(found["day"]) if found and not _is_of_another(element) else None
        if day is not None:
            return day
    return None


def _begins(element: Element) -> bool:
    return _SAID.match(f"{' '.join((element.text or '').split())} ......") is not None


def _written_day(text: str) -> str | None:
    if found := _DOTTED.match(text):
        return find_day(f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}")
    if found := _WRITTEN.match(text):
        return _named_day(found[3], found[2], found[1])
    if found := _WRITTEN_US.match(text):
        return _named_day(found[3], found[1], found[2])
    return _day(text)


def _named_day(year: str, name: str, day: str) -> str | None:
    month = next((i for i, names in enumerate(_MONTHS, start=1) if name.lower().startswith(names)), 0)
    return find_day(f"{year}-{month:02}-{int(day):02}")


def _is_of_another(element: Element) -> bool:
    """Say whether a mark belongs to a comment or a list of other pages."""
    names = (f"{outer.get('class') or ''} {outer.get('id') or ''}".lower() for outer in above(element))
    return any(re.search(r"\b(?:comments?|related|recommended|sidebar|teaser)\b", name) for name in names)


def _in_address(link: str | None) -> str | None:
    found = _IN_ADDRESS.search(link or "")
    return _of_numbers(found) if found else None


def _day(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    found = _DAY_WITH_SLASHES.match(value.strip())
    return _of_numbers(found) if found else find_day(value)


def _of_numbers(found: re.Match[str]) -> str | None:
    return find_day(f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}")
