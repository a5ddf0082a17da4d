"""Read mails: sender, recipients, date, subject and text, without attachments."""

import email
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr, parsedate_to_datetime

from rag.documents.formats.markup.tree import add_page
from rag.documents.formats.plain import find_paragraphs
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.facts import find_author, find_day
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.types import Facts, Parsed

_TOLD_HEADERS = ("From", "To", "Date", "Subject")


def read_mail(content: bytes, limits: Limits) -> Parsed:
    """Return the mail's header lines and its body, as plain text where it has one.

    Raises:
        DocumentUnreadable: It is too long.
    """
    builder = TextBuilder(limits)
    try:
        message = email.message_from_bytes(content, policy=policy.default)
        return _read(message, builder)
    except MessageError as error:
        raise DocumentUnreadable("is damaged (a header of it)", next_step="open and save it again") from error


def _read(message: EmailMessage, builder: TextBuilder) -> Parsed:
    for name in _TOLD_HEADERS:
        value = _header(message, name)
        if value:
            builder.add("item", f"{name}: {value}")
    builder.end_group()
    _add_body(message, builder)
    name, address = parseaddr(_header(message, "From") or "")
    author = find_author(name) or find_author(address)
    return builder.build(Facts(title=_header(message, "Subject"), date=_day(message), author=author))


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return str(value).strip() or None if value is not None else None


def _day(message: EmailMessage) -> str | None:
    try:
        day: datetime = parsedate_to_datetime(_header(message, "Date") or "")
    except (ValueError, TypeError, IndexError):
        return None
    return find_day(day)


def _add_body(message: EmailMessage, builder: TextBuilder) -> None:
    n_before = builder.n_characters
    for part in message.walk():
        # A mail may have several texts, and a forwarded mail.
        if part.get_content_type() == "text/plain" and not part.is_attachment():
            text = _content(part).replace("\r\n", "\n")
            for span, kind in find_paragraphs(text):
                builder.add(kind, text[span.start : span.end])
    page = message.get_body(("html",))
    if page is not None and builder.n_characters == n_before:
        add_page(_content(page), builder)


def _content(part: MIMEPart) -> str:
    if part.get_content_charset("us-ascii") == "us-ascii":
        # Many programs write UTF-8 without declaring it.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        # The declared encoding is unknown or wrong.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""
