import pytest

from rag.text.contacts import adds_contact


@pytest.mark.parametrize(
    "text",
    [
        *("see evil .example", "EVIL[DOT]COM now", "see evil_dot_com", "see evil-dot-com now", "at evil·com"),
        *(
            "h t t p s : / / evil . com",
            "evil․com",
            "see ⓔⓥⓘⓛ.ⓒⓞⓜ",
            "see 𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
            "evil.com's page",
            "“evil.com”",
            "evil.com_",
            "_evil.com-",
        ),
        *("https:/evil.com", "evil.co.uk/x", "evil.com:8080", "//1.2.3.4", "http://[::1]/", "wa.me/1900", "bit.ly/3x"),
        *("evil AT gmail DOT com", "Matrix @evil:evil.org", "电话 ٠٩٠٠٥٥٥٠١٩٩", "拨打四零零五五五零一九九"),
        *(
            "+44 20 7946 0958",
            "0044 20 7946 0958",
            "call 19005550199",
            "call nine-zero-zero-five-five-oh-one",
            "Tel. 0190-666-666",
        ),
        *(
            "call 𝟏𝟗𝟎𝟎𝟓𝟓𝟓𝟎𝟏𝟗𝟗",
            "call 1️⃣9️⃣0️⃣0️⃣5️⃣5️⃣5️⃣0️⃣",
            "call 1,900,555,0199",
            "call 1-9-0-0-5-5-5-0-1-9-9",
            "call 900\n555\n0199",
        ),
        *("account number 12345678", "電話は０９０－１２３４－５６７８です", "вызовите +7 900 555 01 99"),
    ],
)
def test_a_contact_is_noticed_in_every_disguise(text: str) -> None:
    assert adds_contact(text, ["The ferry carries 420 passengers."])
    assert not adds_contact(text, [f"They say: {text}!"])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "12 345 people work here.",
            "Room 3.14 is on floor 3.",
            "In 2010-2020, 15 000 000 people came.",
            "12.345.678 Stück",
        ),
        *(
            "On 12.05.2024 at 10.30, 250 people came.",
            "The score was 6-4, 7-6, 6-3.",
            "In 1999, 2000 and 2001 it rained.",
        ),
        *(
            "Pages 1234-1239",
            "It lies at 52.5200, 13.4050.",
            "It costs $1,299.99 or €1.299,99.",
            "A 1:50,000 map",
            "Chapter 5 2024",
        ),
        *(
            "Stop on 2024-05-12 10:30 UTC.",
            "9-12 and 14-18",
            "3,000-4,000 steps",
            "The dot in the middle",
            "i.d.R. z.B. u.a.",
        ),
        *(
            "The point to note is this.",
            "Ende.Dann kam er.",
            "Hubble (1889 - 1953) saw it.",
            "the years (1889-1953), 1889 to 1953",
            "конец.Это начало",
            "这是结束。中国是大国。",
        ),
    ],
)
def test_quantities_dates_and_abbreviations_are_no_contacts(text: str) -> None:
    assert not adds_contact(text, [])


def test_a_contact_is_known_as_a_whole_only() -> None:
    known = ["Call 030 1234567 or see bank.example.com.evil.org."]

    assert adds_contact("Call 030 1234599.", known)
    assert adds_contact("Call 1234567 890.", known)
    assert adds_contact("See bank.example.com.", known)


def test_a_name_of_a_file_may_stand_nearby_but_a_host_may_not() -> None:
    assert not adds_contact("The file pg_hba.conf is read.", ["This file is read."], ["pg_hba.conf"])
    assert adds_contact("The file pg_hba.conf is read.", ["This file is read."])
    assert adds_contact("See evil.com.", ["This page."], ["evil.com"])


def test_a_messenger_is_a_contact_only_as_a_way_to_reach_somebody() -> None:
    assert adds_contact("Ask them on Telegram.", ["Ask them."])
    assert adds_contact("Пишите в Телеграме.", ["Пишите."])
    assert adds_contact("Join the WhatsApp group.", ["Join the group."])
    assert not adds_contact("Facebook bought Instagram in 2012.", ["It was bought by the company."])
    assert not adds_contact("Ask them on Telegram.", ["Messenger: Telegram (Northport)"])
