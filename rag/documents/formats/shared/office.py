"""Read the facts of Office files from docProps/core.xml, and of OpenDocument ones from meta.xml."""

import zipfile

from rag.documents.formats.markup.parse import local_name, parse_xml, text_of
from rag.documents.formats.shared.archives import read_member
from rag.documents.formats.shared.facts import find_author, find_day, find_language, find_tags
from rag.errors import DocumentUnreadable
from rag.types import Facts

# Libraries whose files keep the author and the days of an empty template from 2013.
TEMPLATE_AUTHORS = {"python-docx", "steve canny"}


def read_facts(archive: zipfile.ZipFile) -> Facts:
    """Return title, language, day, keywords and author; none if the part is damaged."""
    content = read_member(archive, "docProps/core.xml")
    if not content:
        return Facts()
    try:
        fields = {local_name(element): text_of(element).strip() for element in parse_xml(content)}
    except DocumentUnreadable:
        return Facts()
    is_of_template = (fields.get("creator") or "").lower() in TEMPLATE_AUTHORS
    day = find_day(fields.get("modified")) or find_day(fields.get("created"))
    return Facts(
        title=fields.get("title"),
        language=find_language(fields.get("language")),
        date=None if is_of_template else day,
        tags=find_tags(fields.get("keywords")),
        author=find_author(fields.get("creator")),
    )


def read_open_facts(archive: zipfile.ZipFile) -> Facts:
    """Return the same of an OpenDocument file, from its meta.xml."""
    content = read_member(archive, "meta.xml")
    if not content or not content.strip():
        return Facts()
    try:
        elements = list(parse_xml(content).iter())
    except DocumentUnreadable:
        return Facts()
    fields: dict[str, str] = {}
    tags = []
    for element in elements:
        words = (element.text or "").strip()
        if words:
            fields.setdefault(local_name(element), words)
        if words and local_name(element) == "keyword":
            tags.append(words)
    author = fields.get("initial-creator") or fields.get("creator")
    day = find_day(fields.get("date")) or find_day(fields.get("creation-date"))
    return Facts(
        title=fields.get("title"),
        language=find_language(fields.get("language")),
        date=None if (author or "").lower() in TEMPLATE_AUTHORS else day,
        tags=find_tags(tags),
        author=find_author(author),
    )
