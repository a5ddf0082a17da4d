"""Mails: threads, attachments and their limits."""

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

import pytest

from rag.documents.formats import Limits, read_file
from rag.types import LeftOut
from tests.formats.checking import headings_of, read, told
from tests.formats.making import make_mail, make_pdf, make_word, make_workbook

HEADS = {
    "outlook": """-----Original Message-----
From: Tom Reed [mailto:tom@example.net]
Sent: Tuesday, 12 May 2026 10:05
To: Ines Moreau
Subject: Ferry""",
    "outlook, german": """________________________________
Von: Tom Reed <tom@example.net>
Gesendet: Dienstag, 12. Mai 2026 10:05
An: Ines Moreau; Anna Lee;
 Bo Lind
Betreff: Fähre""",
    "outlook, french": """De : Tom Reed <tom@example.net>
Envoyé : mardi 12 mai 2026 10:05
À : Ines Moreau
Objet : Bac""",
    "forwarded": """---------- Forwarded message ---------
From: Tom Reed <tom@example.net>
Date: Tue, 12 May 2026 at 10:05
Subject: Ferry
To: <ines@example.org>""",
    "bold": "*From:* Tom Reed <tom@example.net>\n*Sent:* Tuesday, 12 May 2026\n*To:* Ines\n*Subject:* Ferry",
    "spanish": "De: Tom Reed <t@example.net>\nEnviado el: martes, 12 de mayo de 2026\nPara: Ines\nAsunto: Barco",
    "russian": "От: Tom Reed <tom@example.net>\nОтправлено: 12 мая 2026 г.\nКому: Ines\nТема: Паром",
    "chinese": "发件人: Tom Reed <tom@example.net>\n发送时间: 2026年5月12日\n收件人: Ines\n主题: 渡轮",
}
PAGES = {
    "gmail": """<div>Seven it is.</div><div class=gmail_quote><div>On Tue, 12 May 2026, Tom Reed
        &lt;tom@example.net&gt; wrote:<br></div><blockquote><div>Eight?</div></blockquote></div>""",
    "outlook": """<p>Seven it is.</p><hr><p><b>From:</b> Tom Reed &lt;tom@example.net&gt;<br><b>Sent:</b> 12 May 2026
        <br><b>To:</b> Ines<br><b>Subject:</b> Ferry</p><p>Eight?</p>""",
    "lines": "<p>Seven it is.</p><div>From: Tom Reed</div><div>Date: 12 May 2026</div><div>To: Ines</div><p>Eight?</p>",
}


def bodies(mail: bytes) -> list[tuple[str, str]]:
    """Return the heading and the words of each paragraph."""
    parsed = read(mail, "a.eml")
    return [
        (block.headings[0] if block.headings else "", parsed.text[block.start : block.end])
        for block in parsed.blocks
        if block.kind == "paragraph"
    ]


