"""Read the comments on slides, of PowerPoint from 2007 on and of that from 2021 on."""

from collections.abc import Iterator, Mapping

from pptx.opc.package import Part

from rag.documents.formats.hidden.slides import paragraphs_in
from rag.documents.formats.markup.parse import Element, find_all, local_name, parse_xml, text_of

_AUTHOR_PARTS = {"commentAuthors": "cmauthor", "authors": "author"}


def authors_of(presentation: Part) -> dict[str, str]:
    """Return the names of those who comment, by identifier."""
    names = {}
    for relation in presentation.rels.values():
        element_name = _AUTHOR_PARTS.get(relation.reltype.rpartition("/")[2])
        if element_name and not relation.is_external:
            for author in find_all(parse_xml(relation.target_part.blob), element_name):
                names[author.get("id") or ""] = " ".join((author.get("name") or "").split())
    return names


def comments_of(slide: Part, authors: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield author, which may be empty, and text of each comment and reply."""
    for relation in slide.rels.values():
        if relation.reltype.rpartition("/")[2] == "comments" and not relation.is_external:
            for element in parse_xml(relation.target_part.blob).iter():
                if local_name(element) in {"cm", "reply"} and (text := _text_of(element)):
                    yield authors.get(element.get("authorId") or "", ""), text


def _text_of(comment: Element) -> str:
    """Return the text of a comment without that of its replies."""
    for part in comment:
        if local_name(part) == "text":
            return " ".join(text_of(part).split())
        if local_name(part) == "txbody":
            return " ".join(" ".join(paragraphs_in(part)).split())
    return ""
