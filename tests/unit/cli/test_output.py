"""The summary of `rag index` names what was not read, and how to change it."""

import json
from pathlib import Path

import pytest

from rag.cli.output import index_body, print_index_summary, print_json
from rag.index.build import IndexSummary
from rag.types import LeftOut

SUMMARY = IndexSummary(
    version="v1",
    n_documents=2,
    n_passages=9,
    n_sentences=30,
    is_rebuilt=True,
    other=("a.xyz", "b\x1b[2J.rtf"),
    left_out={
        "a/minutes.pdf": (LeftOut("picture-page", 1, (2,)), LeftOut("header-footer", 4, (1, 2))),
        "costs.xlsx": (LeftOut("hidden-sheet", 1, (), "Old"), LeftOut("comment", 2)),
        "site.html": (LeftOut("navigation", 3),),
    },
    n_pages=4,
    counts={"table": 2},
)


def test_the_summary_lists_what_was_read_and_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_index_summary(SUMMARY, Path("docs"), 1.0)

    assert capsys.readouterr().out.splitlines() == [
        "Indexed docs in 1.0 s: 2 documents, 9 passages, 30 sentences.",
        "Read 4 pages, 2 tables.",
        "Left out parts of 2 files:",
        "  a/minutes.pdf  page 2 is a picture; its words are not searched",
        "  costs.xlsx     the sheet “Old” is hidden; it is not searched; 2 comments are not searched",
        "  Install footnote-rag[ocr], or raise ocr_seconds where it is installed, then run `rag index`.",
        "  Unhide the sheet in the workbook, then run `rag index`.",
        "Did not read 2 files of other kinds: a.xyz, b\\x1b[2J.rtf.",
        "  Save a document among them as PDF or DOCX, then run `rag index`.",
    ]


def test_of_many_files_the_first_ten_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{number:02}.bin" for number in range(23)]
    left_out = {name: (LeftOut("attachment"),) for name in names}

    print_index_summary(IndexSummary("v1", 1, 1, 1, other=tuple(names), left_out=left_out), Path("docs"), 1.0)

    lines = capsys.readouterr().out.splitlines()
    assert lines[2:13] == [
        *(f"  {name}  the attachment is not read" for name in names[:10]),
        "  and 13 more: `rag index --json` / GET /v1/documents",
    ]
    assert lines[-2].endswith("08.bin, 09.bin and 13 more (`rag index --json`).")


def test_json_names_every_part_with_its_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(index_body(SUMMARY, 1.5))

    said = json.loads(capsys.readouterr().out)
    assert (said["index_version"], said["seconds"], said["other"]) == ("v1", 1.5, ["a.xyz", "b\x1b[2J.rtf"])
    assert (said["n_pages"], said["counts"]) == (4, {"table": 2})
    assert said["left_out"]["costs.xlsx"][1] == {
        "what": "comment",
        "n": 2,
        "pages": [],
        "name": "",
        "text": "2 comments are not searched.",
    }
