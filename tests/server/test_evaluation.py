"""The figures that the seed questions must reach, through the command that a user would run."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.fake_llm import Script, serve_llm
from tests.running import MAX_SECONDS, Running, run_rag

EVALS = "evals/seed"
SAMPLE = "evals/squad2-sample"


def evaluate(index: Path, llm: str) -> dict:
    done = run_rag("eval", EVALS, "--json", RAG_INDEX_FOLDER=str(index), RAG_LLM=llm)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.model
def test_quoting_cites_the_right_sentence_18_of_20_and_abstains_7_of_10(seed_index: Path) -> None:
    figures = evaluate(seed_index, "extractive")["answerers"]["extractive"]

    assert figures["right_sentence_cited"]["n"] >= 18
    assert figures["abstained"]["look-alike"]["n"] >= 7
    assert figures["quotes_exact"]["n"] == figures["quotes_exact"]["of"] >= 20
    assert figures["sources_ms"]["p50"] < 100


@pytest.fixture(scope="module")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the documents of the sample are indexed by the first test that asks about them."""
    return tmp_path_factory.mktemp("sample") / "index"


@pytest.mark.model
def test_search_and_quotes_on_the_sample_of_squad_reach_their_floors(sample_index: Path) -> None:
    done = run_rag(
        *("eval", SAMPLE, "--json", "--absent-from", "evals/manuals"),
        RAG_INDEX_FOLDER=str(sample_index),
        RAG_LLM="extractive",
    )

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["n_answerable"], report["n_questions"], report["n_answered"]) == (240, 360, 520)
    assert report["sample"] == {"n_each": 200, "seed": 1, "absent_from": "manuals"}
    assert report["legs"].keys() == {"dense", "sentence", "lexical", "fused"}
    abstained = report["answerers"]["extractive"]["abstained"]
    assert {kind: share["of"] for kind, share in abstained.items()} == {
        "answerable": 200,
        "look-alike": 120,
        "absent": 200,
    }
    assert abstained["absent"]["value"] >= 0.96


@pytest.mark.model
def test_a_broken_floor_is_told_in_a_line_and_fails(sample_index: Path, tmp_path: Path) -> None:
    floors = tmp_path / "floors.toml"
    floors.write_text('[squad2-sample]\n"fused.recall_at_10" = 0.5\n"lexical.recall_at_1" = 1.0\n', encoding="utf-8")

    done = run_rag("eval", SAMPLE, "--sample", "0", "--floors", str(floors), RAG_INDEX_FOLDER=str(sample_index))

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("rag: lexical.recall_at_1 is 0.")
    assert line.endswith(f"below its floor of 1.0 ({floors})")
    assert "R@1" in done.stdout


@pytest.mark.model
def test_a_floor_of_answers_that_were_not_asked_for_is_told_and_passed_over(sample_index: Path, tmp_path: Path) -> None:
    floors = tmp_path / "floors.toml"
    floors.write_text('[squad2-sample]\n"extractive.answers_right" = 1.0\n', encoding="utf-8")

    done = run_rag("eval", SAMPLE, "--sample", "0", "--floors", str(floors), RAG_INDEX_FOLDER=str(sample_index))

    assert done.returncode == 0
    assert done.stderr == f"rag: extractive.answers_right was not measured, so its floor was not checked ({floors})\n"


@pytest.mark.model
def test_a_set_about_the_same_documents_cannot_ask_what_is_absent(sample_index: Path) -> None:
    done = run_rag(
        *("eval", SAMPLE, "--sample", "1", "--absent-from", SAMPLE),
        RAG_INDEX_FOLDER=str(sample_index),
        RAG_LLM="extractive",
    )

    assert done.returncode == 1
    assert "which is indexed, so it is not absent" in done.stderr


