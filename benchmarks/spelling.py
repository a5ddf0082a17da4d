"""Measure what the correction of misspelt queries changes, and what it costs.

    python -m benchmarks.spelling [--index FOLDER] SET [SET ...]

Each SET is a folder with a corpus. Of its answerable questions a seeded sample is misspelt, two
words in each where there are two, in four ways: a neighbouring key, a doubled or missing letter, a
phonetic spelling, swapped letters. The passages that hold the answer are searched for with the
question as it is, misspelt, and misspelt and corrected. The questions that change although nobody
misspelt them are printed. `--words N` times the search in a vocabulary of N words instead.
"""

import argparse
import statistics
import string
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from rag.assembly.encoder_choice import build_index
from rag.assembly.open_index import open_retriever
from rag.assembly.settings import read_settings
from rag.evaluation.metrics.verdicts import GoldQuestion
from rag.evaluation.question_sets import CORPUS_FOLDER, read_questions
from rag.index.vocabulary import Vocabulary, WordCounts
from rag.retrieval.retriever import Retriever
from rag.text.spelling.sounds import fold
from rag.text.spelling.written import written_words
from rag.text.words import FUNCTION_WORDS

SEED = 18
N_QUESTIONS = 60
MIN_LETTERS = 5
TOP = 5
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SOUNDS = (
    *(("ph", "f"), ("tion", "shun"), ("ck", "k"), ("ie", "ei"), ("ei", "ie"), ("ea", "ee"), ("ss", "s"), ("ll", "l")),
    *(("ible", "able"), ("able", "ible"), ("ence", "ance"), ("ance", "ence"), ("y", "i"), ("c", "k"), ("s", "z")),
)


def hit_neighbour(word: str, chance: Random) -> str:
    """Return the word with one inner letter replaced by a key beside it."""
    place = chance.randrange(1, len(word))
    row = next((row for row in ROWS if word[place].lower() in row), None)
    if row is None:
        return word
    x = row.index(word[place].lower())
    return word[:place] + chance.choice(row[max(0, x - 1) : x] + row[x + 1 : x + 2]) + word[place + 1 :]


def double_or_drop(word: str, chance: Random) -> str:
    """Return the word with one inner letter twice or missing."""
    place = chance.randrange(1, len(word))
    return word[:place] + word[place] * chance.choice((0, 2)) + word[place + 1 :]


def spell_by_sound(word: str, chance: Random) -> str:
    """Return the word with one sound written otherwise; without such a sound another vowel."""
    fitting = [(old, new) for old, new in SOUNDS if old in word[1:]]
    if fitting:
        old, new = chance.choice(fitting)
        return word[0] + word[1:].replace(old, new, 1)
    vowels = [place for place in range(1, len(word)) if word[place] in "aeiou"]
    if not vowels:
        return word
    place = chance.choice(vowels)
    return word[:place] + chance.choice([vowel for vowel in "aeiou" if vowel != word[place]]) + word[place + 1 :]


def swap(word: str, chance: Random) -> str:
    """Return the word with two neighbouring inner letters swapped."""
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


SLIPS: tuple[Callable[[str, Random], str], ...] = (hit_neighbour, double_or_drop, spell_by_sound, swap)


def misspell(question: str, slips: Sequence[Callable[[str, Random], str]], chance: Random) -> str:
    """Return the question with one slip of each kind, each in another word if there are enough."""
    words = [
        word
        for word in written_words(question)
        if len(word.text) >= MIN_LETTERS and word.text.islower() and word.text not in FUNCTION_WORDS
    ]
    chosen = chance.sample(words, min(len(slips), len(words)))
    for word, slip in sorted(zip(chosen, slips, strict=False), key=lambda one: -one[0].start):
        question = question[: word.start] + slip(word.text, chance) + question[word.end :]
    return question


def open_set(folder: Path, index: Path) -> Retriever:
    """Index a set's documents and open the index."""
    settings = read_settings({"index_folder": index / folder.name})
    build_index(settings, folder / CORPUS_FOLDER)
    return open_retriever(settings)


