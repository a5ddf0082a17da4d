"""Ask the naive chatbot, the quoting answerer and the LLM questions of several sets; print tables.

    python -m benchmarks.outcomes OUT.jsonl [--also FOLDER ...] [--only NAME ...] [--answerers LIST]

The sets are those of evals/everyday, the reworded seed questions, a sample of the manuals judged by
words, and those of --also. OUT gets one line per answer at once. A run continues where an earlier
one stopped, and the tables show all of OUT. "build" and "measure" are the collections of
evals/everyday that may be tuned on, and the others.
"""

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from rag.answering.answerer import Answerer
from rag.assembly.encoder_choice import build_index
from rag.assembly.engine import Engine, make_answerer, open_engine
from rag.assembly.settings import Settings, read_settings
from rag.cli.output import print_table
from rag.errors import RagError
from rag.evaluation.asking import ask, decline
from rag.evaluation.metrics.bootstrap import mean_interval
from rag.evaluation.metrics.outcomes import OutcomeFigures, Result, count_by_kind, count_outcomes
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.evaluation.naive import NaiveChatbot, make_naive_chatbot
from rag.evaluation.sets import Collection, read_set
from rag.evaluation.tables import describe_outcomes, kind_rows, outcome_rows
from rag.text.stemming import stem
from rag.text.words import coverage, split_words, stems_of

