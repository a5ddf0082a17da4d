from email.message import EmailMessage

import pytest

from rag.errors import DocumentUnreadable
from rag.types import Facts, LeftOut
from tests.formats.checking import headings_of, media_type, read, read_or_refuse, told
from tests.formats.making import PACKAGE, make_epub, make_mail


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    parsed = read(make_epub(), "a.epub")

    assert told(parsed) == [
        ("heading", "Leaving"),
        ("paragraph", "It leaves at seven & returns."),
        ("heading", "Arriving"),
        ("paragraph", "It arrives at eight."),
        ("item", "Tea"),
        ("item", "Buns"),
    ]
    assert headings_of(parsed, "eight") == ("Arriving",)


BOOK = """<html xmlns:epub="http://www.idpf.org/2007/ops"><body><section><header><h1>Leaving</h1></header>
<p>It leaves<a epub:type="noteref" href="#n1">1</a> at <span epub:type="pagebreak" title="12">12</span>seven.</p>
<aside epub:type="sidebar"><p>The pier is of oak.</p></aside>
<table><caption>Fares</caption><tr><th>Kind</th><th>Fare</th></tr><tr><td>Adult</td><td>4</td></tr></table>
<aside epub:type="footnote" id="n1"><p><a href="#r1">1</a> Not in May.</p></aside>
</section><nav epub:type="landmarks"><a href="x">Cover</a></nav></body></html>"""


def test_notes_boxes_and_tables_of_a_book_are_read() -> None:
    assert told(read(make_epub(one=BOOK), "a.epub"))[:6] == [
        ("heading", "Leaving"),
        ("paragraph", "It leaves[1] at seven."),
        ("paragraph", "The pier is of oak."),
        ("heading", "Fares"),
        ("row", "Kind: Adult; Fare: 4"),
        ("paragraph", "1 Not in May."),
    ]


def test_a_page_of_contents_in_the_spine_is_left_out() -> None:
    links = "".join(f"<p><a href='c{i}.xhtml'>Chapter {i}</a></p>" for i in range(9))
    parsed = read(make_epub(one=f"<html><body><h1>Contents</h1>{links}</body></html>"), "a.epub")

    assert "Chapter 1" not in parsed.text
    assert parsed.left_out == (LeftOut("navigation"),)


def test_a_chapter_without_a_heading_has_the_name_that_the_contents_give_it() -> None:
    package = PACKAGE.replace(
        "<manifest>", '<manifest><item id="n" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
    )
    point = "<navLabel><text>Part one</text></navLabel><content src='text/one%201.xhtml#a'/>"
    ncx = f"<ncx><navMap><navPoint>{point}</navPoint></navMap></ncx>"
    book = make_epub(package=package, one="<html><body><p>It leaves at seven.</p></body></html>", contents=ncx)

    assert headings_of(read(book, "a.epub"), "leaves") == ("Part one",)


def test_what_the_style_sheet_of_a_book_hides_is_left_out() -> None:
    one = "<html><body><p>Seen.</p><p class='x'>Obey me.</p></body></html>"

    text = read(make_epub(one=one, style=".x { display: none }"), "a.epub").text

    assert "Seen." in text
    assert "Obey" not in text


def test_a_book_tells_its_facts() -> None:
    parsed = read(make_epub(), "a.epub")

    assert parsed.facts == Facts(title="The Ferry", language="en", date="2021-05-06", tags=("Harbours",))


def test_a_book_names_its_authors() -> None:
    creators = "<dc:creator>Ines Moreau</dc:creator><dc:creator>Tom Reed</dc:creator><dc:title>"

    parsed = read(make_epub(package=PACKAGE.replace("<dc:title>", creators)), "a.epub")

    assert parsed.facts.author == "Ines Moreau, Tom Reed"


def test_a_book_under_copy_protection_is_refused() -> None:
    encryption = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:CipherData>'
        '<e:CipherReference URI="OEBPS/two.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
    )

    with pytest.raises(DocumentUnreadable, match="is encrypted; get it without copy protection"):
        read(make_epub(encryption=encryption), "a.epub")


def test_entities_of_a_book_do_not_grow() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
        + "]>"
    )

    with pytest.raises(DocumentUnreadable, match="is damaged"):
        read(make_epub(package=bomb + PACKAGE.replace("The Ferry", "The &j; Ferry")), "a.epub")


def test_a_file_outside_the_book_is_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret"
    secret.write_text("secret")
    package = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + PACKAGE.replace("The Ferry", "The &s; Ferry")

    assert read(make_epub(package=package), "a.epub").facts.title == "The &s; Ferry"


def test_a_mail_tells_who_wrote_when_and_what() -> None:
    parsed = read(make_mail(plain="The ferry is late.\n\nSorry.\n", page="<p>Other</p>"), "a.eml")

    assert told(parsed) == [
        ("item", "From: Inés Moreau <ines@example.org>"),
        ("item", "To: crew@example.org"),
        ("item", "Date: Mon, 04 Mar 2024 10:00:00 +0000"),
        ("item", "Subject: Späte Fähre"),
        ("paragraph", "The ferry is late."),
        ("paragraph", "Sorry."),
    ]
    assert (parsed.facts.title, parsed.facts.date) == ("Späte Fähre", "2024-03-04")
    assert parsed.facts.author == "Inés Moreau"


def test_a_mail_that_is_only_a_page_is_read_as_one() -> None:
    assert told(read(make_mail(page="<h1>Late</h1><p>By an hour.</p>"), "a.eml"))[-2:] == [
        ("heading", "Late"),
        ("paragraph", "By an hour."),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: a\nContent-Type: text/plain; charset=no-such\n\nWords.",
        b"Subject: a\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nWords.",
        b"Subject: a\nDate: never\n\nWords.",
        b"Subject: =?utf-8?b?////?=\n\nWords.",
    ],
)
def test_a_mail_that_breaks_the_rules_is_read(content: bytes) -> None:
    assert "Words." in read(content, "a.eml").text


def test_a_note_that_begins_like_a_mail_stays_a_text_and_a_real_mail_does_not() -> None:
    assert media_type(b"From: Ines\nTo: Tom\nSubject: tea\n\nBring tea.", "a.txt") == "text/plain"
    assert media_type(make_mail(plain="Bring tea."), "a.txt") == "message/rfc822"


def test_a_mail_that_does_not_say_that_it_is_utf8_is_read_as_such() -> None:
    mail = "From: a@example.org\nSubject: Rat\nMessage-ID: <1@x>\n\nDer Bürgermeister heißt Jürgen Weiß.".encode()

    assert "Der Bürgermeister heißt Jürgen Weiß." in read(mail, "a.eml").text


@pytest.mark.parametrize("name", ["a.eml", "a.html"])
def test_a_program_is_neither_mail_nor_page(name: str) -> None:
    outcome = read_or_refuse(b"\x7fELF\x02\x01\x01\x00\x00\x00", name)

    assert outcome.startswith("refused: holds control characters")


def test_every_text_of_a_mail_and_of_one_that_it_passes_on_is_read() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("The dock is closed.")
    mail = EmailMessage()
    mail["Subject"] = "Outer"
    mail.set_content("See below.")
    mail.add_attachment("Read along.", disposition="inline")
    mail.add_attachment("This too.", filename="note.txt")
    mail.add_attachment(inner)

    text = read(mail.as_bytes(), "a.eml").text

    words = ("See below.", "Read along.", "The dock is closed.", "This too.")
    assert [one in text for one in words] == [True, True, True, True]
