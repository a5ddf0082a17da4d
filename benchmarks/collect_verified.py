"""Ask the local LLM about labelled claims, as data for `benchmarks.calibrate_support`.

    python -m benchmarks.collect_verified OUT [--squad2 SET] [--conversations SET] [--each 100]

OUT gets one JSON object a line: `key` of the claim, and `verified`, the probability that the LLM
says yes. A run continues where an earlier one stopped.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.claims import (
    LabelledClaim,
    hits_of,
    key_of,
    read_answers,
    read_claims,
    read_conversations,
    read_fresh_claims,
    read_written,
)
from rag.answering.prompts import VERIFIES_WITH, PromptedLlm, verify_messages
from rag.assembly.open_llm import open_llm
from rag.assembly.settings import read_settings
from rag.types import Context

SEED = 1
BOUNDARY = "3f9a1c"
# As much of the texts as the local LLM reads of the documents, roughly.
MOST_CHARACTERS = 2500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--squad2", type=Path)
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--each", type=int, default=100, help="most claims of a set")
    options = parser.parse_args()
    sets = [read_claims(), read_written(), read_fresh_claims()]
    if options.squad2:
        sets.append(read_answers(options.squad2))
    if options.conversations:
        sets.append(read_conversations(options.conversations))
    claims = [one for of_set in sets for one in draw(of_set, options.each)]
    done = {json.loads(line)["key"] for line in options.out.open()} if options.out.exists() else set()
    asyncio.run(collect([one for one in claims if key_of(one) not in done], options.out))


def draw(claims: Iterable[LabelledClaim], most: int) -> list[LabelledClaim]:
    """Return random English claims; those about the same texts follow each other to save time."""
    drawing = random.Random(SEED)  # noqa: S311 -- a fixed order, no secret
    english = [one for one in claims if one.language == "en"]
    return sorted(drawing.sample(english, min(most, len(english))), key=lambda one: one.texts)


async def collect(claims: Sequence[LabelledClaim], out: Path) -> None:
    """Ask about each claim, and append what the LLM says."""
    opened = open_llm(read_settings({"llm": "local", "llm_first_token_seconds": 300, "llm_total_seconds": 600}))
    assert opened.llm is not None, str(opened.problem)
    try:
        with out.open("a", encoding="utf-8") as lines:
            for one in claims:
                verified = await ask(opened.llm, one)
                lines.write(json.dumps({"key": key_of(one), "verified": verified}) + "\n")
                lines.flush()
    finally:
        await opened.close()


async def ask(llm: PromptedLlm, one: LabelledClaim) -> float:
    """Return the probability that the LLM says yes."""
    hits, n_characters = [], 0
    for hit in (hit for number, text in enumerate(one.texts) for hit in hits_of(number, text, one.language)):
        if hits and n_characters + len(hit.passage.text) > MOST_CHARACTERS:
            break
        hits.append(hit)
        n_characters += len(hit.passage.text)
    context = Context(tuple(hits), ("Text",) * len(hits), 0)
    verified, _ = await llm.model.weigh_opening(
        verify_messages(llm.prompts, context, one.claim, BOUNDARY), VERIFIES_WITH, llm.model.deadline()
    )
    assert verified is not None, "the local LLM gives probabilities"
    return verified


if __name__ == "__main__":
    main()
