"""Ask the naive chatbot, the quoting answerer and the LLM questions of several sets; print a table.

    python -m benchmarks.outcomes OUT.jsonl [--cases FOLDER] [--only NAME ...] [--answerers LIST]

The sets are those of evals/everyday without calibration (council, school, verein), the reworded
seed questions, a sample of the manuals judged by words and, with --cases, inputs of bug reports
with a `questions.tsv` of regular expressions. OUT gets one line per answer at once. A run continues
where an earlier one stopped, and the table shows all of OUT.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from rag.answering.answerer import Answerer
from rag.assembly.engine import Engine, make_answerer, open_engine
from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import Settings, read_settings
from rag.cli.output import print_table
from rag.errors import RagError
from rag.evaluation.metrics.bootstrap import mean_interval
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.naive import NaiveChatbot, make_naive_chatbot
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.evaluation.run import ask
from rag.index.build import update_index
from rag.text.stemming import stem
from rag.text.words import coverage, split_words, stems_of
from rag.types import Turn

SEED = 1
EVERYDAY = ("council", "school", "verein")
N_MANUALS = 40
# Share of the content words of a gold answer that a right answer holds.
SHARE_OF_WORDS = 0.6
ANSWERERS = ("naive", "quoting", "llm")
VERDICTS = ("right", "wrong", "partly", "possible", "declined")


@dataclass(frozen=True, slots=True)
class PatternQuestion(GoldQuestion):
    """A question whose right answer matches all its regular expressions; without any, none does.

    Attributes:
        turns: Questions that are asked before it.
        is_open: Any answer is right unless the system abstains.
    """

    patterns: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def is_answerable(self) -> bool:
        return self.is_open or bool(self.patterns)

    def is_answered_by(self, text: str) -> bool:
        return self.is_open or (bool(self.patterns) and all(re.search(one, text) for one in self.patterns))


@dataclass(frozen=True, slots=True)
class WordsQuestion(GoldQuestion):
    """A question whose right answer holds most of the content words of a gold answer."""

    def is_answered_by(self, text: str) -> bool:
        said = stems_of(split_words(text, stem))
        wanted = ([word.stem for word in split_words(answer, stem) if word.is_content] for answer in self.answers)
        return any(words and coverage(words, said) >= SHARE_OF_WORDS for words in wanted)


@dataclass(frozen=True)
class QuestionSet:
    """A name, the documents, and what is asked."""

    name: str
    corpus: Path
    questions: tuple[GoldQuestion, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--answerers", default=",".join(ANSWERERS), help="comma-separated")
    arguments = parser.parse_args()
    sets = [one for one in read_sets(arguments.cases) if not arguments.only or one.name in arguments.only]
    done = read_done(arguments.out)
    for one in sets:
        wanted = [
            (answerer, gold)
            for answerer in arguments.answerers.split(",")
            for gold in one.questions
            if (one.name, answerer, gold.id) not in done
        ]
        if wanted:
            with tempfile.TemporaryDirectory(prefix="outcomes-") as folder:
                settings = read_settings({"index_folder": Path(folder)})
                try:
                    update_index(
                        one.corpus, settings.index_folder, index_options(settings), partial(open_encoder, settings)
                    )
                except RagError as error:
                    print(f"{one.name}: {error}", flush=True)
                    write_unread(one, wanted, arguments.out)
                else:
                    asyncio.run(run(one, settings, wanted, arguments.out))
    print_outcomes(list(read_done(arguments.out).values()))


def read_sets(cases: Path | None) -> Iterator[QuestionSet]:
    for name in EVERYDAY:
        folder = Path("evals/everyday") / name
        yield QuestionSet(name, folder / CORPUS_FOLDER, tuple(read_questions(folder)))
    yield QuestionSet("seed-reworded", Path("seeds"), tuple(read_questions(Path("evals/seed-reworded"))))
    manuals = read_questions(Path("evals/manuals"))
    drawing = random.Random(SEED)  # noqa: S311 -- a fixed sample, not secret
    answerable = drawing.sample([one for one in manuals if one.is_answerable], N_MANUALS)
    others = drawing.sample([one for one in manuals if not one.is_answerable], N_MANUALS // 2)
    judged = tuple(
        WordsQuestion(one.id, one.question, one.document, one.answers, one.spans, one.passage)
        for one in [*answerable, *others]
    )
    yield QuestionSet("manuals", Path("evals/manuals") / CORPUS_FOLDER, judged)
    if cases:
        yield from read_cases(cases)


def read_cases(cases: Path) -> Iterator[QuestionSet]:
    by_folder: dict[str, list[GoldQuestion]] = {}
    for number, line in enumerate((cases / "questions.tsv").read_text(encoding="utf-8").splitlines()):
        if line.startswith("#") or not line.strip():
            continue
        folder, asked, expected = line.split("\t")
        *turns, question = asked.split("||")
        patterns = () if expected in {"NONE", "ANY"} else tuple(expected.split("&&"))
        by_folder.setdefault(folder, []).append(
            PatternQuestion(
                f"{folder}-{number}",
                question,
                None,
                (),
                (),
                patterns=patterns,
                turns=tuple(turns),
                is_open=expected == "ANY",
            )
        )
    for folder, questions in by_folder.items():
        yield QuestionSet(f"cases/{folder}", cases / folder, tuple(questions))


async def run(one: QuestionSet, settings: Settings, wanted: Sequence[tuple[str, GoldQuestion]], out: Path) -> None:
    # With the same boundaries in the prompts, an LLM gives the same replies.
    engine = await open_engine(settings, Random(SEED))  # noqa: S311 -- these prompts are not exposed
    try:
        answerers = make_answerers(settings, engine)
        for name, gold in wanted:
            line = {"set": one.name, "answerer": name, **await judge(answerers[name], gold)}
            with out.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            print(one.name, name, gold.id, line["verdict"], flush=True)
    finally:
        await engine.close()


def make_answerers(settings: Settings, engine: Engine) -> Mapping[str, Answerer | NaiveChatbot]:
    return {
        "naive": make_naive_chatbot(settings, engine),
        "quoting": make_answerer(settings, engine.retriever, None),
        "llm": engine.answerer,
    }


async def judge(answerer: Answerer | NaiveChatbot, gold: GoldQuestion) -> dict[str, object]:
    history: list[Turn] = list(gold.history)
    for turn in gold.turns if isinstance(gold, PatternQuestion) else ():
        history.append((await ask(answerer, replace(gold, question=turn, history=tuple(history)))).answer.turn)
    judged = await ask(answerer, replace(gold, history=tuple(history)))
    return {
        "id": gold.id,
        "question": gold.question,
        "answerable": gold.is_answerable,
        "outcome": judged.answer.outcome,
        "verdict": "right" if is_greeted(gold, judged.answer.outcome) else judged.verdict,
        "useful": judged.is_useful or is_greeted(gold, judged.answer.outcome),
        "answer": judged.answer.answer,
        "answered_by": judged.answer.answered_by,
        "degraded": judged.answer.degraded,
        "confidence": judged.answer.confidence,
        "first_text_ms": judged.first_text_ms,
        "total_ms": round(judged.total_ms, 1),
    }


def is_greeted(gold: GoldQuestion, outcome: str) -> bool:
    return isinstance(gold, PatternQuestion) and gold.is_open and outcome in {"answered", "partly"}


def write_unread(one: QuestionSet, wanted: Sequence[tuple[str, GoldQuestion]], out: Path) -> None:
    """Count questions about documents that cannot be read as declined, for every answerer."""
    with out.open("a", encoding="utf-8") as lines:
        for name, gold in wanted:
            line = {"set": one.name, "answerer": name, "id": gold.id, "question": gold.question}
            line |= {"answerable": gold.is_answerable, "outcome": "declined", "verdict": "declined", "useful": False}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_done(out: Path) -> dict[tuple[str, str, str], dict[str, object]]:
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(row["set"], row["answerer"], row["id"]): row for row in rows}


def print_outcomes(rows: Sequence[dict[str, object]]) -> None:
    by_name = {"all": list(rows)}
    for row in rows:
        by_name.setdefault(str(row["set"]).partition("/")[0], []).append(row)
    table = [("set", "answerer", "answerable", *VERDICTS, "useful", "absent", "answered", "possible", "declined")]
    for name in [*list(by_name)[1:], "all"]:
        for answerer in ANSWERERS:
            own = [row for row in by_name[name] if row["answerer"] == answerer]
            if own:
                table.append((name, answerer, *counts(own)))
    print_table(table)
    for answerer in ANSWERERS[1:]:
        print_difference(by_name["all"], answerer)


def counts(rows: Sequence[dict[str, object]]) -> list[str]:
    answerable = [row for row in rows if row["answerable"]]
    others = [row for row in rows if not row["answerable"]]
    n_useful = sum(bool(row["useful"]) for row in answerable)
    useful = f"{n_useful} ({n_useful / len(answerable):.0%})" if answerable else "-"
    shown = [str(sum(row["verdict"] == verdict for row in answerable)) for verdict in VERDICTS]
    told = [str(sum(row["verdict"] == verdict for row in others)) for verdict in ("wrong", "possible", "declined")]
    return [str(len(answerable)), *shown, useful, str(len(others)), *told]


def print_difference(rows: Sequence[dict[str, object]], answerer: str) -> None:
    """Print how an answerer differs from the naive chatbot on their common questions."""
    by_answerer = {
        name: {(row["set"], row["id"]): row for row in rows if row["answerer"] == name} for name in ANSWERERS
    }
    common = sorted(by_answerer["naive"].keys() & by_answerer[answerer].keys(), key=str)
    for verdict in ("right", "wrong") if common else ():
        changes = [
            float(by_answerer[answerer][key]["verdict"] == verdict)
            - float(by_answerer["naive"][key]["verdict"] == verdict)
            for key in common
        ]
        found, n = mean_interval(changes, seed=SEED), len(common)
        print(
            f"{answerer} minus naive, {verdict}: {found.value * n:+.0f} of {n} "
            f"(95 % interval {found.low * n:+.0f} to {found.high * n:+.0f})"
        )


if __name__ == "__main__":
    main()
