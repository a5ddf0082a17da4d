"""Run a question set through the answerers and score what comes back.

A set is a folder with `questions.jsonl` and, unless it asks about the documents already indexed, the documents in
`corpus/`. Goes in: the folder and the settings. Comes out: the figures of the extractive answerer and of the LLM in
force, and each question with its answer.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rag.answering import Answerer
from rag.assembly import index_options, make_answerer, open_encoder, open_engine
from rag.errors import EvaluationInvalid
from rag.indexing import index_folder
from rag.metrics import GoldQuestion, Outcome, Scores, is_answer_right, is_right_cited, score_outcomes
from rag.planning import Report
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.types import Answer, AnswerFinished, SourcesFound, Span, TextDelta

QUESTIONS_FILE = "questions.jsonl"
CORPUS_FOLDER = "corpus"
_N_HITS = 5


@dataclass(frozen=True, slots=True)
class Run:
    """One answerer's way through a set."""

    answerer: str
    scores: Scores
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The runs of a set, the extractive answerer's first."""

    name: str
    index_version: str
    runs: tuple[Run, ...]

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "set": self.name,
            "index_version": self.index_version,
            "answerers": {run.answerer: asdict(run.scores) for run in self.runs},
            "questions": {run.answerer: [_outcome_json(outcome) for outcome in run.outcomes] for run in self.runs},
        }

    def as_table_rows(self) -> list[tuple[str, ...]]:
        """Return a heading row, then a row a figure: its name and its value for each answerer."""
        rows = [("", *(run.answerer for run in self.runs))]
        columns = [_figures(run.scores) for run in self.runs]
        rows += [(label, *(column[label] for column in columns)) for label in columns[0]]
        return rows


async def run_evaluation(folder: Path, settings: Settings, report: Report) -> EvaluationReport:
    """Answer every question of a set with each answerer.

    Args:
        report: Called with the answerer's name, the questions done and in all.

    Raises:
        EvaluationInvalid: The folder holds no set, or asks about documents that are not indexed.
        RagError: The engine cannot be opened.
    """
    name = folder.name
    questions = read_questions(folder)
    settings = _index_corpus(folder, settings, report)
    engine = await open_engine(settings)
    try:
        _require_documents(questions, engine.retriever, folder)
        answerers = {"extractive": make_answerer(settings, engine.retriever, None)}
        if settings.writes_with != "extractive":
            answerers[await engine.check_writer()] = engine.answerer
        runs = [
            Run(answerer_name, *await _run(answerer, engine.retriever, questions, partial(report, answerer_name)))
            for answerer_name, answerer in answerers.items()
        ]
    finally:
        await engine.close()
    return EvaluationReport(name, engine.retriever.version, tuple(runs))


