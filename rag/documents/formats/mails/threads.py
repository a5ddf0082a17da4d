"""Tell who wrote which part of a mail: its sender, or the people whose mails it quotes.

A quoted mail stands behind marks (">"), inside a quotation of the page, or below lines that name
its sender: "On Monday Ann wrote:", or a head as Outlook writes it. These lines exist in many
languages.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.documents.formats.shared.cleaning import clean_text
from rag.text.speakers import quoted_heading

_MAX_LEAD_LINES = 4
_MAX_LEAD_CHARACTERS = 400
_MAX_HEAD_LINES = 12
_MIN_HEADS = 2
_MAX_DEPTH = 20
_MAX_NAME_CHARACTERS = 120
_MARKS = re.compile(r"(?:>[ \t]?)+")
# What opens the line, and the verb, behind which some languages write the name.
_OPENINGS = "on|am|le|el|il(?: giorno)?|em|op|den|w dniu|dnia|dne|kl|på|pe data de|în data|a"
_OPENING = re.compile(rf"\s*(?:{_OPENINGS})\s", re.IGNORECASE)
_LEAD = re.compile(
    rf"\s*(?:(?P<opening>{_OPENINGS})\s+)?"
    r"(?P<before>.*?)\s*"
    r"(?P<verb>\bwrote|\bschrieb|\ba écrit|\bescribió|\bha scritto|\bescreveu|\bschreef|\bskrev|\bnapisał(?:a|\(a\))?|"
    r"\bpisze|\bnapsal(?:a|\(a\))?|\bпишет|\bнаписала?(?:\(а\))?|\bписала?(?:\(а\))?|\bпише|\bнаписав|\bkirjoitti|"
    r"(?:\bşunu )?\byazdı|(?:\bezt )?\bírta|\ba scris|\bέγραψε|のメール|書きました|写道|寫道|님이 작성|كتب)"
    r"(?P<after>[^:：]{0,120}?)\s*[:：]\s*",
    re.IGNORECASE | re.DOTALL,
)
_DATED_LEAD = re.compile(
    r"\s*(?P<before>\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\s+[^:]{2,120}<\S[^<>]{0,80}@[^<>]{1,80}>)\s*:\s*"
)
_SENDER = re.compile(
    r"\s*(?P<name>[^<>]*?)\s*[<(\[]\s*(?:mailto:)?(?P<address>[^\s<>()\[\]]+@[^\s<>()\[\]]+)[^>)\]]*[>)\]]"
)
_HEAD = re.compile(
    r"\s*[*_]*(?P<key>from|von|de|da|van|od|от|від|från|fra|lähettäjä|kimden|feladó|发件人|寄件者|差出人|보낸 사람|"
    r"sent|date|gesendet|datum|envoyé|enviado(?: el| em)?|fecha|data|inviato|verzonden|wysłano|дата|отправлено|skickat|"
    r"sendt|lähetetty|gönderilen|elküldve|发送时间|日期|送信日時|日時|보낸 날짜|"
    r"to|an|à|para|a|aan|do|кому|till|til|vastaanottaja|kime|címzett|收件人|宛先|받는 사람|"
    r"cc|bcc|kopie|copie|cco|kopia|копия|kopi|抄送|"
    r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|тема|ämne|emne|aihe|konu|tárgy|předmět|主题|件名|제목|"
    r"reply-to|importance|priority|wichtigkeit|attachments?|anlagen|pièces jointes)"
    r"\s*[*_]*\s*[:：][*_]*\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_FROM = frozenset(
    "from von de da van od от від från fra lähettäjä kimden feladó 发件人 寄件者 差出人".split()  # noqa: SIM905
) | {"보낸 사람"}
_SENT = frozenset(
    "sent date gesendet datum envoyé enviado fecha data inviato verzonden wysłano дата отправлено skickat sendt "  # noqa: SIM905
    "lähetetty gönderilen elküldve 发送时间 日期 送信日時 日時".split()
) | {"enviado el", "enviado em", "보낸 날짜"}
_BORDER = re.compile(
    r"\s*(?:-{2,}\s*[^\W\d_][^-]{5,60}?\s*-{2,}|_{10,}|begin forwarded message\s*:|inizio messaggio inoltrato\s*:|"
    r"anfang der weitergeleiteten nachricht\s*:|début du message (?:réexpédié|transféré)\s*:|"
    r"inicio del mensaje reenviado\s*:)\s*",
    re.IGNORECASE,
)
# Word writes links of a mail so in its plain text.
_WORD_LINK = re.compile(r'HYPERLINK\s+"[^"\n]{0,500}"(?:\s*\\[a-z])?\s*')


class Speaker(NamedTuple):
    """Who wrote a quoted mail, and when, in the words of the mail; empty if it does not say."""

    name: str
    day: str

    @property
    def heading(self) -> str:
        return quoted_heading(self.name, self.day)


class Unit(NamedTuple):
    """A line or a block of a mail.

    Attributes:
        depth: In how many quotations it stands.
    """

    depth: int
    text: str


class Said(NamedTuple):
    """A unit of a mail by one speaker.

    Attributes:
        place: Of the unit in the mail.
        speaker: None is the sender of the mail itself.
    """

    place: int
    speaker: Speaker | None


def as_unit(line: str) -> Unit:
    """Return a line of plain text without the marks of quotation."""
    line = _WORD_LINK.sub("", line)
    found = _MARKS.match(line)
    if not found or line.startswith(">From "):
        return Unit(0, line)
    return Unit(min(found[0].count(">"), _MAX_DEPTH), line[found.end() :])


def find_speakers(units: Sequence[Unit]) -> Iterator[Said]:
    """Yield the units in order with who said them, without the lines that only name a speaker."""
    speakers: dict[int, Speaker | None] = {0: None}
    place = 0
    while place < len(units):
        unit = units[place]
        lead = _read_border(units, place) or _read_lead(units, place)
        if lead is None:
            yield Said(place, speakers.get(unit.depth, Speaker("", "") if unit.depth else None))
            place += 1
            continue
        speaker, n_units = lead
        place += n_units
        following = next((other for other in units[place : place + _MAX_LEAD_LINES] if other.text.strip()), None)
        is_deeper = following is not None and following.depth > unit.depth
        speakers = {depth: other for depth, other in speakers.items() if depth <= unit.depth}
        speakers[unit.depth + is_deeper] = speaker


def _read_border(units: Sequence[Unit], place: int) -> tuple[Speaker, int] | None:
    """Return who a head names and how many units it takes, with the border above it."""
    start = place
    if _BORDER.fullmatch(units[place].text):
        place += 1
        while place < len(units) and place - start <= 2 and not units[place].text.strip():
            place += 1
    head = _read_head(units, place) if place < len(units) else None
    if head is not None:
        return head[0], head[1] + place - start
    is_named = place > start and "_" not in units[start].text
    if is_named and place < len(units) and (lead := _read_lead(units, place)):
        return lead[0], lead[1] + place - start
    return None


def _read_head(units: Sequence[Unit], place: int) -> tuple[Speaker, int] | None:
    """Return what the lines "From: …", "Sent: …" and others in a row say."""
    name, day, n_heads, n_units = "", "", 0, 0
    for unit in units[place : place + _MAX_HEAD_LINES]:
        lines = [line for line in unit.text.split("\n") if line.strip()]
        found = [_HEAD.fullmatch(line) for line in lines]
        if unit.depth != units[place].depth or not lines or not found[0]:
            # A long list of recipients goes on in the next line.
            is_wrapped = n_heads > 0 and unit.text[:1] in {" ", "\t"} and unit.text.strip()
            if not is_wrapped:
                break
            n_units += 1
            continue
        for match in filter(None, found):
            key = match["key"].lower()
            if not n_heads and key not in _FROM:
                return None
            name = name or (_sender_name(match["value"]) if key in _FROM else "")
            day = day or (clean_text(match["value"]) if key in _SENT else "")
            n_heads += 1
        n_units += 1
    if n_heads < _MIN_HEADS or not name or not day:
        return None
    return Speaker(name, day[:_MAX_NAME_CHARACTERS]), n_units


def _read_lead(units: Sequence[Unit], place: int) -> tuple[Speaker, int] | None:
    """Return what a line such as "On Monday Ann wrote:" says, which may be wrapped."""
    unit = units[place]
    if not unit.text.strip() or len(unit.text) > _MAX_LEAD_CHARACTERS:
        return None
    text = ""
    for n_units, other in enumerate(units[place : place + _MAX_LEAD_LINES], start=1):
        if other.depth != unit.depth or not other.text.strip():
            break
        text = f"{text} {other.text.strip()}".strip()
        if len(text) > _MAX_LEAD_CHARACTERS:
            break
        if n_units == 1 and text[-1] in ".!?…":
            # The sentence of the mail before it.
            break
        if text[-1] in ":：":
            following = next((u for u in units[place + n_units : place + n_units + 3] if u.text.strip()), None)
            is_quoted = following is not None and following.depth > unit.depth
            if any(_begins_lead(later.text) for later in units[place + 1 : place + n_units]):
                return None
            speaker = _as_speaker(text, is_quoted=is_quoted)
            return (speaker, n_units) if speaker is not None else None
    return None


def _begins_lead(text: str) -> bool:
    return _OPENING.match(text) is not None and any(map(str.isdigit, text))


def _as_speaker(text: str, *, is_quoted: bool) -> Speaker | None:
    """Return who a line names; None if it may be a sentence of the mail."""
    text = _WORD_LINK.sub("", text)
    dated = _DATED_LEAD.fullmatch(text)
    found = dated or _LEAD.fullmatch(text)
    if found is None:
        return None
    before, after = found["before"].strip(" ,"), "" if dated else found["after"].strip(" ,")
    has_day = any(map(str.isdigit, before + after))
    is_sure = dated is not None or (found["opening"] and has_day) or ("@" in text and has_day)
    if not (is_quoted or is_sure):
        return None
    if after:
        return Speaker(_sender_name(after), clean_text(before))
    return _split_name(before)


def _split_name(words: str) -> Speaker:
    """Return the name and the day in "Tue, 12 May 2026 at 10:05, Ann Lee <ann@example.org>"."""
    found = _SENDER.match(words)
    name = found["name"] if found else words
    parts = [part.strip() for part in re.split(r",\s|(?<=\d)\s(?=[^\W\d_]{2,}\s[^\W\d_])", name)]
    is_name = [not any(map(str.isdigit, part)) for part in parts]
    first = len(parts) - next((i for i, said in enumerate(reversed(is_name)) if not said), len(parts))
    own = ", ".join(parts[first:]).strip(" ,(\"'")
    day = ", ".join(parts[:first]).strip(" ,")
    if found and not own:
        own = found["address"]
    return Speaker(clean_text(own)[:_MAX_NAME_CHARACTERS], clean_text(day)[:_MAX_NAME_CHARACTERS])


def _sender_name(value: str) -> str:
    found = _SENDER.match(value)
    name = clean_text(found["name"] or found["address"]) if found else clean_text(value)
    return name.strip(" ,;(\"'*")[:_MAX_NAME_CHARACTERS]
