"""An evaluation as one page that needs nothing else: no script, no request, readable in the dark, in print, in years.

Questions, documents and the names of LLMs are text, escaped wherever they stand.
"""

from collections.abc import Sequence
from html import escape
from itertools import starmap
from pathlib import Path

from rag.errors import EvaluationInvalid
from rag.evaluation.measure_retrieval import JudgedQuestion
from rag.evaluation.metrics.ranking import N_RANKED
from rag.evaluation.report import EvaluationReport
from rag.evaluation.tables import (
    Rows,
    answer_tables,
    comparison_rows,
    describe_comparison,
    describe_reliability,
    describe_sample,
    naive_rows,
    reliability_rows,
    retrieval_rows,
)
from rag.types import Stage

_FAR = 10
_SHOWN_QUESTIONS = 200
_EXPLAINED = (
    "R@k: an answer stands whole in one of the first k passages. MRR@10: the mean of 1 / rank of the first such one. "
    "nDCG@10: of passages that overlap the paragraph that was asked about, which counts once. In 256 or 512 tokens: "
    "the first passages, cut there, hold an answer. Sentence: the best one of the first passage holds or overlaps it. "
    "± is half of a 95 % bootstrap interval over questions."
)
_ANSWERS_EXPLAINED = (
    "Token F1: words shared with the nearest gold answer, as in SQuAD; low where whole sentences are quoted. CRAG "
    "score: the mean of 1 for a right answer, 0.5 for a part of one, 0 where nothing is confirmed, -1 for anything "
    "else. Possible: nothing is confirmed, sentences that may answer are shown. Citation recall: "
    "sentences that their citations support; precision: citations that support their sentence. A sentence with a "
    "gold answer is supported where a citation covers a gold span, any other where the answerer found it so. "
    "Look-alike: about one of the documents, which does not say it; absent: about none of them. Risk: of the surest "
    "answers, those that are wrong; coverage: the questions answered until then. Declined ones add no wrong answer."
)
_NAIVE_EXPLAINED = (
    "The naive chatbot has the same search and the same LLM: it reads the first three passages under one plain prompt, "
    "and nothing gates or checks what it writes. Numbers are questions; the interval is of a paired bootstrap, p of "
    "10,000 random changes of sign."
)
_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d5d9de, #3b4148); --quiet: light-dark(#5a6270, #a0a8b4); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#16191d, #e6e9ed); background: light-dark(#fff, #15181c); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
.quiet { color: var(--quiet); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; }
svg { max-width: 100%; height: auto; }
@media print { :root { color-scheme: light; } body { max-width: none; margin: 0; } tr, svg { break-inside: avoid; } }
"""


def require_place(path: Path) -> None:
    """Check before the work that a page can be written to a path.

    Raises:
        EvaluationInvalid: Its folder is not there, or it is a folder.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise EvaluationInvalid(f"{path} cannot be written: give --html a file in a folder that is there")


def write_page(path: Path, page: str) -> None:
    """Write a page.

    Raises:
        EvaluationInvalid: It cannot be written.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise EvaluationInvalid(
            f"{path} cannot be written ({error.strerror})", next_step="give --html another file"
        ) from error


def render_page(report: EvaluationReport) -> str:
    """Return the page. The same report gives the same page."""
    # It takes a second to import, and only who wants a page needs it.
    from rag.evaluation.plots import plot_legs, plot_ranks, plot_reliability, plot_risk

    retrieval = report.retrieval
    final = [question.legs[retrieval.final_leg] for question in retrieval.located]
    sections = [
        _section("Retrieval", plot_legs(retrieval.legs), _table(retrieval_rows(report)), _note(_EXPLAINED)),
        _section(
            "Is the score a probability?",
            f'<div class="pair">{plot_reliability(retrieval.reliability)}{plot_ranks(final)}</div>',
            _note(describe_reliability(report)),
            _table(reliability_rows(retrieval.reliability)),
        ),
    ]
    if report.comparison:
        described = _note(describe_comparison(report.comparison))
        sections.append(_section("Against earlier", described, _table(comparison_rows(report.comparison))))
    if report.runs:
        curves = {run.answerer: run.figures.risk_coverage for run in report.runs}
        tables = [_table(rows) for rows in answer_tables(report)]
        described, explained = _note(describe_sample(report)), _note(_ANSWERS_EXPLAINED)
        sections.append(_section("Answers", described, *tables, plot_risk(curves), explained))
    if report.against_naive:
        beside = [_table(naive_rows(comparison)) for comparison in report.against_naive]
        sections.insert(0, _section("Beside a naive chatbot", _note(_NAIVE_EXPLAINED), *beside))
    sections += [
        _section("Questions whose answer is far down", _far_questions(retrieval.located, retrieval.final_leg)),
        _section("Settings", _table([("setting", "value"), *starmap(_setting_row, report.settings.items())])),
    ]
    return _page(f"Evaluation of {report.name}", f"{report.date}, index {report.index_version}", sections)


def _far_questions(questions: Sequence[JudgedQuestion], leg: Stage) -> str:
    ranked = [(question.legs[leg].answer_rank or N_RANKED + 1, question) for question in questions]
    far = [(rank, question) for rank, question in ranked if rank > _FAR]
    if not far:
        return _note(f"None: every answer is within the first {_FAR}.")
    # Sorted is stable: equal ranks stay in the set's order.
    shown = [question for _, question in sorted(far, key=lambda pair: -pair[0])][:_SHOWN_QUESTIONS]
    rows: Rows = [("question", "answer", "rank", "what came first")]
    rows += [_far_row(question, leg) for question in shown]
    cut = f"; the worst {len(shown)} are shown" if len(shown) < len(far) else ""
    return _note(f"{len(far)} of {len(questions)}{cut}.") + _table(rows)


def _far_row(question: JudgedQuestion, leg: Stage) -> tuple[str, ...]:
    gold, ranking = question.gold, question.legs[leg]
    first = (
        f"{ranking.first_document} ({ranking.score:.2f}): {question.first_text}" if question.first_text else "nothing"
    )
    rank = str(ranking.answer_rank) if ranking.answer_rank else f"not in {N_RANKED}"
    return (gold.question, f"{gold.answers[0]} ({gold.document})", rank, first)


def _setting_row(name: str, value: object) -> tuple[str, ...]:
    return (name, "" if value is None else str(value))


def _table(rows: Rows) -> str:
    heading, *body = rows
    lines = ["<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in heading) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body]
    return '<div class="wide"><table>\n' + "\n".join(lines) + "\n</table></div>"


def _note(text: str) -> str:
    return f'<p class="quiet">{escape(text)}</p>'


def _section(title: str, *parts: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def _page(title: str, subtitle: str, sections: Sequence[str]) -> str:
    body = "\n".join(sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{_note(subtitle)}
{body}
</body>
</html>
"""
