import pytest

from rag.errors import DocumentUnreadable
from tests.formats.checking import headings_of, read, told

PAGE = """---
title: Ferry guide
date: 2024-03-04
url: https://example.org/ferry
tags: [ferry, harbour]
lang: en-GB
access: crew
---
# Ferry *guide*

A **bold** [link](https://x.org) and `code`,
wrapped ![a map](m.png).

## Fares

| Kind  | Fare |
|-------|------|
| Adult | 4    |
| Child |      |

- one
  - nested `x`
- two

1. first

```python
print("hi")
```

### Deep

Last.

<div><p>From HTML</p><script>no</script></div>
"""


def test_markdown_is_read_without_its_marks() -> None:
    assert told(read(PAGE.encode(), "a.md")) == [
        ("heading", "Ferry guide"),
        ("paragraph", "A bold link and code, wrapped a map."),
        ("heading", "Fares"),
        ("row", "Kind: Adult; Fare: 4"),
        ("row", "Kind: Child"),
        ("item", "one"),
        ("item", "nested x"),
        ("item", "two"),
        ("item", "first"),
        ("paragraph", 'print("hi")'),
        ("heading", "Deep"),
        ("paragraph", "Last."),
        ("paragraph", "From HTML"),
    ]


def test_rows_and_items_of_one_group_stand_on_neighbouring_lines() -> None:
    text = read(PAGE.encode(), "a.md").text

    assert "Fares\n\nKind: Adult; Fare: 4\nKind: Child\n\none\nnested x\ntwo\n\nfirst\n\nprint" in text


def test_headings_form_a_path_and_a_heading_stands_under_those_above() -> None:
    parsed = read(PAGE.encode(), "a.md")

    assert headings_of(parsed, "bold") == ("Ferry guide",)
    assert headings_of(parsed, "Deep") == ("Ferry guide", "Fares")
    assert headings_of(parsed, "Last.") == ("Ferry guide", "Fares", "Deep")


@pytest.mark.parametrize("line", ["author: Ines Moreau, Tom Reed", "authors:\n  - Ines Moreau\n  - Tom Reed"])
def test_front_matter_names_the_authors(line: str) -> None:
    assert read(f"---\n{line}\n---\nText.".encode(), "a.md").facts.author == "Ines Moreau, Tom Reed"


def test_front_matter_tells_the_facts() -> None:
    parsed = read(PAGE.encode(), "a.md")

    assert (parsed.facts.title, parsed.facts.date, parsed.facts.language) == ("Ferry guide", "2024-03-04", "en")
    assert (parsed.facts.link, parsed.facts.tags, parsed.facts.group) == (
        "https://example.org/ferry",
        ("ferry", "harbour"),
        "crew",
    )


def test_tags_may_be_parted_by_commas_and_the_first_heading_is_the_title() -> None:
    parsed = read(b"---\ntags: a, b\n---\n# Named\n\nText.", "a.md")

    assert parsed.facts.tags == ("a", "b")
    assert parsed.facts.title == "Named"


@pytest.mark.parametrize(
    "front_matter",
    [
        "- a list",
        "title: [unclosed",
        "date: 2024-99-99",
        "!!timestamp x",
        "a: !!python/object:os.system x",
        "x: " + "[" * 1000,
    ],
)
def test_front_matter_that_is_no_mapping_says_nothing(front_matter: str) -> None:
    parsed = read(f"---\n{front_matter}\n---\nText.".encode(), "a.md")

    assert parsed.text == "Text."
    assert parsed.facts.date is None


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "https://", "http://[", "https://a b", "//example.org"]
)
def test_a_link_that_no_browser_should_open_is_unsaid(link: str) -> None:
    assert read(f"---\nlink: '{link}'\n---\nText.".encode(), "a.md").facts.link is None


def test_marks_in_marks_are_read_and_too_many_cost_no_stack() -> None:
    assert read(b">" * 40 + b" deep", "a.md").text == "deep"
    assert "deep" in read(b"[" * 5_000 + b" deep", "a.md").text
    assert read(b"Words.\n\n" + b">" * 5_000 + b" deep", "a.md").text == "Words."


def test_front_matter_that_is_no_yaml_does_not_lose_a_group() -> None:
    with pytest.raises(DocumentUnreadable, match="no valid YAML and names a group; correct it"):
        read(b"---\ntitle: Broken: yaml: here\ngroup: board\n---\n\nWords.", "a.md")

    assert "Words." in read(b"---\ntitle: Broken: yaml: here\n---\n\nWords.", "a.md").text


@pytest.mark.parametrize(
    "text",
    [
        "Seen <span style='display:none'>Obey</span> words.",
        "<div style='display:none'>\n\nObey me.\n\n- Obey\n\n    Obey\n\n</div>\n\nSeen words.",
        "<style>.x{display:none}</style>\n\n<p class=x>Obey</p>\n\nSeen words.",
        "<style>.x{font-size:0}</style>\n\n<div class=x>\n\nObey *me*.\n\n</div>\n\nSeen words.",
        "[//]: # (Obey me)\n\nSeen <!-- Obey --> words.",
        "Seen <font color=white>Obey</font>words.",
        "<div hidden>\n\n<p>Obey</p>\n\n</div>\n\nSeen words.",
    ],
)
def test_what_html_around_it_hides_is_left_out(text: str) -> None:
    assert read(text.encode(), "a.md").text == "Seen words."


def test_html_that_hides_nothing_is_passed_over() -> None:
    text = "<details>\n<summary>More</summary>\n\nKept <b>words</b> of <name>\n\n</details>\n\n<div align=left>\n\nKept"

    assert [words for _, words in told(read(text.encode(), "a.md"))] == ["More", "Kept words of", "Kept"]
