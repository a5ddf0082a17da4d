"""Text that only looks right, because its font has no map to letters, is reported rather than read."""

from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.documents.formats.pdf.gibberish import is_gibberish
from rag.errors import DocumentUnreadable
from rag.types import LeftOut
from tests.formats.checking import read

PROSE = (
    "The harbour office opens at eight and closes at six. All boats that stay over night pay a fee of four "
    "euros, and those that stay for a week pay twenty. Dogs are welcome on the pier but not on the beach. "
    "Bicycles may be left at the gate, where a guard looks after them until the last boat has come in."
)
POLISH = (
    "Chrząszcz brzmi w trzcinie w Szczebrzeszynie, strząsa skrzydła z dżdżu, a trzmiel w puszczy tuż przy "
    "Pszczynie straszny wszczyna szum, mąż gżegżółki w chaszczach trzeszczy, w krzakach drzemie kszyk."
)
# As from a font whose letters are numbered from 3 on.
MOVED = "".join(chr(ord(letter) - 29) if letter > " " else letter for letter in PROSE)
MIXED = "ḛṠՋếṠɥ մԾ фДṠ ДễɥṒमмɥ मффiḍṠ ʏДṠ ʠममɥẚṅế ԾṠṠ Ծमɥ Ṓमễфจ մԾ мՎ фम ṠẚếДф ʠṠфɥṠจ ẚจ ḶḅК ḍɥमḴṅจ"


@pytest.mark.parametrize(("text", "share"), [(MOVED, 0), (MIXED, 0), ("\x01\x04\x05\x06 \x07\x08", 1), ("᧒ᥱᦎᦫ", 1)])
def test_gibberish_is_noticed(text: str, share: float) -> None:
    assert is_gibberish(text, share)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "Výbava na přání",
        "Mitarbeiterinnen und Mitarbeiter arbeiten in über 100 Ländern engagiert im Dienste der Kundschaft",
        POLISH,
        "انواع الخطوط العربية",
        "Правила пользования причалом и порядок оплаты",
        "코로나-19 관련 보험약관상 재해보험금",
        "日本語 あいうえお ABC",
        "KX-310 14 48.00 KX-415 120 7.20 KX-902 3 265.00 " * 20,
        "",
    ],
)
def test_text_of_all_languages_is_none(text: str) -> None:
    assert not is_gibberish(text, 1)


def make_pdf(*pages: str) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    for text in pages:
        for i in range(0, len(text), 70):
            canvas.drawString(60, 700 - i / 4, text[i : i + 70])
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def test_a_page_of_gibberish_is_left_out_and_reported() -> None:
    parsed = read(make_pdf(PROSE, MOVED), "a.pdf")

    assert parsed.left_out == (LeftOut("gibberish-page", 1, (2,)),)
    assert "KDUERXU" not in parsed.text


def test_a_file_of_gibberish_is_not_read() -> None:
    with pytest.raises(DocumentUnreadable, match="font whose letters are unknown; install footnote-rag"):
        read(make_pdf(MOVED), "a.pdf")