def with_attachments(attachments: Mapping[str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Papers"
    mail["Message-ID"] = "<2@example.org>"
    mail.set_content("See below.")
    for name, content in attachments.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


@pytest.mark.parametrize(
    ("lead", "name"),
    [
        ("On Tue, 12 May 2026 at 10:05, Tom Reed <tom@example.net> wrote:", "Tom Reed, Tue, 12 May 2026 at 10:05"),
        ("On May 3, 2026, at 9:00 AM, Tom Reed wrote:", "Tom Reed, May 3, 2026, at 9:00 AM"),
        ("Am 12.05.2026 um 10:05 schrieb Tom Reed <tom@example.net>:", "Tom Reed, 12.05.2026 um 10:05"),
        (
            "Am Di., 12. Mai 2026 um 10:05 Uhr schrieb Tom Reed\n<tom@example.net>:",
            "Tom Reed, Di., 12. Mai 2026 um 10:05 Uhr",
        ),
        ("Le mar. 12 mai 2026 à 10:05, Tom Reed <tom@example.net> a écrit :", "Tom Reed, mar. 12 mai 2026 à 10:05"),
        (
            "El mar, 12 may 2026 a las 10:05, Tom Reed (<tom@example.net>) escribió:",
            "Tom Reed, mar, 12 may 2026 a las 10:05",
        ),
        ("Il giorno mar 12 mag 2026 alle ore 10:05 Tom Reed <tom@example.net> ha scritto:", "Tom Reed"),
        ("Op di 12 mei 2026 om 10:05 schreef Tom Reed <tom@example.net>:", "Tom Reed, di 12 mei 2026 om 10:05"),
        ("W dniu 12.05.2026 o 10:05, Tom Reed pisze:", "Tom Reed, 12.05.2026 o 10:05"),
        ("12 мая 2026 г., в 10:05, Tom Reed <tom@example.net> написал(а):", "Tom Reed, 12 мая 2026 г., в 10:05"),
        ("2026年5月12日(火) 10:05 Tom Reed <tom@example.net>のメール:", "Tom Reed"),
    ],
)
def test_a_line_in_many_languages_says_whom_a_mail_quotes(lead: str, name: str) -> None:
    found = bodies(make_mail(plain=f"Seven it is.\n\n{lead}\n> Eight?\n> Or nine?\n\nSee you.\n"))

    assert found[0] == ("Written: Inés Moreau, 2024-03-04", "Seven it is.")
    assert found[1][0].startswith(f"Quoted: {name}")
    assert found[1][1].startswith("Eight?")
    assert found[-1] == ("", "See you.")


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_as_outlook_writes_it_says_whom_a_mail_quotes(head: str) -> None:
    found = bodies(make_mail(plain=f"Seven it is.\n\n{head}\n\nEight?\n"))

    assert found[0] == ("Written: Inés Moreau, 2024-03-04", "Seven it is.")
    assert found[1][0].startswith("Quoted: Tom Reed, ")
    assert found[1][1] == "Eight?"
    assert len(found) == 2


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_that_quotes_a_mail_says_whom(page: str) -> None:
    found = bodies(make_mail(page=page))

    assert found[0][1] == "Seven it is."
    assert found[1][0].startswith("Quoted: Tom Reed")
    assert found[1][1] == "Eight?"


def test_what_was_quoted_in_a_quotation_has_its_own_speaker() -> None:
    plain = (
        "1.15 it is.\n\nOn Tue, 12 May 2026, Tom Reed <tom@example.net> wrote:\n> Could you do 1.10?\n>\n"
        "> On Mon, 11 May 2026, Ines Moreau <ines@example.org> wrote:\n>> It costs 1.40.\n"
    )

    assert [heading for heading, _ in bodies(make_mail(plain=plain))] == [
        "Written: Inés Moreau, 2024-03-04",
        "Quoted: Tom Reed, Tue, 12 May 2026",
        "Quoted: Ines Moreau, Mon, 11 May 2026",
    ]


@pytest.mark.parametrize(
    "plain",
    [
        "As Ann wrote: the ferry leaves at seven.",
        "From: Monday\nTo: Friday",
        "On Monday we wrote:\nthe pier is closed.",
        "Open:\nFrom: 8 o'clock\nUntil: 9 o'clock",
        "It costs\n-----\n5 euros.",
    ],
)
def test_words_that_look_like_a_quotation_stay_the_sender_s(plain: str) -> None:
    assert {heading for heading, _ in bodies(make_mail(plain=plain))} == {""}


def test_a_quotation_may_follow_a_sentence_at_once() -> None:
    plain = "Seven it is, or 8\nOn Tue, 12 May 2026, Tom Reed\n<tom@example.net> wrote:\n> Nine?\n"

    found = bodies(make_mail(plain=plain))

    assert [words for _, words in found] == ["Seven it is, or 8", "Nine?"]
    assert found[1][0] == "Quoted: Tom Reed, Tue, 12 May 2026"


def test_copies_and_answers_go_to_the_named() -> None:
    mail = b"From: a@example.org\nCc: b@example.org\nBcc: c@example.org\nReply-To: d@example.org\nSubject: s\n\nWords."

    told_lines = [text for kind, text in told(read(mail, "a.eml")) if kind == "item"]

    assert told_lines[1:4] == ["Cc: b@example.org", "Bcc: c@example.org", "Reply-To: d@example.org"]


def test_attachments_are_read_by_their_own_format() -> None:
    parsed = read(
        with_attachments(
            {
                "fares.xlsx": make_workbook({"Fares": [["Kind", "Fare"], ["Adult", 4], ["Child", 2]]}),
                "rules.docx": make_word(),
                "notice.pdf": make_pdf([["The pier is closed in May."]]),
                "preise.csv": "Art;Preis\nErwachsene;4\nGäste;3\n".encode("cp1252"),
                "fares.html": b"<table><tr><th>Kind<th>Fare<tr><td>Dog<td>1</table>",
            }
        ),
        "a.eml",
    )

    assert headings_of(parsed, "Kind: Adult; Fare: 4") == ("Attachment: fares.xlsx",)
    assert headings_of(parsed, "Passengers board") == ("Attachment: rules.docx", "Rules", "Boarding")
    assert headings_of(parsed, "The pier is closed") == ("Attachment: notice.pdf",)
    assert headings_of(parsed, "Art: Gäste; Preis: 3") == ("Attachment: preise.csv",)
    assert headings_of(parsed, "Kind: Dog; Fare: 1") == ("Attachment: fares.html",)
    assert {block.page for block in parsed.blocks} == {None}


def test_an_attachment_that_cannot_be_read_is_named() -> None:
    parsed = read(with_attachments({"logo.png": b"\x89PNG\r\n\x1a\n\0\0", "a/b.zip": b"PK\x03\x04broken"}), "a.eml")

    assert parsed.left_out == (LeftOut("attachment", name="logo.png"), LeftOut("attachment", name="b.zip"))


def test_mails_in_mails_are_read_to_a_depth() -> None:
    mail = with_attachments({"note.txt": b"Words at depth 3."})
    for depth in (2, 1):
        mail = with_attachments({f"depth {depth}.eml": mail})

    parsed = read(mail, "a.eml")

    assert "Attachment: depth 2.eml" in parsed.text
    assert "Words at depth 3." not in parsed.text
    assert [left_out.name for left_out in parsed.left_out] == ["note.txt"]


def test_many_attachments_and_those_that_unpack_to_much_are_bounded() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 30_000_000)
        archive.writestr("[Content_Types].xml", b"")
    many = {f"{i}.txt": b"Words." for i in range(300)}

    parsed = read_file(with_attachments({"bomb.docx": packed.getvalue(), **many}), "a.eml", Limits())[1]

    assert parsed.left_out[0].name == "bomb.docx"
    assert parsed.text.count("Words.") < 60


def test_a_mail_in_pieces_without_end_is_read_in_a_moment() -> None:
    for plain in ("> " * 40 + "deep words\n") * 3_000, "On Monday\n" * 20_000, "From: a\n" * 20_000, ">" * 200_000:
        read(b"From: a@example.org\nSubject: s\n\n" + f"{plain}\nWords.".encode(), "a.eml")


def test_a_page_is_read_if_the_plain_text_only_points_to_it() -> None:
    page = "<table><tr><th>Kind<th>Fare<tr><td>Adult<td>4</table>" + "<p>The ferry leaves at seven.</p>" * 20

    parsed = read(make_mail(plain="Please view this mail in a browser.", page=page), "a.eml")

    assert "Kind: Adult; Fare: 4" in parsed.text
