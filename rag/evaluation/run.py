"""Run a question set: measure retrieval on all of it, and have a sample answered and judged."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from rag.answering.answerer import Answerer
from rag.assembly.encoder_choice import build_index
from rag.assembly.engine import Engine, make_answerer, open_engine
from rag.assembly.open_index import open_retriever
from rag.assembly.settings import Settings
from rag.evaluation.earlier import EarlierReport, compare_with, require_common_questions
from rag.evaluation.measure_retrieval import RankingJudge, measure_retrieval
from rag.evaluation.metrics.answer_figures import measure_answers
from rag.evaluation.metrics.comparison import compare_answers
from rag.evaluation.metrics.ranking import N_RANKED
from rag.evaluation.metrics.verdicts import GoldQuestion, JudgedAnswer
from rag.evaluation.naive import NaiveChatbot, make_naive_chatbot
from rag.evaluation.question_sets import (
    CORPUS_FOLDER,
    check_spans,
    documents_of,
    draw_sample,
    place_words,
    read_absent_questions,
    read_questions,
)
from rag.evaluation.report import EvaluationReport, Run, Sample
from rag.events import AnswerFinished, SourcesFound, TextDelta
from rag.index.progress import ReportProgress
from rag.retrieval.retriever import Retriever
from rag.text.tokens import count_tokens
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How a set is measured.

    Attributes:
        n_each: The most questions of each answerability that are answered; 0 answers none.
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
    questions = read_questions(folder)
    if options.against:
        require_common_questions(options.against, questions)
    settings = _index_corpus(folder, settings, report)
    measure = partial(_measure, folder, settings, options=options, report=report)
    if not options.n_each:
        retriever = open_retriever(settings)
        return measure(_place(folder, questions, retriever), retriever)
    # With the same boundaries in the prompts, an LLM gives the same replies.
    engine = await open_engine(settings, Random(options.seed))  # noqa: S311 -- these prompts are not exposed
    try:
        # Errors in it are reported before the measurement, which takes minutes.
        absent = _read_absent(options.absent_from, engine.retriever)
        questions = _place(folder, questions, engine.retriever)
        measured = measure(questions, engine.retriever)
        asked = draw_sample([*questions, *absent], options.n_each, seed=options.seed)
        runs = await _run_answerers(asked, settings, engine, options, report)
    finally:
        await engine.close()
    absent_from = name_of_set(options.absent_from) if options.absent_from else None
    naive, others = runs[0].answers, runs[1:] if options.with_naive else []
    compare = partial(compare_answers, seed=options.seed)
    return replace(
        measured,
        runs=tuple(runs),
        sample=Sample(options.n_each, options.seed, absent_from),
        against_naive=tuple(compare(run.answerer, naive, run.answers) for run in others),
    )


def _read_absent(folder: Path | None, retriever: Retriever) -> list[GoldQuestion]:
    return read_absent_questions(folder, retriever.entries()) if folder else []


def _place(folder: Path, questions: list[GoldQuestion], retriever: Retriever) -> list[GoldQuestion]:
    """Check the spans of the answers, and find those of the words that answer."""
    texts = _texts_asked_about(questions, retriever)
    check_spans(questions, folder, texts.get)
    return place_words(questions, texts.get)


def _measure(
    folder: Path,
    settings: Settings,
    questions: list[GoldQuestion],
    retriever: Retriever,
    *,
    options: EvaluationOptions,
    report: ReportProgress,
) -> EvaluationReport:
    n_searched = max(N_RANKED, settings.rerank_candidates) if settings.reranker else N_RANKED
    stand_alone = make_answerer(settings, retriever, llm=None).rewriter.rewrite_by_rule
    judge = RankingJudge(retriever, count_tokens, stand_alone, n_searched)
    figures = measure_retrieval(questions, judge, partial(report, "retrieval"), seed=options.seed)
    return EvaluationReport(
        name=name_of_set(folder),
        index_version=retriever.version,
        date=options.date,
        settings=settings.model_dump(mode="json"),
        retrieval=figures,
        comparison=compare_with(options.against, figures, seed=options.seed) if options.against else None,
    )


def _texts_asked_about(questions: list[GoldQuestion], retriever: Retriever) -> dict[str, str]:
    id_by_uri = {entry.uri: entry.id for entry in retriever.entries() if entry.reason is None}
    uris = {uri for question in questions for uri in documents_of(question)}
    return {uri: retriever.document(id_by_uri[uri]).text for uri in uris if uri in id_by_uri}


def _index_corpus(folder: Path, settings: Settings, report: ReportProgress) -> Settings:
    """Index a set's own documents beside the live index; return settings for that index."""
    if not (folder / CORPUS_FOLDER).is_dir():
        return settings
    own = settings.model_copy(update={"index_folder": settings.index_folder / "evals" / name_of_set(folder)})
    build_index(own, folder / CORPUS_FOLDER, report=report)
    return own


async def _run_answerers(
    questions: list[GoldQuestion],
    settings: Settings,
    engine: Engine,
    options: EvaluationOptions,
    report: ReportProgress,
) -> list[Run]:
    answerers: dict[str, Answerer | NaiveChatbot] = {}
    if options.with_naive:
        answerers["naive"] = make_naive_chatbot(settings, engine)
    answerers["extractive"] = make_answerer(settings, engine.retriever, None)
    if settings.answers_with != "extractive":
        answerers[await engine.check_llm()] = engine.answerer
    return [await _run(name, answerer, questions, partial(report, name)) for name, answerer in answerers.items()]


async def _run(
    name: str, answerer: Answerer | NaiveChatbot, questions: Sequence[GoldQuestion], report: Callable[[int, int], None]
) -> Run:
    answers = []
    for number, gold in enumerate(questions, start=1):
        answers.append(await ask(answerer, gold))
        report(number, len(questions))
    return Run(name, measure_answers(answers), tuple(answers))


async def ask(answerer: Answerer | NaiveChatbot, gold: GoldQuestion) -> JudgedAnswer:
    """Return the answer to one question, with its times."""
    began = time.monotonic()
    sources_ms = total_ms = 0.0
    first_text_ms: float | None = None
    answer: Answer | None = None
    async for event in answerer.answer(gold.question, gold.history):
        elapsed_ms = (time.monotonic() - began) * 1000
        if isinstance(event, SourcesFound):
            sources_ms = elapsed_ms
        elif isinstance(event, TextDelta):
            first_text_ms = first_text_ms or elapsed_ms
        elif isinstance(event, AnswerFinished):
            answer, total_ms = event.answer, elapsed_ms
    assert answer is not None, "an answer ends with AnswerFinished"
    documents = {citation.document_id for citation in answer.citations}
    texts = {document_id: answerer.retriever.document(document_id).text for document_id in documents}
    return JudgedAnswer(
        gold=gold,
        answer=answer,
        are_quotes_exact=all(texts[c.document_id][c.start : c.end] == c.quote for c in answer.citations),
        sources_ms=round(sources_ms, 1),
        first_text_ms=None if first_text_ms is None else round(first_text_ms, 1),
        total_ms=round(total_ms, 1),
    )
