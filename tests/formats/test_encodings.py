"""Texts in the encodings of before Unicode."""

import pytest

from rag.documents.formats.shared.encodings import find_encoding
from tests.formats.checking import read, read_or_refuse

GERMAN = "Artikelnr;Bezeichnung;Preis\n10-440;Müllsäcke groß;12,90\n10-441;Putztücher;3,45\n"
FRENCH = "Le café très serré coûte 2,20. La réunion est déplacée, où elle sera gérée."
SPANISH = "El señor Muñoz pagó la cuenta el miércoles; mañana habrá reunión."
RUSSIAN = "Паром отходит каждый день в семь часов утра. Цена билета пять рублей."
UKRAINIAN = "Пором відходить щодня о сьомій ранку, ціна квитка п’ять гривень."
CHINESE = "名称,价格\n苹果,100\n北京,3\n"
JAPANESE = "フェリーは毎朝七時に出発し、夕方に戻ります。"
KOREAN = "연락선은 매일 아침 일곱 시에 출발하고 저녁에 돌아옵니다."
POLISH = "Zażółć gęślą jaźń. Prom odpływa o siódmej, cena biletu wynosi pięć złotych."
HUNGARIAN = "A komp hétkor indul, és este jön vissza. A nők és gyerekek ötször fizetnek."
GREEK = "Το πλοίο αναχωρεί κάθε μέρα στις επτά το πρωί. Το εισιτήριο κοστίζει πέντε."
HEBREW = "המעבורת יוצאת כל יום בשעה שבע בבוקר ומחיר הכרטיס חמישה שקלים"
TURKISH = "Vapur her gün yedide kalkıyor, dönüşü akşam. Bilet ücreti beş lira, öğrenciler için bedava."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((GERMAN, name) for name in ("cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le", "utf-32")),
        *((FRENCH, name) for name in ("cp1252", "cp850", "mac_roman", "utf-16-be", "utf-32-le")),
        *((SPANISH, name) for name in ("cp1252", "cp850")),
        ("The “ferry” costs £4.50 – or €5.", "cp1252"),
        ("caf\xe9", "cp1252"),
        *((RUSSIAN, name) for name in ("cp1251", "cp866", "koi8_r", "utf-16")),
        (UKRAINIAN, "cp1251"),
        *((CHINESE, name) for name in ("gbk", "gb18030")),
        *((JAPANESE, name) for name in ("shift_jis", "euc_jp", "iso2022_jp")),
        (KOREAN, "euc_kr"),
        *((POLISH, name) for name in ("cp1250", "iso8859_2")),
        (HUNGARIAN, "cp1250"),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (TURKISH, "cp1254"),
    ],
)
def test_a_text_in_an_older_encoding_is_read(text: str, encoding: str) -> None:
    assert read(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize("name", ["a.csv", "a.md", "a.html"])
def test_every_kind_of_text_is_decoded_alike(name: str) -> None:
    assert "Müllsäcke groß" in read(GERMAN.encode("cp850"), name).text


@pytest.mark.parametrize(
    "content",
    [
        "Köszönöm, idő, nő".encode("cp1250"),
        "kalkıyor".encode("cp1254"),
        "Да".encode("koi8_r"),
        bytes(range(128, 256)),
        "Grüße an alle, die es hören".encode()[:-1] + b"\xff",
    ],
)
def test_an_encoding_that_is_uncertain_is_refused(content: bytes) -> None:
    assert find_encoding(content) is None
    assert read_or_refuse(content, "a.txt").endswith("; save the file as UTF-8")


def test_a_few_letters_in_a_long_file_show_its_encoding() -> None:
    content = b"number;name\n" + b"17;plain words\n" * 50_000 + "18;Köln\n".encode("cp1252")

    assert read(content, "a.csv").text.endswith("Köln")


def test_a_page_that_declares_latin_but_is_utf8_is_read_as_utf8() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Die Fähre fährt über den Fluss.</p></body></html>'

    assert read(page.encode(), "a.html").text == "Die Fähre fährt über den Fluss."


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "rot13", "zlib", "utf-7"])
def test_a_codec_that_is_no_encoding_of_pages_is_not_used(name: str) -> None:
    page = f'<html><head><meta charset="{name}"></head><body><p>The café opens.</p></body></html>'

    assert read(page.encode(), "a.html").text == "The café opens."
