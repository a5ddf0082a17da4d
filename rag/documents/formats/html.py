"""Read web pages: the article, which trafilatura finds, and what the page says of itself."""

from dataclasses import replace
from typing import cast

import trafilatura

from rag.documents.formats.markup.articles import choose_pieces, read_article
from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import MAX_DEPTH, Element, as_html, depth_of, local_name, parse_html, text_of
from rag.documents.formats.markup.tree import BOILERPLATE, add_page, add_pieces, pieces_of
from rag.documents.formats.markup.visibility import drop_hidden
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.facts import find_author, find_day, find_language, find_link, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.types import Facts, Parsed

# For two megabytes of prose trafilatura takes one second, for two of links twelve; the walk takes
# one.
_MAX_ARTICLE_CHARACTERS = 2_000_000
# If trafilatura finds a smaller share of the visible text, it has missed the content.
_MIN_SHARE = 0.25
_AUTHOR_NAMES = {"author", "dc.creator", "dcterms.creator"}


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
    n_hidden = drop_hidden(root)
    pieces = pieces_of(root)
    add_pieces(pieces, walked)
    found = trafilatura.bare_extraction(
        as_html(root) if n_hidden else page,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        # Dates guessed from the text of a page are mostly those of events.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    facts = _facts(root)
    if not isinstance(found, trafilatura.settings.Document):
        return walked.build(facts)
    article = TextBuilder(limits)
    if found.body is not None:
        add_pieces(choose_pieces(pieces, read_article(cast(Element, found.body))), article)
    link = facts.link or find_link(found.url)
    facts = replace(facts, title=found.title or facts.title, date=find_day(found.date), link=link)
    return (walked if _is_poor(article, walked, root) else article).build(facts)


def _is_poor(article: TextBuilder, walked: TextBuilder, root: Element) -> bool:
    """Say whether trafilatura has missed the content."""
    is_bare = not any(local_name(element) in BOILERPLATE for element in root.iter())
    is_missed = is_bare and article.n_characters < _MIN_SHARE * walked.n_characters
    return not article.n_characters or is_missed


def _facts(root: Element) -> Facts:
    title, link, tags, author = None, None, None, None
    for element in root.iter():
        name = local_name(element)
        if name == "title" and title is None:
            title = text_of(element)
        elif name == "link" and (element.get("rel") or "").lower() == "canonical":
            link = link or find_link(element.get("href"))
        elif name == "meta" and (element.get("name") or "").lower() == "keywords":
            tags = tags or element.get("content")
        elif name == "meta" and (element.get("name") or "").lower() in _AUTHOR_NAMES:
            author = author or find_author(element.get("content"))
    language = find_language(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"))
    return Facts(title=title, language=language, link=link, tags=find_tags(tags), author=author)
