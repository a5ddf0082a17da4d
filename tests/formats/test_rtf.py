"""Rich text files are read with their structure, in all encodings, without what is not seen."""

import time

import pytest

from rag.errors import DocumentUnreadable
from rag.types import LeftOut
from tests.formats.checking import headings_of, media_type, read, read_or_refuse, says_what_to_do, told

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}"
    rb"{\f2\fcharset2 Symbol;}{\f3\fcharset128 MS Mincho;}}{\colortbl;\red255\green0\blue0;\red255\green255\blue255;}"
    rb"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2\sbasedon1 Mine;}"
    rb"{\s3 Title;}{\s4\outlinelevel2 Part;}}"
    rb"{\info{\title Ferry rules}{\author Ines Moreau}{\author Omar}{\creatim\yr2024\mo3\dy4}"
    rb"{\revtim\yr2024\mo5\dy6\hr10}{\keywords ferry, rules}}"
)


def make_rtf(body: str | bytes) -> bytes:
    return HEAD + (body if isinstance(body, bytes) else body.encode("ascii")) + b"}"


def text_of(body: str | bytes) -> str:
    return read(make_rtf(body), "a.rtf").text


def test_headings_lists_and_facts_are_read() -> None:
    parsed = read(
        make_rtf(
            r"\pard\s3 Rules\par\pard\s1{\listtext 1.\tab}Boarding\par\pard\s0 Board at the bow.\par"
            r"\pard\s4 Bikes\par\pard{\listtext\f2 \'b7\tab}\ls1 First\par\pard{\*\pntext a)\tab}Second\par"
            r"\pard\s2 Leaving\par\pard\plain Leave by the stern.\par"
        ),
        "a.rtf",
    )

    assert told(parsed) == [
        ("heading", "Rules"),
        ("heading", "1. Boarding"),
        ("paragraph", "Board at the bow."),
        ("heading", "Bikes"),
        ("item", "First"),
        ("item", "a) Second"),
        ("heading", "Leaving"),
        ("paragraph", "Leave by the stern."),
    ]
    assert headings_of(parsed, "Second") == ("Rules", "1. Boarding", "Bikes")
    facts = parsed.facts
    assert (facts.title, facts.author, facts.date, facts.tags) == (
        "Ferry rules",
        "Ines Moreau",
        "2024-05-06",
        ("ferry", "rules"),
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"caf\'e9 \u8364? 5\~000\_a", "caf\u00e9 \u20ac 5 000-a"),
        (rb"\f1 \'ef\'f0\'e8\'e2\'e5\'f2", "\u043f\u0440\u0438\u0432\u0435\u0442"),
        (rb"\f3 \'93\'fa\'96\'7b", "\u65e5\u672c"),
        (rb"\uc2\u233\'c3\'a9t\uc0\u233\uc1 e", "\u00e9t\u00e9e"),
        (rb"\uc0 \u55296\uc1 \u57138\'3f!", "\U00010332!"),
        (rb"\u-10179?\u-8704? ok", "\U0001f600 ok"),
        (rb"a\emdash b \lquote c\rquote", "a\u2014b \u2018c\u2019"),
        (b"raw caf\xe9", "raw caf\u00e9"),
        (rb"one\line two\tab three", "one two three"),
        (rb"a\-b \{c\} \\d", "ab {c} \\d"),
        (rb"{\upr{old}{\*\ud{new}}}", "new"),
        (rb"a{\pict\bin8 }}{{}}{{ }b", "ab"),
        (b"one\\\ntwo", "one\n\ntwo"),
    ],
)
def test_characters_are_read_in_all_their_forms(body: bytes, text: str) -> None:
    assert text_of(body) == text


CELLS = r"\cellx2000\cellx4000\cellx6000"


def row(*cells: str, frame: str = CELLS) -> str:
    return r"\trowd" + frame + r"\pard\intbl " + "".join(f"{cell}\\cell " for cell in cells) + r"\row"


def test_merged_cells_count_for_all_that_they_cover() -> None:
    first, after = r"\clvmgf\cellx2000\cellx4000\cellx6000", r"\clvmrg\cellx2000\cellx4010\cellx6000"
    wide = r"\clvmgf\cellx2000\cellx6000"
    body = (
        row("Building", "Rooms", frame=r"\trhdr" + wide)
        + row("", "Room", "Seats", frame=r"\trhdr\clvmrg\cellx2000\cellx4000\cellx6000")
        + row("Foundry", "F1", "12", frame=first)
        + row("", "F2", "30", frame=after)
        + row("Mill", r"M1\par north", "45")
        + r"\pard After.\par"
    )

    assert told(read(make_rtf(body), "a.rtf")) == [
        ("row", "Building: Foundry; Rooms Room: F1; Rooms Seats: 12"),
        ("row", "Building: Foundry; Rooms Room: F2; Rooms Seats: 30"),
        ("row", "Building: Mill; Rooms Room: M1 north; Rooms Seats: 45"),
        ("paragraph", "After."),
    ]


