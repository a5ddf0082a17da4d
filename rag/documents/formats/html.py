"""Read web pages: the article, which trafilatura finds, and what the page says of itself."""

from dataclasses import replace
from typing import cast

import trafilatura

from rag.documents.formats.markup.articles import choose_pieces, read_article
from rag.documents.formats.markup.boilerplate import drop_boilerplate, is_button
from rag.documents.formats.markup.dates import find_page_day
from rag.documents.formats.markup.decode import decode_page
from rag.documents.formats.markup.parse import MAX_DEPTH, Element, as_html, depth_of, local_name, parse_html, text_of
from rag.documents.formats.markup.shell import is_drawn_by_scripts
from rag.documents.formats.markup.tree import BOILERPLATE, add_page, add_pieces, pieces_of
from rag.documents.formats.markup.visibility import drop_hidden
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.facts import find_author, find_language, find_link, find_tags
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

# For two megabytes of prose trafilatura takes one second, for two of links twelve; the walk takes
# one.
_MAX_ARTICLE_CHARACTERS = 2_000_000
# If trafilatura finds a smaller share of the visible text, it has missed the content.
_MIN_SHARE = 0.25
# A page that scripts fill shows less before them: a name, "Loading".
_MAX_SHELL_CHARACTERS = 200
_AUTHOR_NAMES = {"author", "dc.creator", "dcterms.creator"}


def read_html(content: bytes, limits: Limits) -> Parsed:
    """Return the page's main content.

    Raises:
        DocumentUnreadable: It is too long, or only scripts fill it with content.
    """
    page = decode_page(content)
    root = parse_html(page)
    if root is None:
        return TextBuilder(limits).build()
    # What is left out below may say when the page was published.
    facts = _facts(root)
    facts = replace(facts, date=find_page_day(root, facts.link))
    is_shell = is_drawn_by_scripts(root)
    if depth_of(root) > MAX_DEPTH or len(page) > _MAX_ARTICLE_CHARACTERS:
        builder = TextBuilder(limits)
        add_page(page, builder)
    else:
        builder, facts = _read(page, root, facts, limits)
    if is_shell and builder.n_characters < _MAX_SHELL_CHARACTERS:
        raise DocumentUnreadable(
            "is filled by scripts, so the file holds no content", next_step="save the page from a browser as PDF"
        )
    return builder.build(facts)


def _read(page: str, root: Element, facts: Facts, limits: Limits) -> tuple[TextBuilder, Facts]:
    """Return the text of a page's article, or of the whole page where none is found."""
    walked, article = TextBuilder(limits), TextBuilder(limits)
    n_dropped = drop_hidden(root) + drop_boilerplate(root)
    pieces = [piece for piece in pieces_of(root) if not is_button(piece.text)]
    add_pieces(pieces, walked)
    found = trafilatura.bare_extraction(
        as_html(root) if n_dropped else page,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False},
    )
    if not isinstance(found, trafilatura.settings.Document):
        return walked, facts
    if found.body is not None:
        add_pieces(choose_pieces(pieces, read_article(cast(Element, found.body))), article)
    facts = replace(facts, title=found.title or facts.title, link=facts.link or find_link(found.url))
    return (walked if _is_poor(article, walked, root) else article), facts


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
