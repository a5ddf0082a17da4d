"""Run a question set: measure retrieval on all of it, and have a sample answered and judged."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from rag.answering.answerer import Answerer
from rag.assembly.encoder_choice import build_index
from rag.assembly.engine import Engine, make_answerer, open_engine
from rag.assembly.open_index import open_retriever
from rag.assembly.settings import Settings
from rag.errors import NothingToIndex
from rag.evaluation.asking import ask, decline
from rag.evaluation.earlier import EarlierReport, compare_with, require_common_questions
from rag.evaluation.measure_retrieval import JudgedQuestion, RankingJudge, judge_found_nothing, summarise_retrieval
from rag.evaluation.metrics.answer_figures import measure_answers
from rag.evaluation.metrics.comparison import compare_answers
from rag.evaluation.metrics.ranking import N_RANKED
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.evaluation.naive import NaiveChatbot, make_naive_chatbot
from rag.evaluation.question_sets import (
    check_spans,
    documents_of,
    draw_sample,
    place_words,
    read_absent_questions,
)
from rag.evaluation.report import EvaluationReport, Run, Sample
from rag.evaluation.sets import Collection, read_set
from rag.index.progress import ReportProgress, report_nothing
from rag.retrieval.retriever import Retriever
from rag.text.tokens import count_tokens


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How a set is measured.

    Attributes:
        n_each: The most questions of each answerability that are answered, of each collection; 0
            answers none.
        seed: Of the sample, the intervals, the permutations and the boundaries in prompts.
        date: Of the report.
        against: An earlier report to compare with.
        with_naive: A naive chatbot answers the same questions; needs an LLM.
        absent_from: The folder of a set about other documents, whose questions count as absent.
    """

    n_each: int
    seed: int
    date: str
    against: EarlierReport | None = None
    with_naive: bool = False
    absent_from: Path | None = None


def name_of_set(folder: Path) -> str:
    """Return the name of a set in reports and floors: that of its folder."""
    return folder.resolve().name


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of one collection.

    Attributes:
        version: Of its index; empty if no document could be indexed. Then `answers` is empty too,
            and `problem` says why.
        asked: The sample.
        answers: To the sample, by answerer.
    """

    version: str
    judged: Sequence[JudgedQuestion]
    asked: Sequence[GoldQuestion] = ()
    answers: Mapping[str, Sequence[JudgedAnswer]] = field(default_factory=dict)
    problem: str | None = None


async def run_evaluation(
    folder: Path, settings: Settings, options: EvaluationOptions, report: ReportProgress
) -> EvaluationReport:
    """Measure retrieval on every question of a set, and each answerer on a sample.

    Args:
        report: Called with a stage or an answerer's name, the questions done, and all questions.

    Raises:
        EvaluationInvalid: The folder holds no set, or the set does not fit the indexed documents;
            likewise for the set of absent questions.
        RagError: The engine cannot be opened.
    """
    collections = read_set(folder)
    if options.against:
        require_common_questions(options.against, [one for part in collections for one in part.questions])
    measured = []
    for number, collection in enumerate(collections):
        measure = partial(_measure, collection, _settings_of(collection, folder, settings), options)
        measured.append(await measure(_report_together(report, collections, number)))
    retrieval = summarise_retrieval([one for part in measured for one in part.judged], seed=options.seed)
    runs = _join_runs(measured)
    naive, others = (runs[0].answers, runs[1:]) if options.with_naive else ((), [])
    absent_from = name_of_set(options.absent_from) if options.absent_from else None
    return EvaluationReport(
        name=name_of_set(folder),
        index_version=measured[0].version if len(measured) == 1 else f"{len(measured)} indexes",
        date=options.date,
        settings=settings.model_dump(mode="json"),
        retrieval=retrieval,
        comparison=compare_with(options.against, retrieval, seed=options.seed) if options.against else None,
        runs=tuple(runs),
        sample=Sample(options.n_each, options.seed, absent_from) if runs else None,
        unread=tuple(part.problem for part in measured if part.problem),
        against_naive=tuple(compare_answers(run.answerer, naive, run.answers, seed=options.seed) for run in others),
    )


def _settings_of(collection: Collection, folder: Path, settings: Settings) -> Settings:
    """Return settings for the index of a collection's own documents, beside the live index."""
    if collection.corpus is None:
        return settings
    index_folder = settings.index_folder / "evals" / name_of_set(folder) / collection.name
    return settings.model_copy(update={"index_folder": index_folder})


