"""Take out of a web page what surrounds its content: banners, bars of buttons, navigation.

The names that sites and their tools give these parts are known. A part that holds most of the
page's words is content, whatever its name.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Literal

from rag.documents.formats.markup.parse import Element, above, local_name, remove, text_of, walk

_ROLES = {"navigation", "banner", "contentinfo", "search", "alertdialog", "dialog", "menu", "menubar", "toolbar"}
_NEVER = {"html", "body", "head", "main", "article", *(f"h{level}" for level in range(1, 7))}
_NAME = re.compile(r"[a-z0-9]+")
# Names of one word. Each class and id is cut at hyphens and capitals: "navBar" is "nav bar".
_WORDS = {
    *("navbar", "navheader", "navfooter", "breadcrumb", "breadcrumbs", "pagination", "pager", "navbox"),
    *(
        "sharebar",
        "sharedaddy",
        "addtoany",
        "addthis",
        "shariff",
        "newsletter",
        "onetrust",
        "cookiebot",
        "cookieconsent",
    ),
    *("cybotcookiebotdialog", "usercentrics", "didomi", "iubenda", "klaro", "cmplz", "borlabs", "osano", "truste"),
    *(
        "outbrain",
        "taboola",
        "skiplink",
        "skiplinks",
        "masthead",
        "catlinks",
        "printfooter",
        "editsection",
        "permalink",
    ),
}
_PHRASES = re.compile(
    r"(?:cookies?|consent|gdpr|privacy|ccpa) (?:\w+ ){0,2}(?:banner|bar|notice|popup|modal|overlay|wall|dialog|prompt|"
    r"layer|box|message|manager|disclaimer|info|alert|panel|container|widget)\b"
    r"|\b(?:cookie|cookies) (?:consent|law|accept)\b|^(?:gdpr|ccpa|cc window|qc cmp2?|sp message)\b|^footer$"
    r"|\b(?:share|sharing|social) (?:\w+ )?(?:bar|buttons?|links?|icons?|list|media|tools?|menu|nav|widget)\b"
    r"|\b(?:nav|navigation) (?:bar|links?|list|menu|items?|header|footer|wrapper|container|primary|main|top)\b"
    r"|\b(?:main|top|site|primary|secondary|side|mobile|user|global|footer|header) (?:nav|menu|navigation|toc)\b"
    r"|\b(?:related|recommended|similar|more|read next|also) (?:\w+ )?(?:posts?|articles?|stories|links?|news|"
    r"reading)\b"
    r"|^(?:comments?|comments? (?:list|section|area|thread|form)|disqus thread)$"
    r"|(?:^|\b(?:main|site|top|page|primary|secondary) )navigation$"
    r"|\b(?:site|page|global|main) footer\b|\bfooter (?:links?|wrapper|bottom|nav|widgets?)\b"
    r"|\b(?:newsletter|subscribe|subscription|signup) (?:form|box|banner|popup|widget|block|cta)\b"
    r"|\bskip (?:to|link|nav|links)\b|\bback to top\b|\bposts? (?:navigation|nav|pagination)\b"
)
# These also name content: the menu of a restaurant, the sidebar of an article.
_VAGUE = re.compile(
    r"(?:nav|menu|sidebar|toc|table of contents|related|recommended|subscribe|ads?|share|sharing|socials?|tags)"
)
_MAX_BUTTON_CHARACTERS = 40
_MAX_LABEL_CHARACTERS = 20
_COOKIES = re.compile(r"cookie|consent|einwilligung|consentement|consentimiento|куки|クッキー", re.IGNORECASE)
_CONSENT_BUTTON = re.compile(
    r"\W*(?:(?:yes|no|ok|okay),? ?)?(?:i )?(?:accept|agree|allow|reject|decline|deny|got it|understood|akzeptieren|"
    r"ablehnen|zustimmen|einverstanden|verstanden|accepter|refuser|j.accepte|aceptar|rechazar|acepto|accett[ao]|rifiuta|"
    r"aceitar|rejeitar|accepteren|weigeren|akceptuj[eę]?|godk[äæ]nn?|accept[eé]r|принять|同意)\w*"
    r"(?: (?:all|only|necessary|cookies|alle|tout|todas?|todo|tutti|tudo|and|close|the|\w{2,10})){0,4}\W*"
    r"|(?:alle|alles|tout|tous|nur|all|alla|only)(?: cookies)? (?:akzeptieren|ablehnen|zulassen|accepter|refuser|"
    r"notwendige\w*|necessary|godk\w+)(?: \w+){0,2}",
    re.IGNORECASE,
)
_SHARE_BUTTON = re.compile(
    r"(?:share|tweet|pin it|teilen|partager|compartir|condividi|compartilhar|print|drucken|imprimer|imprimir|copy link|"
    r"e-?mail|whatsapp|facebook|twitter|linkedin|reddit|telegram|pinterest|skip to (?:main )?content|back to top)"
    r"(?: (?:this|on|via|by|with|to|auf|per|sur|en|page|article|post|it|facebook|twitter|x|linkedin|reddit|whatsapp|"
    r"telegram|pinterest|e-?mail|mail|link)){0,3}[.!:]?",
    re.IGNORECASE,
)
_MAX_BANNER_CHARACTERS = 2_000
_MAX_BUTTONS = 100
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# In a longer name such a word is mostly about another part: "anchor with sticky navbar".
_MAX_NAME_WORDS = 3
_MAX_SHARE = 0.4
_MAX_NAME_CHARACTERS = 200
# Generators write one of these after a heading, as a link to it, or after a note, as a link back.
_LINK_MARKS = {"¶", "#", "§", "\N{LINK SYMBOL}", "↩", "↩︎", "↵", "^", "↑", "\N{ZERO WIDTH SPACE}"}
# The words of a part are counted to compare them with the page's. Nested parts that are content
# would be counted again and again.
_MAX_COUNTED_PAGES = 30


def drop_boilerplate(root: Element) -> int:
    """Remove from a parsed page what surrounds its content; return how many elements."""
    n_page = max(1, _count(root))
    budget = _MAX_COUNTED_PAGES * n_page

    def is_kept(element: Element) -> bool:
        nonlocal budget
        if is_link_mark(element):
            return False
        if budget <= 0 or not (naming := _naming(element)):
            return True
        n_characters = _count(element)
        budget -= n_characters
        if n_characters > _MAX_SHARE * n_page:
            return True
        return naming == "vague" and n_characters * (1 - _link_share(element, n_characters)) > _MAX_LABEL_CHARACTERS

    gone = [element for event, element in walk(root, is_kept) if event == "skip"]
    for element in gone:
        remove(element)
    banners = _consent_banners(root, n_page)
    for element in banners:
        remove(element)
    return len(gone) + len(banners)


def is_link_mark(element: Element) -> bool:
    """Say whether an element is a link without words, to a heading or back from a note."""
    return local_name(element) == "a" and text_of(element).strip() in _LINK_MARKS


def is_button(text: str) -> bool:
    """Say whether a block is what a button of a share bar says."""
    return len(text) <= _MAX_BUTTON_CHARACTERS and _SHARE_BUTTON.fullmatch(" ".join(text.split())) is not None


def _naming(element: Element) -> Literal["sure", "vague", ""]:
    """Return how surely an element is marked or named as a part beside the content."""
    if local_name(element) in _NEVER:
        return ""
    if (element.get("role") or "").lower() in _ROLES or element.get("aria-modal") == "true":
        return "sure"
    text = f"{element.get('class') or ''} {element.get('id') or ''}"[:_MAX_NAME_CHARACTERS]
    names = [_NAME.findall(_CAMEL.sub(" ", name).lower()) for name in text.split()]
    if any(_is_known(words) for words in names):
        return "sure"
    return "vague" if any(_VAGUE.fullmatch(" ".join(words)) for words in names) else ""


def _is_known(words: Sequence[str]) -> bool:
    is_named = len(words) <= _MAX_NAME_WORDS and not _WORDS.isdisjoint(words)
    return is_named or "".join(words) in _WORDS or bool(_PHRASES.search(" ".join(words)))


def _consent_banners(root: Element, n_page: int) -> list[Element]:
    """Return the short parts about cookies with a button to accept, whatever their names."""
    banners: dict[Element, None] = {}
    buttons = (
        element
        for element in root.iter()
        if local_name(element) in {"button", "a"} and _CONSENT_BUTTON.fullmatch(text_of(element).strip()[:60])
    )
    for button in islice(buttons, _MAX_BUTTONS):
        found = None
        for element in above(button):
            text = text_of(element)
            if local_name(element) in _NEVER or len(text) > min(_MAX_BANNER_CHARACTERS, n_page):
                break
            found = element if _COOKIES.search(text) else found
        if found is not None:
            banners[found] = None
    # Two buttons of one banner name it once; one inside another goes with it.
    return [element for element in banners if banners.keys().isdisjoint(above(element))]


def _link_share(element: Element, n_characters: int) -> float:
    n_linked = sum(_count(link) for link in element.iter() if local_name(link) == "a")
    return min(1.0, n_linked / max(1, n_characters))


def _count(element: Element) -> int:
    return len("".join(text_of(element).split()))