def read_questions(folder: Path) -> list[GoldQuestion]:
    """Read a set's questions.

    Raises:
        EvaluationInvalid: The file is missing or a line is not a question.
    """
    path = folder / QUESTIONS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path} cannot be read; give a folder that holds {QUESTIONS_FILE}") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        try:
            questions.append(_question(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvaluationInvalid(
                f"{path}, line {number}: not a question ({error!r}); see evals/README.md"
            ) from error
    if not questions:
        raise EvaluationInvalid(f"{path} holds no question; see evals/README.md")
    return questions


def _question(fields: dict[str, object]) -> GoldQuestion:
    answers = fields["answers"] if fields["answerable"] else []
    also_right = fields.get("also_right", [])
    if not isinstance(answers, list) or not isinstance(also_right, list):
        raise TypeError("answers must be a list")
    texts = [str(answer["text"]) for answer in answers] + [str(text) for text in also_right]
    return GoldQuestion(
        id=str(fields["id"]),
        question=str(fields["question"]),
        document=str(fields["document"]),
        answers=tuple(dict.fromkeys(texts)),
        spans=tuple(Span(int(answer["start"]), int(answer["end"])) for answer in answers),
    )


def _index_corpus(folder: Path, settings: Settings, report: Report) -> Settings:
    """Index a set's own documents, beside the live index; return settings that point there."""
    if not (folder / CORPUS_FOLDER).is_dir():
        return settings
    own = settings.model_copy(update={"index_folder": settings.index_folder / "evals" / folder.name})
    index_folder(folder / CORPUS_FOLDER, own.index_folder, index_options(own), lambda: open_encoder(own), report=report)
    return own


def _require_documents(questions: list[GoldQuestion], retriever: Retriever, folder: Path) -> None:
    uris = {entry.uri for entry in retriever.entries() if entry.reason is None}
    missing = next((question.document for question in questions if question.document not in uris), None)
    if missing:
        raise EvaluationInvalid(
            f"{folder} asks about {missing!r}, which is not in the index; run `rag index FOLDER` with its folder"
        )


async def _run(
    answerer: Answerer, retriever: Retriever, questions: list[GoldQuestion], report: Callable[[int, int], None]
) -> tuple[Scores, tuple[Outcome, ...]]:
    outcomes = []
    for number, gold in enumerate(questions, start=1):
        outcomes.append(await _ask(answerer, retriever, gold))
        report(number, len(questions))
    return score_outcomes(outcomes), tuple(outcomes)


async def _ask(answerer: Answerer, retriever: Retriever, gold: GoldQuestion) -> Outcome:
    began = time.monotonic()
    sources_ms = 0.0
    first_text_ms: float | None = None
    answer: Answer | None = None
    async for event in answerer.answer(gold.question):
        elapsed_ms = (time.monotonic() - began) * 1000
        if isinstance(event, SourcesFound):
            sources_ms = elapsed_ms
        elif isinstance(event, TextDelta):
            first_text_ms = first_text_ms or elapsed_ms
        elif isinstance(event, AnswerFinished):
            answer = event.answer
    assert answer is not None, "an answer ends with AnswerFinished"
    hits = retriever.search(gold.question, k=_N_HITS)
    texts = {citation.document_id: retriever.document(citation.document_id).text for citation in answer.citations}
    return Outcome(
        gold=gold,
        answer=answer,
        hits=tuple(hits),
        hit_uris=tuple(retriever.document(hit.passage.document_id).uri for hit in hits),
        are_quotes_exact=all(texts[c.document_id][c.start : c.end] == c.quote for c in answer.citations),
        sources_ms=sources_ms,
        first_text_ms=first_text_ms,
    )


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    answer = outcome.answer
    return {
        "id": outcome.gold.id,
        "question": outcome.gold.question,
        "answerable": outcome.gold.is_answerable,
        "answer": answer.answer,
        "abstention": answer.abstention,
        "answered_by": answer.answered_by,
        "right": is_answer_right(outcome) if outcome.gold.is_answerable else answer.abstained,
        "right_cited": is_right_cited(outcome) if outcome.gold.is_answerable else None,
        "citations": [{"start": c.start, "end": c.end, "quote": c.quote} for c in answer.citations],
        "sources_ms": round(outcome.sources_ms, 1),
        "first_text_ms": None if outcome.first_text_ms is None else round(outcome.first_text_ms, 1),
    }


def _figures(scores: Scores) -> dict[str, str]:
    of_answerable, of_unanswerable = f"/{scores.n_answerable}", f"/{scores.n_unanswerable}"
    return {
        "passage with the answer at rank 1": _percent(scores.right_at_1),
        "passage with the answer within 5": _percent(scores.right_at_5),
        "answers right": f"{scores.n_answers_right}{of_answerable}",
        "answers right, right sentence cited": f"{scores.n_answers_right_and_cited}{of_answerable}",
        "right sentence cited": f"{scores.n_right_sentence_cited}{of_answerable}",
        "citations that hold the answer": _percent(scores.citations_right),
        "quotes exact": _percent(scores.quotes_exact),
        "abstained where there is no answer": f"{scores.n_abstained_on_unanswerable}{of_unanswerable}",
        "declined where there is one": f"{scores.n_declined_on_answerable}{of_answerable}",
        "sources, ms (p50, p95)": f"{_number(scores.sources_ms_p50)}, {_number(scores.sources_ms_p95)}",
        "first text, ms (p50, p95)": f"{_number(scores.first_text_ms_p50)}, {_number(scores.first_text_ms_p95)}",
    }


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.1f}%"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
