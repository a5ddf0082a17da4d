"""Look up cells of tables in nine formats, and ask questions about them.

    python -m benchmarks.tables [--only cells|questions] [--seed 19] [--output OUT.json]

The tables are made from the seed: see `known_tables.making`. A cell is "right" if one block says
its row, its column and its value. It is "wrong" if the block says the column with the value of
another cell, and "missing" otherwise. Cells are read with `read_file`, without an index. Questions
are asked in collections of about ten tables, each with an index of its own, without an LLM.
`--keep FOLDER` copies there the files with wrong or missing cells.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

from benchmarks.known_tables.judging import SECTION, Judged, Lookup, TextJudge, draw_lookups
from benchmarks.known_tables.making import make_files
from benchmarks.known_tables.questions import KINDS, TableQuestion, draw_questions, judge_answer
from benchmarks.known_tables.values import KnownFile
from benchmarks.known_tables.writing import write_files
from rag.assembly.encoder_choice import build_index
from rag.assembly.engine import make_answerer, open_engine
from rag.assembly.settings import read_settings
from rag.cli.output import print_table
from rag.documents.formats import Limits, read_file
from rag.errors import DocumentUnreadable
from rag.events import AnswerFinished
from rag.types import Answer

SEED = 19
N_TABLES, N_CELLS, N_QUESTIONS = 200, 2000, 500
VERDICTS = ("right", "wrong", "missing")
ANSWER_VERDICTS = ("right", "wrong", "abstained")
N_EXAMPLES = 3

Row = Mapping[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("cells", "questions"))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--tables", type=int, default=N_TABLES)
    parser.add_argument("--cells", type=int, default=N_CELLS)
    parser.add_argument("--questions", type=int, default=N_QUESTIONS)
    parser.add_argument("--output", type=Path, help="a JSON file of every cell and question")
    parser.add_argument("--keep", type=Path, help="a folder for the files with wrong or missing cells")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tables-") as name:
        folder = Path(name)
        made = list(make_files(arguments.tables, seeded(arguments.seed)))
        files = write_files(made, folder)
        if len(files) < len(made):
            print(f"{len(made) - len(files)} files are left out: soffice is missing.")
        kept: dict[str, list[Row]] = {}
        if arguments.only != "questions":
            kept["cells"] = look_up_cells(files, folder, arguments.cells, arguments.seed)
            print_cells(kept["cells"])
            if arguments.keep:
                keep_files(kept["cells"], folder, arguments.keep)
        if arguments.only != "cells":
            kept["questions"] = ask_collections(files, folder, arguments.questions, arguments.seed)
            print_questions(kept["questions"])
    if arguments.output:
        arguments.output.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def seeded(*parts: object) -> Random:
    return Random("/".join(map(str, parts)))  # noqa: S311 -- made tables, not secret


def look_up_cells(files: Sequence[KnownFile], folder: Path, n_cells: int, seed: int) -> list[Row]:
    n_tables = sum(len(file.tables) for file in files)
    rows: list[Row] = []
    for file in files:
        # A form has fewer cells than its share, so the others get a little more.
        n_of_table = -(-n_cells // max(1, n_tables)) + 1
        rows += judge_file(file, (folder / file.name).read_bytes(), n_of_table, seeded(seed, file.name))
    return rows if len(rows) <= n_cells else sorted_sample(rows, n_cells, seeded(seed))


def sorted_sample(rows: Sequence[Row], n_rows: int, chance: Random) -> list[Row]:
    return [rows[place] for place in sorted(chance.sample(range(len(rows)), n_rows))]


def judge_file(file: KnownFile, content: bytes, n_cells: int, chance: Random) -> Iterator[Row]:
    lookups = [draw_lookups(table, n_cells, chance) for table in file.tables]
    try:
        _, parsed = read_file(content, file.name, Limits())
    except DocumentUnreadable as error:
        for lookup in (one for some in lookups for one in some):
            yield describe_cell(file, lookup, Judged("missing", f"unreadable: {error}"))
        return
    for table, some in zip(file.tables, lookups, strict=True):
        judge = TextJudge(table, parsed)
        for lookup in some:
            yield describe_cell(file, lookup, judge.judge(lookup))


def describe_cell(file: KnownFile, lookup: Lookup, judged: Judged) -> Row:
    table = lookup.table
    row = (*table.rows, table.total)[lookup.row]
    is_section = lookup.column == SECTION
    return {
        "file": file.name,
        "format": file.format,
        "features": sorted(table.features),
        "row": row[table.key].text,
        "column": "(section)" if is_section else " / ".join(table.columns[lookup.column].parts),
        "value": table.sections[lookup.row] if is_section else row[lookup.column].text,
        "verdict": judged.verdict,
        "reason": judged.reason,
        "said": judged.said[:400],
    }


def print_cells(rows: Sequence[Row]) -> None:
    print_shares("format", rows, lambda row: [str(row["format"])], VERDICTS)
    print_shares("feature", rows, lambda row: row["features"], VERDICTS)  # type: ignore[arg-type,return-value]  # a list of texts
    reasons = Counter((row["verdict"], row["reason"]) for row in rows if row["verdict"] != "right")
    for (verdict, reason), n_cells in reasons.most_common():
        print(f"\n{verdict}: {reason} ({n_cells})")
        examples = [row for row in rows if (row["verdict"], row["reason"]) == (verdict, reason)]
        for row in examples[:: max(1, len(examples) // N_EXAMPLES)][:N_EXAMPLES]:
            print(f"  {row['file']}: {row['row']} | {row['column']} = {row['value']!r}; said: {str(row['said'])[:200]}")


def print_shares(
    name: str, rows: Sequence[Row], groups_of: Callable[[Row], Iterable[str]], verdicts: Sequence[str]
) -> None:
    counts: dict[str, Counter[object]] = {}
    for row in rows:
        for group in (*groups_of(row), "all"):
            counts.setdefault(group, Counter())[row["verdict"]] += 1
    ordered = sorted(counts.items(), key=lambda item: (item[0] == "all", item[0]))
    lines = [(name, "n", *verdicts)]
    for group, count in ordered:
        n = count.total()
        lines.append((group, str(n), *(f"{count[verdict] / n:.1%}" for verdict in verdicts)))
    print()
    print_table(lines)


def keep_files(rows: Sequence[Row], folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted({str(row["file"]) for row in rows if row["verdict"] != "right"}):
        (target / name).write_bytes((folder / name).read_bytes())


def ask_collections(files: Sequence[KnownFile], folder: Path, n_questions: int, seed: int) -> list[Row]:
    collections = [list(some) for _, some in groupby(files, key=lambda file: file.collection)]
    rows: list[Row] = []
    for number, some in enumerate(collections):
        n_of_collection = (n_questions - len(rows)) // (len(collections) - number)
        tables = [table for file in some for table in file.tables]
        questions = draw_questions(tables, n_of_collection, seeded(seed, "questions", number))
        rows += ask_collection(some, folder, questions)
        print(f"collection {number + 1} of {len(collections)}: {len(rows)} questions", flush=True)
    return rows


def ask_collection(files: Sequence[KnownFile], folder: Path, questions: Sequence[TableQuestion]) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tables-") as work:
        documents = Path(work) / "documents"
        documents.mkdir()
        for file in files:
            (documents / file.name).write_bytes((folder / file.name).read_bytes())
        settings = read_settings({"index_folder": Path(work) / "index", "llm": "extractive"})
        build_index(settings, documents)
        answers = asyncio.run(ask_all(settings, questions))
    files_by_table = {id(table): file for file in files for table in file.tables}
    return [
        describe_answer(files_by_table[id(question.table)], question, answer)
        for question, answer in zip(questions, answers, strict=True)
    ]


async def ask_all(settings: object, questions: Sequence[TableQuestion]) -> list[Answer]:
    engine = await open_engine(settings)  # type: ignore[arg-type]  # of read_settings
    answers = []
    try:
        answerer = make_answerer(settings, engine.retriever, None)  # type: ignore[arg-type]  # see above
        for question in questions:
            events = [event async for event in answerer.answer(question.text, [])]
            answers += [event.answer for event in events if isinstance(event, AnswerFinished)]
    finally:
        await engine.close()
    return answers


def describe_answer(file: KnownFile, question: TableQuestion, answer: Answer) -> Row:
    return {
        "file": file.name,
        "format": file.format,
        "features": sorted(question.table.features),
        "language": question.table.theme.language,
        "kind": question.kind,
        "question": question.text,
        "gold": question.gold,
        "outcome": answer.outcome,
        "verdict": judge_answer(question, answer),
        "answer": answer.answer[:1000],
    }


def print_questions(rows: Sequence[Row]) -> None:
    print_shares("kind", rows, lambda row: [str(row["kind"])], ANSWER_VERDICTS)
    print_shares("format", rows, lambda row: [str(row["format"])], ANSWER_VERDICTS)
    print_shares("feature", rows, lambda row: row["features"], ANSWER_VERDICTS)  # type: ignore[arg-type,return-value]  # a list of texts
    print_shares("language", rows, lambda row: [str(row["language"])], ANSWER_VERDICTS)
    for kind in KINDS:
        for row in [row for row in rows if row["kind"] == kind and row["verdict"] != "right"][:N_EXAMPLES]:
            print(f"\n{kind}, {row['verdict']}: {row['question']} ({row['file']})")
            print(f"  gold: {str(row['gold'])[:200]}\n  {row['outcome']}: {str(row['answer'])[:300]}")


if __name__ == "__main__":
    main()
