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


def test_code_keeps_its_lines_and_indents() -> None:
    fence = "```bash\ncd /var/log\n./clean.sh --older-than 30d\n\n  sync\n```"
    text = f"Run:\n\n{fence}\n\n- step\n\n      a = 1\n      b = 2\n"

    assert told(read(text.encode(), "a.md")) == [
        ("paragraph", "Run:"),
        ("paragraph", "cd /var/log\n./clean.sh --older-than 30d\n\n  sync"),
        ("item", "step"),
        ("item", "a = 1\nb = 2"),
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("> [!NOTE]\n> The pier is closed.", ["The pier is closed."]),
        ("> [!tip]- Quick\n> The pier is closed.", ["Quick The pier is closed."]),
        (
            "!!! note\n    The pier is closed.\n\n    - Use the stern.\n\nAfter.",
            ["The pier is closed.", "Use the stern.", "After."],
        ),
        ('!!! warning "Mind the gap"\n    Jump.\n', ["Mind the gap", "Jump."]),
        ('??? tip\n    A.\n\n    !!! note "B"\n        C.\n    D.\nE.', ["A.", "B", "C.", "D.", "E."]),
        (
            '=== "Linux"\n\n    ```\n    apt install\n      it\n    ```\n\n=== "Mac"\n\n    brew',
            ["Linux", "apt install\n  it", "Mac", "brew"],
        ),
        (":::note\nThe pier is closed.\n:::", ["The pier is closed."]),
        (":::tip[My tip]\n\nJump.\n\n:::", ["My tip", "Jump."]),
        ("::: warning Careful\nJump.\n:::", ["Careful", "Jump."]),
        (":::{note} Careful\nJump.\n:::", ["Careful", "Jump."]),
        ("::: {.callout-note}\nJump.\n:::", ["Jump."]),
        ("```\n!!! note\n::: tip\n[^1]: x\n```", ["!!! note\n::: tip\n[^1]: x"]),
        ("??? what is this", ["??? what is this"]),
        ("Title\n=== \n\nWords.", ["Title", "Words."]),
    ],
)
def test_admonitions_are_read_without_their_marks(text: str, blocks: list[str]) -> None:
    assert [words for _, words in told(read(text.encode(), "a.md"))] == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (
            "It sails.[^1] Daily.\n\nNext.\n\n[^1]: Not in *May*.",
            ["It sails.[1] Daily.", "Footnote 1: Not in May.", "Next."],
        ),
        (
            "A[^b] and B[^a].\n\n[^a]: One.\n[^b]: Two\n    lines.",
            ["A[1] and B[2].", "Footnote 1: Two lines.", "Footnote 2: One."],
        ),
        ("- one[^x]\n- two\n\nEnd.\n\n[^x]: Note.", ["one[1]", "two", "Footnote 1: Note.", "End."]),
        ("|a|b|\n|-|-|\n|1[^x]|2|\n\nEnd.\n\n[^x]: Note.", ["a: 1[1]; b: 2", "Footnote 1: Note.", "End."]),
        ("Words.\n\n[^x]: Unused note.", ["Words.", "Unused note."]),
        ("Words[^x].", ["Words[^x]."]),
        ("It is `a[^x]` here.\n\n[^y]: Y.", ["It is a[^x] here.", "Y."]),
    ],
)
def test_footnotes_stand_below_the_words_that_refer_to_them(text: str, blocks: list[str]) -> None:
    assert [words for _, words in told(read(text.encode(), "a.md"))] == blocks


def test_definitions_and_tables_without_names_are_rows() -> None:
    text = "Bow\n: front\n\nStern\n: back\n: rear\n\n| | |\n|-|-|\n| Length: | 40 m |\n| Beam: | 9 m |\n"

    assert [words for kind, words in told(read(text.encode(), "a.md")) if kind == "row"] == [
        "Bow: front",
        "Stern: back; rear",
        "Length: 40 m",
        "Beam: 9 m",
    ]


def test_raised_numbers_stay_in_their_sentence() -> None:
    text = b"It has 12 m<sup>2</sup> and the 1<sup>st</sup> deck.\nIt is H<sub>2</sub>O."

    assert read(text, "a.md").text == "It has 12 m² and the 1st deck. It is H2O."


@pytest.mark.parametrize(
    "text", ["!!! note\n" * 5_000, ":::" * 50_000, "[^a]: x\n" * 20_000, "[^a]" * 20_000 + "\n\n[^a]: x"]
)
def test_many_marks_are_read_in_a_moment(text: str) -> None:
    assert "Words." in read(f"{text}\n\nWords.".encode(), "a.md").text


def test_a_header_of_words_names_the_columns() -> None:
    text = (
        "| Sport | Fee |\n|---|---|\n| Handball | 3,00 € |\n| Tennis | 2,50 € |\n| Dance | 5,00 € |\n| Choir | none |\n"
    )

    assert read(text.encode(), "a.md").text.splitlines()[-1] == "Sport: Choir; Fee: none"
