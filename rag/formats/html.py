"""Read web pages: the article without what surrounds it, as trafilatura finds it, and what the page says of itself."""

from typing import cast

import trafilatura

from rag.formats.building import TextBuilder
from rag.formats.facts import Facts, find_day, find_language, find_link, find_tags
from rag.formats.html_tree import BOILERPLATE, add_page, add_tree
from rag.formats.limits import Limits
from rag.formats.markup import MAX_DEPTH, Element, depth_of, find_all, local_name, parse_html, text_of, walk
from rag.formats.pages import decode_page
from rag.types import Parsed

# Trafilatura takes a second for two megabytes of prose but twelve for two megabytes of links; the walk takes one.
_MAX_ARTICLE_CHARACTERS = 2_000_000
# Below this share of what is visible, trafilatura has taken the content for something else.
_MIN_SHARE = 0.25
# Above this one it has not left anything out.
_MAX_SHARE = 0.8
_HIDDEN = ["//*[@hidden]", "//*[contains(translate(@style, ' ', ''), 'display:none')]"]
_BLOCKS = {"p", "quote", "code", "item", "head", "row", "list", "table", "fw", "ab"}


def read_html(content: bytes, limits: Limits) -> Parsed:
    """Return the page's main content.

    Raises:
        DocumentUnreadable: It is too long.
    """
    page = decode_page(content)
    root = parse_html(page)
    walked = TextBuilder(limits)
    if root is None:
        return walked.build()
    depth = depth_of(root)
    if depth > MAX_DEPTH or len(page) > _MAX_ARTICLE_CHARACTERS:
        add_page(page, walked)
        return walked.build(_facts(root))
    add_tree(root, walked)
    found = trafilatura.bare_extraction(
        page,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        prune_xpath=_HIDDEN,
        # Days guessed from the text of a page are those of events more often than its own.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    facts = _facts(root)
    if not isinstance(found, trafilatura.settings.Document):
        return walked.build(facts)
    article = TextBuilder(limits)
    if found.body is not None:
        _add_article(cast(Element, found.body), article)
    facts = Facts(
        title=found.title or facts.title,
        language=facts.language,
        date=find_day(found.date),
        link=facts.link or find_link(found.url),
        tags=facts.tags,
    )
    return (walked if _is_poor(article, walked, root) else article).build(facts)


def _is_poor(article: TextBuilder, walked: TextBuilder, root: Element) -> bool:
    """Tell whether trafilatura has missed the content, or, as it does on short pages, poured it all into one block."""
    is_one = article.n_blocks == 1 < walked.n_blocks and article.n_characters > _MAX_SHARE * walked.n_characters
    is_bare = not any(local_name(element) in BOILERPLATE for element in root.iter())
    is_missed = is_bare and article.n_characters < _MIN_SHARE * walked.n_characters
    return not article.n_characters or is_one or is_missed


def _facts(root: Element) -> Facts:
    title, link, tags = None, None, None
    for element in root.iter():
        name = local_name(element)
        if name == "title" and title is None:
            title = text_of(element)
        elif name == "link" and (element.get("rel") or "").lower() == "canonical":
            link = link or find_link(element.get("href"))
        elif name == "meta" and (element.get("name") or "").lower() == "keywords":
            tags = tags or element.get("content")
    language = find_language(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    return Facts(title=title, language=language, link=link, tags=find_tags(tags))


def _add_article(body: Element, builder: TextBuilder) -> None:
    """Add trafilatura's own markup; it is no deeper than the page, which was checked."""
    for element in body:
        name = local_name(element)
        if name == "head":
            level = (element.get("rend") or "h2").lstrip("h")
            builder.heading(int(level) if level.isdecimal() else 2, text_of(element))
        elif name == "list":
            builder.end_group()
            _add_items(element, builder)
        elif name == "table":
            _add_table(element, builder)
        elif any(local_name(child) in _BLOCKS for child in element):
            builder.add("paragraph", element.text or "")
            _add_article(element, builder)
        else:
            builder.add("paragraph", _spaced_text(element))
        builder.add("paragraph", element.tail or "")


def _add_items(items: Element, builder: TextBuilder) -> None:
    for item in items:
        own = [item.text or ""]
        nested = []
        for child in item:
            if local_name(child) == "list":
                nested.append(child)
            else:
                own.append(" " + _spaced_text(child))
            own.append(child.tail or "")
        builder.add("item", "".join(own))
        for child in nested:
            _add_items(child, builder)


def _add_table(table: Element, builder: TextBuilder) -> None:
    header: list[str] = []
    rows: list[list[str]] = []
    for row in find_all(table, "row"):
        cells = [cell for cell in row if local_name(cell) == "cell"]
        words = [_spaced_text(cell) for cell in cells]
        if len(cells) > 1 and not rows and not header and all(cell.get("role") == "head" for cell in cells):
            header = words
        elif words:
            rows.append(words)
    builder.table(header, rows)


def _spaced_text(element: Element) -> str:
    """Return the text of an element with a space where a line or a block in it ends."""
    pieces = []
    for event, part in walk(element):
        if local_name(part) in {*_BLOCKS, "lb"}:
            pieces.append(" ")
        if event == "start":
            pieces.append(part.text or "")
        elif part is not element:
            pieces.append(part.tail or "")
    return "".join(pieces)
