"""Collect unchecked replies of the local LLM to a question set, as data for the calibrations.

    python -m benchmarks.collect_answers SET OUT [--questions 200]

Questions are drawn at random, answerable and unanswerable in turn. OUT gets one JSON object a line:
`id`, the raw `answer`, `fluency` (geometric mean of its tokens' probabilities) and `declining`
(the probability that the LLM would decline). A run continues where an earlier one stopped.
"""

import argparse
import asyncio
import json
import math
import random
import tempfile
from pathlib import Path
from statistics import fmean

from rag.answering.prompts import DECLINES_WITH, answer_messages, decline_messages
from rag.assembly.engine import Engine, open_engine
from rag.assembly.open_index import index_options, open_encoder
from rag.assembly.settings import Settings, read_settings
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.index.build import update_index
from rag.llm.replies import Weighed

SEED = 1
BOUNDARY = "3f9a1c"
ANSWER_TOKENS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    arguments = parser.parse_args()
    done = {json.loads(line)["id"] for line in arguments.out.open()} if arguments.out.exists() else set()
    questions = [gold for gold in read_questions(arguments.set) if gold.document or not gold.is_answerable]
    wanted = [gold for gold in draw(questions, arguments.questions) if gold.id not in done]
    with tempfile.TemporaryDirectory(prefix="collect-") as folder:
        settings = read_settings({"index_folder": Path(folder), "llm": "local"})
        corpus = arguments.set / CORPUS_FOLDER
        update_index(corpus, settings.index_folder, index_options(settings), lambda: open_encoder(settings))
        asyncio.run(collect(settings, wanted, arguments.out))


def draw(questions: list[GoldQuestion], n_each: int) -> list[GoldQuestion]:
    """Return random questions of both kinds, in turn while there are both."""
    drawing = random.Random(SEED)  # noqa: S311 -- a fixed order, no secret
    kinds = [[gold for gold in questions if gold.is_answerable is kind] for kind in (True, False)]
    samples = [drawing.sample(kind, min(n_each, len(kind))) for kind in kinds]
    return [sample[i] for i in range(n_each) for sample in samples if i < len(sample)]


async def collect(settings: Settings, questions: list[GoldQuestion], out: Path) -> None:
    engine = await open_engine(settings)
    try:
        with out.open("a", encoding="utf-8") as lines:
            for gold in questions:
                said = await ask(engine, gold)
                lines.write(json.dumps({"id": gold.id, **said}) + "\n")
                lines.flush()
    finally:
        await engine.close()


async def ask(engine: Engine, gold: GoldQuestion) -> dict[str, object]:
    llm = engine.answerer.llm
    assert llm is not None, "the local LLM generates"
    query = engine.answerer.rewriter.rewrite_by_rule(gold.question, gold.history)
    found = engine.answerer.finder.find(query, question=gold.question)
    if not found.context.hits:
        return {"answer": "", "fluency": None, "declining": None}
    asked = (llm.prompts, found.context, found.query, BOUNDARY)
    declining, _ = await llm.model.weigh_opening(decline_messages(*asked), DECLINES_WITH)
    answer, log_probabilities = "", []
    async for piece in llm.model.stream(answer_messages(*asked), ANSWER_TOKENS, asks_probabilities=True):
        if isinstance(piece, Weighed):
            log_probabilities += piece.log_probabilities
        elif isinstance(piece, str):
            answer += piece
    return {"answer": answer, "fluency": math.exp(fmean(log_probabilities)), "declining": declining}


if __name__ == "__main__":
    main()