def first_right(retriever: Retriever, gold: GoldQuestion, query: str) -> int | None:
    """Return the rank of the first hit that holds an answer, from 1, among the first five."""
    hits = retriever.search(query, k=TOP)
    holders = retriever.entries_of(hits)
    for rank, (hit, holder) in enumerate(zip(hits, holders, strict=True), start=1):
        if holder.uri == gold.document and gold.is_answered_by(hit.passage.text):
            return rank
    return None


def measure(folder: Path, index: Path) -> Counter[str]:
    """Print the figures of one set and return its counts."""
    retriever = open_set(folder, index)
    questions = read_questions(folder)
    changed = [(one.question, now) for one in questions if (now := retriever.correct(one.question)) != one.question]
    print(f"\n{folder.name}: {len(changed)} of {len(questions)} questions changed as they are")
    for before, after in changed:
        print("   ", *(f"{old} -> {new}" for old, new in differences(before, after)), "|", before[:70])
    chance = Random(SEED)  # noqa: S311 -- typos are no secrets
    answerable = [one for one in questions if one.is_answerable and not one.history]
    counts: Counter[str] = Counter()
    for number, gold in enumerate(chance.sample(answerable, min(N_QUESTIONS, len(answerable)))):
        slips = [SLIPS[number % len(SLIPS)], SLIPS[(number + 1 + number // len(SLIPS) % 3) % len(SLIPS)]]
        typed = misspell(gold.question, slips, chance)
        corrected = retriever.correct(typed)
        counts["n"] += 1
        counts["restored"] += corrected.lower() == gold.question.lower()
        counts["unchanged"] += corrected == typed
        for name, query in (("clean", gold.question), ("misspelt", typed), ("corrected", corrected)):
            rank = first_right(retriever, gold, query)
            counts[f"{name}@1"] += rank == 1
            counts[f"{name}@5"] += rank is not None
        if corrected.lower() != gold.question.lower():
            print("  ", *(f"{old} -> {new}" for old, new in differences(gold.question, typed)), end=" ")
            print("| corrected:", *(f"{old} -> {new}" for old, new in differences(typed, corrected)))
    retriever.close()
    print("  ", dict(counts))
    return counts


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Return the words of two texts that differ, as far as they have as many words."""
    return [(old, new) for old, new in zip(before.split(), after.split(), strict=False) if old != new]


def time_vocabulary(n_words: int) -> None:
    """Print how long a vocabulary of made-up words takes to write and to search."""
    chance = Random(SEED)  # noqa: S311 -- made-up words are no secrets
    syllables = [c + v + e for c in "bcdfghjklmnprstvwz" for v in "aeiou" for e in ("", "n", "r", "s", "t")]
    words: set[str] = set()
    while len(words) < n_words:
        words.add("".join(chance.choice(syllables) for _ in range(chance.choice((2, 3, 3, 4)))))
    counts = WordCounts()
    counts.add([" ".join(sorted(words))])
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        for name, write in counts.writers().items():
            write(Path(folder, name))
        print(f"{n_words:,} words written in {time.perf_counter() - began:.1f} s", end="; ")
        vocabulary = Vocabulary(Path(folder))
        took, n_found = [], 0
        for word in chance.sample(sorted(words), 200):
            place = chance.randrange(len(word))
            typed = word[:place] + chance.choice(string.ascii_lowercase) + word[place + 1 :]
            began = time.perf_counter()
            found = vocabulary.near(fold(typed), 1 if len(typed) < 7 else 2) + vocabulary.spelt_otherwise(typed)
            took.append((time.perf_counter() - began) * 1000)
            n_found += any(known.text == word for known in found)
        print(f"a word: median {statistics.median(took):.1f} ms, 99th percentile {sorted(took)[-2]:.1f} ms", end="; ")
        print(f"{n_found} of 200 found")


def main() -> None:
    """Measure the sets, or time a vocabulary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--index", type=Path, default=Path("index/spelling"))
    parser.add_argument("--words", type=int)
    arguments = parser.parse_args()
    if arguments.words:
        time_vocabulary(arguments.words)
    total: Counter[str] = Counter()
    for folder in arguments.sets:
        total += measure(folder, arguments.index)
    if total:
        print("\nall sets", dict(total))


if __name__ == "__main__":
    main()