def test_a_table_in_a_cell_follows_under_the_name_of_its_row() -> None:
    def inner(*cells: str) -> str:
        texts = "".join(f"\\pard\\intbl\\itap2 {cell}\\nestcell " for cell in cells)
        return texts + r"{\*\nesttableprops\trowd\cellx1000\cellx2000\nestrow}{\nonesttables\par}"

    body = row("Building", "Keeper", "Rooms") + row(
        "Mill", "Omar", inner("Room", "Seats") + inner("F1", "12") + r"\pard\intbl "
    )

    assert told(read(make_rtf(body), "a.rtf")) == [
        ("row", "Building: Mill; Keeper: Omar"),
        ("heading", "Mill"),
        ("row", "Room: F1; Seats: 12"),
    ]


def test_notes_comments_and_boxes_follow_their_paragraph() -> None:
    body = (
        r"It opens{\super\chftn{\*\footnote\pard\plain{\super\chftn} Only for seals.}} at seven"
        r"{\*\footnote\ftnalt Since 2024.}{\*\atnid I}{\*\atnauthor Ines}\chatn{\*\annotation Right?}."
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt\pard Call 7788.\par}}{\shprslt old}}"
        r"It closes at six.\par Next.\par"
    )
    parsed = read(make_rtf(body), "a.rtf")

    assert parsed.text.split("\n\n") == [
        "It opens at seven. It closes at six.",
        "Footnote 1: Only for seals.",
        "Endnote 1: Since 2024.",
        "Comment by Ines: Right?",
        "Call 7788.",
        "Next.",
    ]
    assert parsed.counts == {"comment": 1, "footnote": 2}


@pytest.mark.parametrize(
    "hidden", [r"\v ", r"\deleted ", r"\fs2 ", r"\cf2 ", r"\cf1\chcbpat1 ", r"\*\unknown ", r"\field\fldinst "]
)
def test_what_is_hidden_or_deleted_is_left_out(hidden: str) -> None:
    assert text_of(f"Seen {{{hidden}Obey me.}}words.") == "Seen words."


def test_what_word_and_textedit_write_besides_is_no_text() -> None:
    styles = r"{\stylesheet{\s7 toc 1;}{\s8 heading 2,Part,h2;}{\*\cs10 Default Font;}}"
    body = (
        styles + r"{\*\pnseclvl1\pnucrm{\pntxta .}}{\*\expandedcolortbl;;}\pard\s7 Boarding 3\par"
        r"\pard\s8 Boarding\par\pard{\pntext\f2\'b7\tab}{\pn\pnlvlblt{\pntxtb\'b7}}Tea\par"
        r"\pard{\field{\*\fldinst HYPERLINK x}{\fldrslt{Buns}}}{\object{\*\objdata 00ff}{\result shown}}"
    )

    assert told(read(make_rtf(body), "a.rtf")) == [
        ("heading", "Boarding"),
        ("item", "Tea"),
        ("paragraph", "Bunsshown"),
    ]


@pytest.mark.parametrize("shown", [r"\v\v0 ", r"\cf2\chcbpat1 ", r"\revised ", r"\cf1 ", r"\field\fldrslt "])
def test_what_is_seen_is_read(shown: str) -> None:
    assert text_of(f"Seen {{{shown}too}}.") == "Seen too."


def test_headers_and_pictures_are_reported() -> None:
    body = (
        r"{\header Secret\par}{\footer\pard\par}Words.{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 00}}\par"
    )
    parsed = read(make_rtf(body), "a.rtf")

    assert parsed.text == "Words."
    assert parsed.left_out == (LeftOut("picture", 1), LeftOut("header-footer", 1))


def test_the_name_of_a_rich_text_file_does_not_matter_and_content_does() -> None:
    assert media_type(make_rtf("Words."), "a.doc") == "application/rtf"
    with pytest.raises(DocumentUnreadable, match=r"is no \.rtf file though its name says so"):
        read(b"Words.", "a.rtf")


def test_a_file_cut_off_or_overwritten_is_read_or_says_what_is_wrong() -> None:
    content = make_rtf(row("Port", "Berths") + row("Alba", "12") + r"\pard Text{\footnote Note}.\par")

    for place in range(0, len(content), 7):
        assert says_what_to_do(read_or_refuse(content[:place] + b"{\\rtf", "a.rtf"))
        assert says_what_to_do(read_or_refuse(content[:place] + b"}\\u\\cell{" + content[place + 5 :], "a.rtf"))


def test_damaged_and_hostile_files_end_quickly() -> None:
    start = time.monotonic()

    assert text_of("Words." + "{" * 9_000) == "Words."
    with pytest.raises(DocumentUnreadable, match="is nested too deeply"):
        text_of("Words." + "{" * 20_000)
    assert text_of("Words." + "}" * 50) == "Words."
    assert text_of("Words." + r"\trowd\itap9999999\intbl x\nestcell" * 500 + r"\cellx99999999" * 5_000).startswith(
        "Words."
    )
    assert text_of(r"Words.\bin999999999 gone") == "Words."
    assert text_of("Words.\\") == "Words.}"
    assert time.monotonic() - start < 10
