"""Read mails: who wrote to whom and when, what each of them said, and the attachments."""

import base64
import binascii
import email
import mimetypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from itertools import groupby

from rag.documents.formats.mails.threads import Speaker, Unit, as_unit, find_speakers
from rag.documents.formats.markup.tree import Piece, add_pieces, read_pieces
from rag.documents.formats.plain import find_paragraphs
from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.encodings import decode_declared, find_encoding, find_unicode
from rag.documents.formats.shared.facts import find_author, find_day
from rag.documents.formats.shared.limits import Limits
from rag.errors import DocumentUnreadable
from rag.text.speakers import written_heading
from rag.types import Facts, Parsed

ReadFile = Callable[[bytes, str, Limits], tuple[str, Parsed]]

_NAMED_HEADERS = ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")
# Above all headings of a body.
_PART_LEVEL = 0
_MAX_PARTS = 500
_MAX_DEPTH = 20
_MAX_ATTACHMENTS = 50
_MAX_ATTACHED_BYTES = 100_000_000
# A plain text that holds less than this share of the page beside it only points to the page.
_MIN_PLAIN_SHARE = 0.2
_MIN_PAGE_CHARACTERS = 200
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}


def read_mail(content: bytes, limits: Limits, read_file: ReadFile | None = None) -> Parsed:
    """Return the mail's header lines, its body, and its attachments, each below its name.

    What the mail quotes stands below a heading that names who said it.

    Args:
        read_file: Reads attachments; None leaves them out.

    Raises:
        DocumentUnreadable: It is too long.
    """
    unicode = find_unicode(content)
    if unicode is not None:
        content = content.decode(unicode, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    builder = TextBuilder(limits)
    try:
        message = email.message_from_bytes(content, policy=policy.default)
        _Reader(builder, limits, read_file).read(message)
    except MessageError as error:
        raise DocumentUnreadable("is damaged (a header of it)", next_step="open and save it again") from error
    name, address = parseaddr(_header(message, "From") or "")
    author = find_author(name) or find_author(address)
    return builder.build(Facts(title=_header(message, "Subject"), date=_day(message), author=author))


@dataclass(frozen=True, slots=True)
class _Body:
    """A text of a mail in units, each with who said it: plain text in lines, a page in pieces."""

    units: Sequence[str | Piece]
    speakers: Sequence[Speaker | None]


class _Reader:
    """Adds a mail to a text; counts what it has taken."""

    def __init__(self, builder: TextBuilder, limits: Limits, read_file: ReadFile | None) -> None:
        self._builder = builder
        self._limits = limits
        self._read_file = read_file
        self._n_parts = 0
        self._n_attachments = 0
        self._n_attached_bytes = 0

    def read(self, message: EmailMessage, depth: int = 0) -> None:
        for name in _NAMED_HEADERS:
            value = _header(message, name)
            if value and not (name == "Reply-To" and value == _header(message, "From")):
                self._builder.add("item", f"{name}: {value}")
        self._builder.end_group()
        attachments: list[EmailMessage] = []
        bodies = [_read_body(part) for part in self._texts(message, attachments, depth)]
        if any(speaker is not None for body in bodies for speaker in body.speakers):
            # In a thread each text is named after its writer.
            name = parseaddr(_header(message, "From") or "")[0]
            self._builder.heading(_PART_LEVEL, written_heading(name, _day(message) or ""))
        for body in bodies:
            self._add_body(body)
        for part in attachments:
            self._add_attachment(part, depth)

    def _texts(self, part: EmailMessage, attachments: list[EmailMessage], depth: int) -> Iterator[EmailMessage]:
        """Yield the texts of a mail in order, and collect its attachments."""
        self._n_parts += 1
        if self._n_parts > _MAX_PARTS or depth > _MAX_DEPTH:
            return
        kind = part.get_content_type()
        children = _children(part)
        if kind == "multipart/alternative":
            # A page may stand in a part of its own, with its pictures.
            inner = [other for child in children for other in (child, *_children(child))]
            texts = [other for other in inner if _is_text(other)]
            yield from _choose(texts)
            attachments += [other for other in inner if other not in texts and not other.is_multipart()]
        elif kind.startswith("multipart/"):
            for child in children:
                yield from self._texts(child, attachments, depth + 1)
        elif _is_text(part):
            yield part
        elif kind not in _SIGNATURES:
            attachments.append(part)

    def _add_body(self, body: _Body) -> None:
        is_thread = any(speaker is not None for speaker in body.speakers)
        parts = [
            (speaker, [unit for unit, _ in pairs])
            for speaker, pairs in groupby(zip(body.units, body.speakers, strict=True), key=lambda pair: pair[1])
        ]
        for place, (speaker, units) in enumerate(parts):
            if speaker is not None:
                self._builder.heading(_PART_LEVEL, speaker.heading)
            elif is_thread and place:
                self._builder.leave_sections()
            add_pieces((unit for unit in units if isinstance(unit, Piece)), self._builder)
            text = "\n".join(unit for unit in units if isinstance(unit, str))
            for span, kind in find_paragraphs(text):
                words = text[span.start : span.end]
                if any(map(str.isalnum, words)):
                    self._builder.add(kind, words)
        self._builder.end_group()

    def _add_attachment(self, part: EmailMessage, depth: int) -> None:
        self._builder.leave_sections()
        inner = _inner_mail(part)
        if inner is not None:
            if depth >= self._limits.max_attachment_depth:
                self._builder.leave_out("attachment", name=_header(inner, "Subject") or _name(part))
                return
            self._builder.heading(_PART_LEVEL, f"Attachment: {_header(inner, 'Subject') or _name(part)}")
            self.read(inner, depth + 1)
            return
        name = _name(part)
        parsed = self._read_attached(_payload(part), name)
        if parsed is None:
            is_picture = part.get_content_maintype() == "image" and not part.is_attachment()
            self._builder.leave_out("picture" if is_picture else "attachment", name=name)
            return
        self._builder.heading(_PART_LEVEL, f"Attachment: {name}")
        self._builder.add_parsed(parsed, _PART_LEVEL + 1)
        self._builder.leave_sections()

    def _read_attached(self, content: bytes, name: str) -> Parsed | None:
        """Return what an attachment holds; None if it cannot be read or is one too many."""
        self._n_attachments += 1
        self._n_attached_bytes += len(content)
        is_allowed = self._n_attachments <= _MAX_ATTACHMENTS and self._n_attached_bytes <= _MAX_ATTACHED_BYTES
        depth = self._limits.max_attachment_depth
        if self._read_file is None or not is_allowed or not depth:
            return None
        n_left = self._limits.max_characters - self._builder.n_characters
        # Pictures take long to read, and mails hold many that show no words.
        limits = replace(self._limits, max_characters=n_left, max_attachment_depth=depth - 1, ocr_seconds=0)
        try:
            return self._read_file(content, name, limits)[1]
        except DocumentUnreadable:
            return None


def _read_body(part: EmailMessage) -> _Body:
    text = _text(part)
    units: Sequence[str | Piece]
    if part.get_content_type() == "text/html":
        units = [piece for piece in read_pieces(text) if piece.kind != "gap" or piece.n_quotes == 0]
        lines = [Unit(piece.n_quotes, piece.text) for piece in units if isinstance(piece, Piece)]
    else:
        lines = [as_unit(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        units = [line.text for line in lines]
    said = list(find_speakers(lines))
    return _Body([units[place] for place, _ in said], [speaker for _, speaker in said])


def _choose(parts: Sequence[EmailMessage]) -> list[EmailMessage]:
    """Return one of several forms of the same text: plain text, if it is whole."""
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    page = next((part for part in parts if part.get_content_type() == "text/html"), None)
    if plain is None or page is None:
        return [part for part in (plain, page) if part is not None]
    n_plain = sum(map(str.isalnum, _text(plain)))
    n_page = sum(character.isalnum() for piece in read_pieces(_text(page)) for character in piece.text)
    return [page] if n_page > _MIN_PAGE_CHARACTERS and n_plain < _MIN_PLAIN_SHARE * n_page else [plain]


def _is_text(part: EmailMessage) -> bool:
    is_named = part.is_attachment() or part.get_filename() is not None
    return part.get_content_type() in {"text/plain", "text/html"} and not is_named


def _children(part: EmailMessage) -> list[EmailMessage]:
    payload: object = part.get_payload()
    return [child for child in payload if isinstance(child, EmailMessage)] if isinstance(payload, list) else []


def _inner_mail(part: EmailMessage) -> EmailMessage | None:
    """Return the mail that a part holds; some programs write it in base64."""
    if part.get_content_type() not in {"message/rfc822", "message/global"}:
        return None
    inner = next(iter(_children(part)), None)
    if inner is not None and not inner.keys() and (content := _decode_base64(inner)):
        return email.message_from_bytes(content, policy=policy.default)
    return inner


def _decode_base64(message: EmailMessage) -> bytes:

    payload = message.get_payload()
    try:
        return base64.b64decode(payload) if isinstance(payload, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _name(part: EmailMessage) -> str:
    name = part.get_filename()
    if name:
        return str(name).replace("\\", "/").rpartition("/")[2] or "unnamed"
    return f"unnamed{mimetypes.guess_extension(part.get_content_type()) or ''}"


def _payload(part: EmailMessage) -> bytes:
    """Return the bytes of an attachment, those of a text as UTF-8 if it declares its encoding."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("")
    if part.get_content_maintype() == "text" and charset:
        text = decode_declared(content, charset)
        return text.encode("utf-8", "replace") if text is not None else content
    return content


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return str(value).strip() or None if value is not None else None


def _day(message: EmailMessage) -> str | None:
    try:
        day: datetime = parsedate_to_datetime(_header(message, "Date") or "")
    except (ValueError, TypeError, IndexError):
        return None
    return find_day(day)


def _text(part: EmailMessage) -> str:
    """Return the text of a part; many programs declare no encoding, or a wrong one."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("us-ascii")
    text = decode_declared(content, charset) if charset != "us-ascii" or content.isascii() else None
    return text if text is not None else content.decode(find_encoding(content) or "utf-8", "replace")