@pytest.mark.model
def test_a_naive_chatbot_answers_the_same_questions_to_be_compared_with(seed_index: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with serve_llm(Script(["That is not in the text."])) as base_url:
        done = run_rag(
            *("eval", EVALS, "--sample", "2", "--naive", "--json", "--html", str(page)),
            RAG_INDEX_FOLDER=str(seed_index),
            OPENAI_BASE_URL=base_url,
            RAG_LLM_MODEL="m",
        )

    # A chatbot that never answers is never wrong, and ours is once here: the floor is told and the status is 1.
    first_line = done.stderr.splitlines()[0]
    assert done.returncode == 1
    assert first_line == "rag: extractive is wrong 1 times, more than half of the naive chatbot's 0"
    report = json.loads(done.stdout)
    assert list(report["answerers"]) == ["naive", "extractive", "m"]
    assert report["answerers"]["naive"]["outcomes"]["verdicts"]["answerable"]["declined"] == 2
    assert report["against_naive"].keys() == {"extractive", "m"}
    assert "Beside a naive chatbot" in page.read_text(encoding="utf-8")


def test_absent_questions_need_a_sample(tmp_path: Path) -> None:
    done = run_rag("eval", SAMPLE, "--sample", "0", "--absent-from", EVALS, RAG_INDEX_FOLDER=str(tmp_path))

    assert done.returncode == 2
    assert "--absent-from needs a sample of at least 1" in done.stderr


@pytest.mark.model
def test_a_report_is_compared_with_one_that_was_printed_before(seed_index: Path, tmp_path: Path) -> None:
    before, page = tmp_path / "before.json", tmp_path / "page.html"
    printed = run_rag("eval", EVALS, "--sample", "0", "--json", RAG_INDEX_FOLDER=str(seed_index))
    before.write_text(printed.stdout, encoding="utf-8")

    done = run_rag(
        *("eval", EVALS, "--sample", "3", "--against", str(before), "--html", str(page)),
        RAG_INDEX_FOLDER=str(seed_index),
        RAG_LLM="extractive",
    )

    assert done.returncode == 0, done.stderr
    assert "20 questions in both, 0 only before, 0 only now" in done.stdout
    assert "6 questions answered: 3 answerable, 3 look-alike" in done.stdout
    assert "Against earlier" in page.read_text(encoding="utf-8")


@pytest.mark.model
def test_spans_that_do_not_fit_the_documents_are_told(sample_index: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The ferry Aurora was built in 1820 by Ada Lind.", encoding="utf-8")
    asked = {"id": "1", "question": "When?", "answerable": True, "document": "a.txt"}
    wrong = {**asked, "answers": [{"text": "1820", "start": 29, "end": 33}]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(wrong) + "\n", encoding="utf-8")

    done = run_rag("eval", str(tmp_path), "--sample", "0", RAG_INDEX_FOLDER=str(sample_index))

    assert done.returncode == 1
    assert "questions.jsonl, line 1: answer 1 should be '1820' but a.txt has ' 182' at 29 to 33" in done.stderr


@pytest.mark.model
def test_collections_with_expressions_are_indexed_apart_and_counted_together(
    sample_index: Path, tmp_path: Path
) -> None:
    for name, text in (("ferries", "The ferry Aurora was built in 1820 by Ada Lind."), ("bread", "We bake rye bread.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    lines = ("ferries\tWho built the ferry Aurora?\tLind&&1820", "bread\tWho built the ferry Aurora?\tNONE")
    text = "\n".join((*lines, "empty\tWho built the ferry Aurora?\tLind", "ferries\thello\tANY"))
    (tmp_path / "questions.tsv").write_text(text + "\n", encoding="utf-8")
    page = tmp_path / "page.html"

    done = run_rag(
        *("eval", str(tmp_path), "--json", "--html", str(page)),
        RAG_INDEX_FOLDER=str(sample_index),
        RAG_LLM="extractive",
    )

    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.endswith("so the questions about it count as declined")
    assert str(tmp_path / "empty") in line
    report = json.loads(done.stdout)
    got = {one["id"]: one["verdict"] for one in report["questions"]["extractive"]}
    assert got == {"ferries/1": "right", "ferries/4": "right", "bread/2": "declined", "empty/3": "declined"}
    by_kind = report["answerers"]["extractive"]["by_kind"]
    assert {kind: figures["right_or_declined"]["n"] for kind, figures in by_kind.items()} == {
        "bread": 1,
        "empty": 0,
        "ferries": 2,
    }
    assert "<td>ferries</td><td>2</td>" in page.read_text(encoding="utf-8")


@pytest.mark.llm
def test_the_local_llm_is_right_and_cited_16_of_20_and_abstains_6_of_10(
    seed_index: Path,
) -> None:
    report = evaluate(seed_index, "local")

    figures = next(figures for name, figures in report["answerers"].items() if name != "extractive")
    assert figures["answers_right_and_cited"]["n"] >= 16, report["questions"]
    assert figures["abstained"]["look-alike"]["n"] >= 6, report["questions"]
    assert figures["quotes_exact"]["n"] == figures["quotes_exact"]["of"]


@pytest.mark.llm
def test_the_local_llm_answers_over_http_and_understands_a_follow_up(llm_server: Running) -> None:
    first = llm_server.ask("Who is Steve Witkoff?")
    second = llm_server.ask("and who did he meet?", conversation_id=first["conversation_id"])

    assert first["answered_by"] == "llm", first
    assert "Witkoff" in second["query"]
    assert "Putin" in second["answer"], second


@pytest.mark.llm
def test_a_reader_who_leaves_frees_the_llm_for_the_next(llm_server: Running) -> None:
    body = {"question": "What makes a ceasefire along the eastern frontline difficult?", "stream": True}
    with httpx2.stream("POST", llm_server.url + "/v1/ask", json=body, timeout=MAX_SECONDS) as reply:
        next(line for line in reply.iter_lines() if line.startswith("event: sources"))

    answer = llm_server.ask("Who met with Putin in Moscow?")

    assert answer["answered_by"] == "llm"
