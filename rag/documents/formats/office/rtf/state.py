"""The words that say where text of a rich text file goes, and what holds in a group of it."""

from dataclasses import dataclass

from rag.documents.formats.office.rtf.story import Story

SKIPPED = frozenset(
    """ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn listtable listoverridetable listpicture rsidtbl themedata filetbl
    colorschememapping xmlnstbl generator revtbl fldinst bkmkstart bkmkend nonshppict nonesttables objdata
    sn sv shprslt objclass objname atnid atrfstart atrfend atndate atnref atntime panose falt pgptbl latentstyles
    pn pnseclvl datastore userprops docvar xe tc txe rxe template mmathPr defchp defpap private passwordhash""".split()  # noqa: SIM905
)
FACTS = {"title", "author", "keywords"}
HEADERS = {f"{name}{kind}" for name in ("header", "footer") for kind in ("", "l", "r", "f")}
STORIES = {"footnote": "footnote", "annotation": "comment", "shptxt": "box", "dptxbxtext": "box"}
# A destination that is marked as one to skip where it is unknown, and is known here.
KNOWN = {*STORIES, "shpinst", "atnauthor", "nesttableprops", "ud", "shppict", "listtext", "pntext", "picprop"}
TEXTS = {
    "tab": " ",
    "line": " ",
    "page": " ",
    "column": " ",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
SYMBOLS = {"~": "\u00a0", "_": "-", "-": "", "\\": "\\", "{": "{", "}": "}"}


@dataclass(slots=True)
class State:
    """What holds in a group; a group within begins with a copy.

    Attributes:
        to: Where text goes: "text", a fact, "number" and so on, or "skip".
        n_skipped: How many characters behind a Unicode character stand for it in old programs.
        shade: Of the paragraph.
    """

    to: str = "text"
    n_skipped: int = 1
    font: int = -1
    size: int = 24
    color: int | None = None
    ground: int | None = None
    shade: int | None = None
    is_hidden: bool = False
    is_deleted: bool = False
    style: int = 0
    outline: int | None = None
    depth: int = 0
    is_listed: bool = False
    story: Story | None = None