def _report_together(report: ReportProgress, collections: Sequence[Collection], number: int) -> ReportProgress:
    """Return a report of one collection that counts the questions of all."""
    if len(collections) == 1:
        return report
    sizes = [len(collection.questions) for collection in collections]
    n_before, n_all = sum(sizes[:number]), sum(sizes)
    return lambda stage, n_done, _: report(stage, n_before + n_done, n_all)


def _join_runs(measured: Sequence[_Measured]) -> list[Run]:
    """Return the answers of each answerer to all collections.

    Questions whose documents could not be indexed count as declined.
    """
    runs = []
    for name in dict.fromkeys(name for part in measured for name in part.answers):
        parts = [part.answers[name] if part.answers else [decline(gold) for gold in part.asked] for part in measured]
        answers = tuple(judged for part in parts for judged in part)
        runs.append(Run(name, measure_answers(answers), answers))
    return runs


async def _measure(
    collection: Collection, settings: Settings, options: EvaluationOptions, report: ReportProgress
) -> _Measured:
    questions, draw = collection.questions, partial(draw_sample, n_each=options.n_each, seed=options.seed)
    if collection.corpus:
        try:
            build_index(settings, collection.corpus, report=report_nothing if collection.name else report)
        except NothingToIndex as error:
            if not collection.name:
                raise
            judged = [judge_found_nothing(gold) for gold in questions]
            return _Measured("", judged, draw(questions), problem=error.problem)
    if not options.n_each:
        with closing(open_retriever(settings)) as retriever:
            return _Measured(retriever.version, _judge(_place(collection, retriever), settings, retriever, report))
    # With the same boundaries in the prompts, an LLM gives the same replies.
    engine = await open_engine(settings, Random(options.seed))  # noqa: S311 -- these prompts are not exposed
    try:
        # Errors in it are reported before the measurement, which takes minutes.
        absent = _read_absent(options.absent_from, engine.retriever)
        placed = _place(collection, engine.retriever)
        judged = _judge(placed, settings, engine.retriever, report)
        asked = draw([*placed, *absent])
        answerers = await _make_answerers(settings, engine, with_naive=options.with_naive)
        answers = {name: await _ask_all(one, asked, partial(report, name)) for name, one in answerers.items()}
        return _Measured(engine.retriever.version, judged, asked, answers)
    finally:
        await engine.close()


def _read_absent(folder: Path | None, retriever: Retriever) -> list[GoldQuestion]:
    return read_absent_questions(folder, retriever.entries()) if folder else []


def _place(collection: Collection, retriever: Retriever) -> list[GoldQuestion]:
    """Check the spans of the answers, and find those of the words that answer."""
    id_by_uri = {entry.uri: entry.id for entry in retriever.entries() if entry.reason is None}
    uris = {uri for question in collection.questions for uri in documents_of(question)}
    texts = {uri: retriever.document(id_by_uri[uri]).text for uri in uris if uri in id_by_uri}
    check_spans(collection.questions, collection.folder, texts.get)
    return place_words(collection.questions, texts.get)


def _judge(
    questions: Sequence[GoldQuestion], settings: Settings, retriever: Retriever, report: ReportProgress
) -> list[JudgedQuestion]:
    n_searched = max(N_RANKED, settings.rerank_candidates) if settings.reranker else N_RANKED
    stand_alone = make_answerer(settings, retriever, llm=None).rewriter.rewrite_by_rule
    judge = RankingJudge(retriever, count_tokens, stand_alone, n_searched)
    judged = []
    for n_done, gold in enumerate(questions, start=1):
        judged.append(judge.judge(gold))
        report("retrieval", n_done, len(questions))
    return judged


async def _make_answerers(
    settings: Settings, engine: Engine, *, with_naive: bool
) -> dict[str, Answerer | NaiveChatbot]:
    answerers: dict[str, Answerer | NaiveChatbot] = {}
    if with_naive:
        answerers["naive"] = make_naive_chatbot(settings, engine)
    answerers["extractive"] = make_answerer(settings, engine.retriever, None)
    if settings.answers_with != "extractive":
        answerers[await engine.check_llm()] = engine.answerer
    return answerers


async def _ask_all(
    answerer: Answerer | NaiveChatbot, questions: Sequence[GoldQuestion], report: Callable[[int, int], None]
) -> list[JudgedAnswer]:
    answers = []
    for number, gold in enumerate(questions, start=1):
        answers.append(await ask(answerer, gold))
        report(number, len(questions))
    return answers