SEED = 1
EVERYDAY = Path("evals/everyday")
BUILD = frozenset({"shop", "clinic", "software", "council", "school", "verein"})
N_MANUALS = 40
# Share of the content words of a gold answer that a right answer holds.
SHARE_OF_WORDS = 0.6
ANSWERERS = ("naive", "quoting", "llm")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WordsQuestion(GoldQuestion):
    """A question whose right answer holds most of the content words of a gold answer."""

    def is_answered_by(self, text: str) -> bool:
        said = stems_of(split_words(text, stem))
        wanted = ([word.stem for word in split_words(answer, stem) if word.is_content] for answer in self.answers)
        return any(words and coverage(words, said) >= SHARE_OF_WORDS for words in wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--also", nargs="*", type=Path, default=(), help="folders of further sets")
    parser.add_argument("--only", nargs="*", help="names of collections")
    parser.add_argument("--answerers", default=",".join(ANSWERERS), help="comma-separated")
    arguments = parser.parse_args()
    done = read_done(arguments.out)
    for one in read_sets(arguments.also):
        wanted = [
            (answerer, gold)
            for answerer in arguments.answerers.split(",")
            for gold in one.questions
            if (one.name, answerer, gold.id) not in done
        ]
        if wanted and (not arguments.only or one.name in arguments.only):
            run_collection(one, wanted, arguments.out)
    print_outcomes(list(read_done(arguments.out).values()))


def read_sets(others: Sequence[Path]) -> Iterator[Collection]:
    yield from read_set(EVERYDAY)
    (reworded,) = read_set(Path("evals/seed-reworded"))
    yield replace(reworded, name="seed-reworded", corpus=Path("seeds"))
    (manuals,) = read_set(Path("evals/manuals"))
    yield replace(manuals, name="manuals", questions=draw_manuals(manuals.questions))
    for folder in others:
        for one in read_set(folder):
            yield replace(one, name=f"{folder.resolve().name}/{one.name}".removesuffix("/"))


def draw_manuals(questions: Sequence[GoldQuestion]) -> tuple[GoldQuestion, ...]:
    drawing = random.Random(SEED)  # noqa: S311 -- a fixed sample, not secret
    answerable = drawing.sample([one for one in questions if one.is_answerable], N_MANUALS)
    others = drawing.sample([one for one in questions if not one.is_answerable], N_MANUALS // 2)
    return tuple(
        WordsQuestion(one.id, one.question, one.document, one.answers, one.spans, one.passage)
        for one in [*answerable, *others]
    )


def run_collection(one: Collection, wanted: Sequence[tuple[str, GoldQuestion]], out: Path) -> None:
    if one.corpus is None:
        raise SystemExit(f"{one.folder} has no corpus")
    with tempfile.TemporaryDirectory(prefix="outcomes-") as folder:
        settings = read_settings({"index_folder": Path(folder)})
        try:
            build_index(settings, one.corpus)
        except RagError as error:
            print(f"{one.name}: {error}", flush=True)
            # Nothing can be read, so every answerer declines.
            for name, gold in wanted:
                write(one, name, decline(gold), out)
        else:
            asyncio.run(ask_all(one, settings, wanted, out))


async def ask_all(one: Collection, settings: Settings, wanted: Sequence[tuple[str, GoldQuestion]], out: Path) -> None:
    # With the same boundaries in the prompts, an LLM gives the same replies.
    engine = await open_engine(settings, Random(SEED))  # noqa: S311 -- these prompts are not exposed
    try:
        answerers = make_answerers(settings, engine, {name for name, _ in wanted})
        for name, gold in wanted:
            write(one, name, await ask(answerers[name], gold), out)
    finally:
        await engine.close()


def make_answerers(settings: Settings, engine: Engine, names: set[str]) -> Mapping[str, Answerer | NaiveChatbot]:
    answerers: dict[str, Answerer | NaiveChatbot] = {"llm": engine.answerer}
    answerers["quoting"] = make_answerer(settings, engine.retriever, None)
    if "naive" in names:
        answerers["naive"] = make_naive_chatbot(settings, engine)
    return answerers


def write(one: Collection, answerer: str, judged: JudgedAnswer, out: Path) -> None:
    gold, answer = judged.gold, judged.answer
    line = {
        "set": one.name,
        "answerer": answerer,
        "id": gold.id,
        "question": gold.question,
        "kind": gold.kind,
        "group": group_of(one),
        "answerable": gold.is_answerable,
        "outcome": answer.outcome,
        "verdict": judged.verdict,
        "useful": judged.is_useful,
        "answer": answer.answer,
        "answered_by": answer.answered_by,
        "degraded": answer.degraded,
        "confidence": answer.confidence,
        "first_text_ms": judged.first_text_ms,
        "total_ms": judged.total_ms,
    }
    with out.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(one.name, answerer, gold.id, judged.verdict, flush=True)


def group_of(one: Collection) -> str:
    if one.folder.parent != EVERYDAY:
        return ""
    return "build" if one.name in BUILD else "measure"


def read_done(out: Path) -> dict[tuple[str, str, str], Row]:
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(row["set"], row["answerer"], row["id"]): row for row in rows}


def print_outcomes(rows: Sequence[Row]) -> None:
    for answerer in ANSWERERS:
        own = [row for row in rows if row["answerer"] == answerer]
        if not own:
            continue
        parts: dict[str, list[Row]] = {}
        for row in own:
            parts.setdefault(str(row["set"]).partition("/")[0], []).append(row)
        groups = {name: [row for row in own if row.get("group") == name] for name in ("build", "measure")}
        groups = {name: of_group for name, of_group in groups.items() if of_group}
        print(f"\n{answerer}")
        print_table(outcome_rows("set", {name: count(part) for name, part in {**parts, **groups, "all": own}.items()}))
        for name, part in {**groups, "all": own}.items():
            print(f"\n{answerer}, {name}. {describe_outcomes(count(part))}")
            print_table(kind_rows(count_by_kind(results_of(part)), count(part)))
        if answerer != "naive":
            print_difference(rows, answerer)


def count(rows: Sequence[Row]) -> OutcomeFigures:
    return count_outcomes(results_of(rows))


def results_of(rows: Sequence[Row]) -> list[Result]:
    return [Result(row.get("kind", ""), row["answerable"], row["verdict"], row["useful"]) for row in rows]  # type: ignore[arg-type]  # from JSON


def print_difference(rows: Sequence[Row], answerer: str) -> None:
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
