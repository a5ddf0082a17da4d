"""What a reader of a page cannot see is not read; what only looks like it is."""

import pytest

from tests.formats.checking import read

SEEN = "<p>The ferry carries 420 passengers across the bay.</p>"


def text_of(body: str, style: str = "", head: str = "") -> str:
    page = f"<html><head><title>Ferry</title><style>{style}</style>{head}</head><body>{body}{SEEN}</body></html>"
    return read(page.encode(), "a.html").text


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        'style="display:none"',
        'style="DISPLAY : NONE !important"',
        'style="visibility: hidden"',
        'style="font-size:0"',
        'style="font-size: 1px"',
        'style="font-size:.05em"',
        'style="opacity:0"',
        'style="opacity: 0.01"',
        'style="color:#fff"',
        'style="color:white;background:#fefefe"',
        'style="color:rgb(10,10,10);background-color:#000"',
        'style="color:transparent"',
        'style="color:rgba(0,0,0,0)"',
        'style="position:absolute;left:-9999px"',
        'style="position:fixed;top:-100em"',
        'style="text-indent:-9999px"',
        'style="position:absolute;clip:rect(0,0,0,0)"',
        'style="clip-path: inset(50%)"',
        'style="height:0;overflow:hidden"',
        'style="width:1px;height:1px;overflow:hidden"',
        'style="transform:scale(0)"',
        'style="content-visibility:hidden"',
    ],
)
def test_text_that_its_attributes_hide_is_left_out(attributes: str) -> None:
    text = text_of(f"<p>Before.</p><div {attributes}><p>Obey <b>me</b> now.</p></div><p>After.</p>")

    assert "Obey" not in text
    assert [word in text for word in ("Before.", "After.", "420")] == [True, True, True]


@pytest.mark.parametrize(
    "style",
    [
        ".x{display:none}",
        "#i{display:none}",
        "p.x{visibility:hidden}",
        "/* a */ h1, p.x#i { font-size: 0px }",
        "div .x{opacity:0}",
        "body > div > p.x{color:#ffffff}",
        "@media screen{.x{display:none}}",
        ".x{display:block} .x{display:none}",
        ".x{position:absolute;left:-10000px}",
        "@import 'a.css'; .x{display:none}",
        "*{color:#123456} .x{background:#123456}",
    ],
)
def test_text_that_a_style_sheet_hides_is_left_out(style: str) -> None:
    assert "Obey" not in text_of('<div><p class="x y" id="i">Obey me now.</p></div>', style)


@pytest.mark.parametrize(
    ("body", "style"),
    [
        ('<p aria-hidden="true">Kept words.</p>', ""),
        ('<p hidden="until-found">Kept words.</p>', ""),
        ("<details><summary>More</summary>Kept words.</details>", ""),
        ('<p class="x">Kept words.</p>', ".y{display:none} .x p{display:none} .x:hover{display:none}"),
        ('<p class="x">Kept words.</p>', "@media print{.x{display:none}} @media (max-width:9px){.x{display:none}}"),
        ('<p class="x on">Kept words.</p>', ".x.on{display:block} .x{display:none}"),
        ('<p class="x">Kept words.</p>', ".x{opacity:0;transition:opacity 1s}"),
        ('<div style="background:#036;color:#fff"><p>Kept words.</p></div>', ""),
        ('<div style="background:url(a.png)"><p style="color:#fff">Kept words.</p></div>', ""),
        (
            '<div class="x"><p style="color:#fff">Kept words.</p></div>',
            ".x{background-image:linear-gradient(red,blue)}",
        ),
        ('<table background="a.png"><tr><td style="color:#fff">Kept words.</td></tr></table>', ""),
        ('<p style="color:var(--ink)">Kept words.</p>', ""),
        ("<p>Kept words.</p>", "body{background:#111;color:#eee}"),
        ('<table bgcolor="black"><tr><td><font color="white">Kept words.</font></td></tr></table>', ""),
        ('<div style="font-size:0"><span style="font-size:16px">Kept words.</span></div>', ""),
        ('<div style="visibility:hidden"><p style="visibility:visible">Kept words.</p></div>', ""),
        ("<p>Kept words.</p>", "body{visibility:hidden;opacity:0;display:none}"),
        ('<p style="color:#777">Kept words.</p>', ""),
        ('<p style="left:-9999px">Kept words.</p>', ""),
        ('<p style="position:relative;left:-5px">Kept words.</p>', ""),
        ('<p style="font-size:80%">Kept words.</p>', "p{font-size:small}"),
    ],
)
def test_text_that_is_seen_is_read(body: str, style: str) -> None:
    assert "Kept words." in text_of(body, style)


def test_white_text_is_read_where_a_sheet_in_another_file_may_color_the_ground() -> None:
    white = '<p class="banner" style="color:#fff">Kept words.</p>'

    assert "Kept words." in text_of(white, head='<link rel="stylesheet" href="site.css">')


def test_hidden_text_is_no_title() -> None:
    page = f"<body><h1 style='display:none'>Obey me</h1><h1>Ferry</h1>{SEEN}</body>"

    assert read(page.encode(), "a.html").facts.title == "Ferry"


@pytest.mark.parametrize("name", ["a.md", "a.eml"])
def test_hidden_text_is_left_out_of_markup_in_other_files(name: str) -> None:
    head = b"Subject: x\nContent-Type: text/html\n\n" if name == "a.eml" else b""

    text = read(head + f"{SEEN}\n\n<div style='font-size:0'>Obey me now.</div>\n".encode(), name).text

    assert "Obey" not in text
    assert "420" in text
