import io
from dataclasses import replace

import pytest
from rich.console import Console

from rag.cli.console import (
    AnswerPrinter,
    Wrapper,
    escape_controls,
    escape_line,
    footnote,
    make_console,
    paragraph,
    source_entry,
    table,
)
from rag.cli.hits import hit_lines
from rag.cli.progress import PullView, StepsView
from rag.events import (
    AnswerDrafted,
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    CitationIssued,
    SourcesFound,
    TextDelta,
)
from rag.model_files.download import Progress
from rag.types import Answer, AnswerSentence, Citation, Document, Hit, Passage, Source, Span

CITATION = Citation(
    number=1,
    document_id="0123456789abcdef",
    title="Returns",
    uri="shop/returns.md",
    page=3,
    headings=("Policy", "Shoes"),
    quote="Shoes may be sent back\nwithin 30 days.",
    start=12,
    end=50,
)
SOURCE = Source(
    number=2,
    document_id="id",
    title="Returns",
    uri="returns.md",
    page=None,
    headings=(),
    text="Within 30 days.",
    start=4,
    end=19,
    score=0.5,
)


def an_answer(**changes: object) -> Answer:
    fields: dict[str, object] = {
        "id": "a",
        "conversation_id": "c",
        "question": "How long?",
        "query": "How long?",
        "outcome": "answered",
        "answer": "Within 30 days. [1]",
        "note": "",
        "sentences": (AnswerSentence("Within 30 days.", (1,), supported=True),),
        "citations": (CITATION,),
        "abstention": None,
        "answered_by": "llm",
        "model": "m",
        "index_version": "v",
    }
    return Answer(**{**fields, **changes})  # type: ignore[arg-type]  # a test's own changes


def print_events(*events: AnswerEvent, width: int | None = None) -> str:
    out = Console(
        file=io.StringIO(), width=width or 80, force_terminal=width is not None, color_system=None, highlight=False
    )
    printer = AnswerPrinter(out, Console(file=io.StringIO()))
    printer.begin()
    for event in events:
        printer.take(event)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b2J", "\\x9b2J"),
        ("a\rb\x07", "a\\x0db\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\ud800", "\\ud800"),
        ("plain\ttext\nwith émotion 🙂", "plain\ttext\nwith émotion 🙂"),
    ],
)
def test_characters_that_steer_a_terminal_are_shown_as_escapes(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


def test_a_title_of_several_lines_is_shown_on_one() -> None:
    assert escape_line(" a\n\x1bb ") == "a \\x1bb"


def test_the_layout_does_not_depend_on_how_the_text_was_cut() -> None:
    wrapper = Wrapper(12)

    laid = "".join(wrapper.feed(piece).plain for piece in ("one two", " three", " four", " five"))

    assert laid == "one two\nthree four\nfive"
    assert paragraph("one two three four five", 12).plain == laid


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert paragraph("see abcdefghijkl now", 10, indent=2).plain == "  see\n  abcdefgh\n  ijkl now"


def test_wide_characters_count_two_columns() -> None:
    assert paragraph("漢字漢字漢字", 8).plain == "漢字漢字\n漢字"


def test_without_a_terminal_lines_are_not_broken() -> None:
    assert paragraph("word " * 100, None).plain == " ".join(["word"] * 100)


def test_only_markers_are_styled_as_markers() -> None:
    styled = paragraph("[bold]So.[/bold] [1][2]", 80)

    assert styled.plain == "[bold]So.[/bold] [1][2]"
    assert [styled.plain[span.start : span.end] for span in styled.spans if span.style == "cyan"] == ["[1][2]"]


def test_a_footnote_names_title_place_and_words() -> None:
    assert [line.plain for line in footnote(CITATION, 80)] == [
        "[1] Returns",
        "    shop/returns.md, page 3, Policy > Shoes, characters 12-50",
        "    “Shoes may be sent back within 30 days.”",
    ]


def test_a_footnote_says_that_its_words_were_read_from_a_picture() -> None:
    lines = [line.plain for line in footnote(replace(CITATION, from_picture=True), 120)]

    assert lines[1] == "    shop/returns.md, page 3, read from a picture, Policy > Shoes, characters 12-50"


def test_a_footnote_hangs_under_its_number_in_a_narrow_terminal() -> None:
    assert [line.plain for line in footnote(CITATION, 30)] == [
        "[1] Returns",
        "    shop/returns.md, page 3,\n    Policy > Shoes, characters\n    12-50",
        "    “Shoes may be sent back\n    within 30 days.”",
    ]


def test_a_footnote_shows_the_published_page_whole_however_narrow_the_terminal() -> None:
    link = "https://example.org/shop/returns.pdf#page=3"

    lines = [line.plain for line in footnote(replace(CITATION, link=link), 30)]

    assert lines[2] == f"    {link}"
    assert lines[3].startswith("    “Shoes")


def test_a_path_on_a_server_is_not_shown_where_there_is_no_server() -> None:
    on_server = replace(CITATION, link="/documents/0123456789abcdef/file#page=3")

    assert footnote(on_server, 80) == footnote(CITATION, 80)


def test_what_steers_a_terminal_is_escaped_in_a_link_too() -> None:
    hostile = replace(CITATION, link="https://example.org/\x1b]0;x")

    assert "    https://example.org/\\x1b]0;x" in [line.plain for line in footnote(hostile, 80)]


def test_a_source_shows_the_published_page() -> None:
    source = replace(SOURCE, link="https://example.org/r")

    assert source_entry(source, 80)[2].plain == "          https://example.org/r"


def test_a_source_shows_number_score_and_text() -> None:
    assert [line.plain for line in source_entry(SOURCE, 80)] == [
        " 2  0.50  Returns",
        "          returns.md, characters 4-19",
        "          Within 30 days.",
    ]


def test_a_hit_shows_rank_and_the_title_of_its_document() -> None:
    document = Document(id="id", uri="returns.md", sha256="0", title="Returns", text="Within 30 days.")
    passage = Passage("p", "id", 0, 0, 15, "Within 30 days.", (Span(0, 15),))

    lines = hit_lines(Hit(passage, 0.75, 1, "dense"), document, None)

    assert lines[0].plain == " 1  0.75  Returns"


def test_table_columns_are_aligned_and_the_last_is_wrapped() -> None:
    rows = [("ok", "Python", "3.11"), ("problem", "x", "a long text of many words")]

    assert [line.plain for line in table(rows, 35)] == [
        "ok       Python  3.11",
        "problem  x       a long text of\n                 many words",
    ]


def test_a_table_too_narrow_for_its_last_column_puts_it_below() -> None:
    assert [line.plain for line in table([("documents_folder", "seeds", "Where they are.")], 30)] == [
        "documents_folder  seeds\n    Where they are."
    ]


def test_an_answer_is_printed_as_it_comes_with_its_footnotes_below() -> None:
    printed = print_events(
        AnswerStarted("a", "c", "How long?", "How long?"),
        SourcesFound(()),
        CitationIssued(CITATION, 0),
        TextDelta("Within 30 days. [1]"),
        AnswerFinished(an_answer()),
    )

    assert printed == (
        "Within 30 days. [1]\n"
        "\n"
        "[1] Returns\n"
        "    shop/returns.md, page 3, Policy > Shoes, characters 12-50\n"
        "    “Shoes may be sent back within 30 days.”\n"
    )


def test_a_rewritten_question_is_shown() -> None:
    printed = print_events(AnswerStarted("a", "c", "and shoes?", "How long for shoes?"))

    assert printed == "Searched for: How long for shoes?\n\n"


NOTHING = "I looked for “shoes” and found nothing about it in the documents."
DECLINED = an_answer(
    outcome="declined",
    answer=NOTHING,
    note=NOTHING,
    sentences=(),
    citations=(),
    abstention="weak_hits",
    answered_by="none",
)


def test_that_nothing_was_found_is_printed_alone_and_without_footnotes() -> None:
    assert print_events(AnswerFinished(DECLINED)) == f"{NOTHING}\n"


POSSIBLE = an_answer(
    outcome="possible",
    answer="One of these:\nPerhaps.\nWithin 30 days. [1]",
    note="One of these:",
    sentences=(
        AnswerSentence("Perhaps.", (), supported=False),
        AnswerSentence("Within 30 days.", (1,), supported=True),
    ),
    abstention="unsupported",
    answered_by="extractive",
)
POSSIBLE_DELTAS = (
    TextDelta("One of these:", is_note=True),
    TextDelta("\nPerhaps."),
    CitationIssued(CITATION, 1),
    TextDelta("\nWithin 30 days. [1]"),
)
FOOTNOTE = (
    "\n[1] Returns\n"
    "    shop/returns.md, page 3, Policy > Shoes, characters 12-50\n"
    "    “Shoes may be sent back within 30 days.”\n"
)


@pytest.mark.parametrize("deltas", [(), POSSIBLE_DELTAS], ids=["whole", "as it comes"])
def test_what_may_answer_is_printed_below_its_note_a_paragraph_each(deltas: tuple[AnswerEvent, ...]) -> None:
    printed = print_events(*deltas, AnswerFinished(POSSIBLE))

    assert printed == f"One of these:\n\nPerhaps. (not confirmed)\n\nWithin 30 days. [1]\n{FOOTNOTE}"


def test_what_may_answer_begins_each_line_at_the_margin_in_a_narrow_terminal() -> None:
    printed = print_events(*POSSIBLE_DELTAS, AnswerFinished(replace(POSSIBLE, citations=())), width=12)

    assert printed == "One of\nthese:\n\nPerhaps.\n(not\nconfirmed)\n\nWithin 30\ndays. [1]\n"


QUOTED = an_answer(
    answer="Within 30 days. [1]\nShoes; 30 days; unworn. [1]",
    sentences=(
        AnswerSentence("Within 30 days.", (1,), supported=True),
        AnswerSentence("Shoes; 30 days; unworn.", (1,), supported=True, quoted=True),
    ),
)
QUOTED_DELTAS = (
    CitationIssued(CITATION, 0),
    TextDelta("Within 30 days. [1]"),
    TextDelta("\nShoes; 30 days; unworn. [1]", quoted=True),
)


@pytest.mark.parametrize("deltas", [(), QUOTED_DELTAS], ids=["whole", "as it comes"])
def test_a_quote_is_a_paragraph_and_its_words_are_not_repeated_below(deltas: tuple[AnswerEvent, ...]) -> None:
    printed = print_events(*deltas, AnswerFinished(QUOTED))

    without_words = FOOTNOTE.partition("    “")[0]
    assert printed == f"Within 30 days. [1]\n\nShoes; 30 days; unworn. [1]\n{without_words}"


def test_what_may_answer_is_not_said_to_be_quoted_as_the_answer() -> None:
    assert "Quoted directly" not in print_events(AnswerFinished(POSSIBLE))


def test_what_may_answer_says_why_the_llm_gave_no_answer() -> None:
    printed = print_events(AnswerFinished(replace(POSSIBLE, degraded="no LLM")))

    assert printed.endswith("\nThe LLM gave no answer: no LLM.\n")


PARTLY = an_answer(
    outcome="partly",
    answer="Within 30 days. [1] Not answered: “and boots?”",
    note="Not answered: “and boots?”",
    citations=(),
)
PARTLY_DELTAS = (TextDelta("Within 30 days. [1]"), TextDelta(" Not answered: “and boots?”", is_note=True))


@pytest.mark.parametrize("deltas", [(), PARTLY_DELTAS], ids=["whole", "as it comes"])
def test_what_is_not_answered_is_named_behind_the_answer(deltas: tuple[AnswerEvent, ...]) -> None:
    printed = print_events(*deltas, AnswerFinished(PARTLY))

    assert printed == "Within 30 days. [1] Not answered: “and boots?”\n"


@pytest.mark.parametrize("deltas", [(), (TextDelta("Hello! Ask me.", is_note=True),)], ids=["whole", "as it comes"])
def test_a_greeting_is_printed_as_it_is(deltas: tuple[AnswerEvent, ...]) -> None:
    greeting = an_answer(answer="Hello! Ask me.", note="Hello! Ask me.", sentences=(), citations=(), answered_by="none")

    assert print_events(*deltas, AnswerFinished(greeting)) == "Hello! Ask me.\n"


@pytest.mark.parametrize("answer", [DECLINED, PARTLY, POSSIBLE], ids=["declined", "partly", "possible"])
def test_no_note_is_marked_as_not_confirmed(answer: Answer) -> None:
    printed = print_events(AnswerFinished(answer))

    assert f"{answer.note} (not confirmed)" not in printed
    assert printed.count("(not confirmed)") == sum(not sentence.supported for sentence in answer.sentences)


@pytest.mark.parametrize(("answer", "n_italic"), [(DECLINED, 1), (PARTLY, 1), (POSSIBLE, 1), (an_answer(), 0)])
def test_a_note_is_set_apart_from_the_sentences(answer: Answer, n_italic: int) -> None:
    out = Console(file=io.StringIO(), width=500, force_terminal=True, color_system="standard", highlight=False)

    AnswerPrinter(out, Console(file=io.StringIO())).take(AnswerFinished(replace(answer, citations=())))

    assert isinstance(out.file, io.StringIO)
    printed = out.file.getvalue()
    assert printed.count("\x1b[3m") == n_italic * len(answer.note.split())


def test_a_quoted_answer_says_so_and_why_the_llm_gave_none() -> None:
    printed = print_events(
        TextDelta("Within 30 days. [1]"),
        AnswerFinished(an_answer(answered_by="extractive", degraded="no LLM; run `rag models pull`")),
    )

    assert printed.endswith(
        "\n\nQuoted directly from the documents.\nThe LLM gave no answer: no LLM; run `rag models pull`.\n"
    )


@pytest.mark.parametrize("deltas", [(), (TextDelta("Perhaps."), TextDelta(" Within 30 days. [1]"))])
def test_an_unsupported_sentence_is_marked_where_it_stands(deltas: tuple[TextDelta, ...]) -> None:
    sentences = (
        AnswerSentence("Perhaps.", (), supported=False),
        AnswerSentence("Within 30 days.", (1,), supported=True),
    )
    answer = an_answer(answer="Perhaps. Within 30 days. [1]", sentences=sentences, citations=())

    assert print_events(*deltas, AnswerFinished(answer)) == "Perhaps. (not confirmed) Within 30 days. [1]\n"


def test_an_unsupported_sentence_is_dim_and_a_supported_one_is_not() -> None:
    sentences = (AnswerSentence("Perhaps.", (), supported=False), AnswerSentence("Yes.", (1,), supported=True))
    out = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard", highlight=False)

    AnswerPrinter(out, Console(file=io.StringIO())).take(AnswerFinished(an_answer(sentences=sentences, citations=())))

    assert isinstance(out.file, io.StringIO)
    printed = out.file.getvalue()
    assert "\x1b[2mPerhaps.\x1b[0m \x1b[2m(not\x1b[0m \x1b[2mconfirmed)\x1b[0m Yes." in printed


def test_what_was_told_is_taken_back_where_in_the_end_nothing_is_confirmed() -> None:
    printed = print_events(TextDelta("Within 9 days. [1]"), AnswerFinished(replace(POSSIBLE, citations=())))

    assert printed == (
        "Within 9 days. [1]\n\nThat was broken off and does not count. Instead:\n\n"
        "One of these:\n\nPerhaps. (not confirmed)\n\nWithin 30 days. [1]\n"
    )


def test_what_was_broken_off_is_taken_back() -> None:
    printed = print_events(TextDelta("Shoes are. [1]"), AnswerFinished(an_answer(citations=())))

    assert printed == "Shoes are. [1]\n\nThat was broken off and does not count. Instead:\n\nWithin 30 days. [1]\n"


def test_hostile_text_reaches_the_terminal_as_text() -> None:
    hostile = "[link=file:///etc/passwd]x[/link] :smile: \x1b]0;owned\x07 [1]"

    printed = print_events(TextDelta(hostile), AnswerFinished(an_answer(answer=hostile, citations=())), width=200)

    assert printed == "[link=file:///etc/passwd]x[/link] :smile: \\x1b]0;owned\\x07 [1]\n"


def test_progress_of_embedding_is_silent_without_a_terminal() -> None:
    console = Console(file=io.StringIO())

    with StepsView(console) as view:
        view.report("Embedding", 1, 2)
        view.report("Embedding", 2, 2)

    assert isinstance(console.file, io.StringIO)
    assert not console.file.getvalue().strip()


def test_progress_of_embedding_shows_a_rate_in_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)

    with StepsView(console) as view:
        view.report("Embedding", 1, 2)
        view.report("Embedding", 2, 2)

    assert isinstance(console.file, io.StringIO)
    assert "Embedding" in console.file.getvalue()
    assert "2/2" in console.file.getvalue()


def test_a_pull_without_a_terminal_tells_one_line_a_stage() -> None:
    console = Console(file=io.StringIO(), width=80)

    with PullView(console) as view:
        view.report(Progress("downloading", "the model hub", 0, 2_000_000))
        view.report(Progress("downloading", "the model hub", 1_000_000, 2_000_000))
        view.report(Progress("verifying", "the disk", 0, 2_000_000))

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split("\n")[:2] == ["Downloading from the model hub: 2 MB", "Verifying: 2 MB"]


def test_a_pull_in_a_terminal_shows_bytes() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)

    with PullView(console) as view:
        view.report(Progress("downloading", "the model hub", 1_000_000, 2_000_000))
        view.report(Progress("downloading", "the model hub", 2_000_000, 2_000_000))

    assert isinstance(console.file, io.StringIO)
    assert "2.0/2.0 MB" in console.file.getvalue()


def test_no_colour_is_used_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    make_console().print(paragraph("So. [1]", None, style="bold"), soft_wrap=True)

    assert capsys.readouterr().out == "So. [1]\n"


def test_progress_tells_at_once_what_is_skipped_and_why() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)

    with StepsView(console) as view:
        view.report_skipped("notes/old.pdf", "is encrypted; save it without a password")
        view.report("Reading files", 1, 2)

    assert isinstance(console.file, io.StringIO)
    assert "Skipped notes/old.pdf: is encrypted; save it without a password\n" in console.file.getvalue()


def print_draft(draft: Answer, *, is_terminal: bool, is_over: bool = True) -> str:
    out = Console(file=io.StringIO(), width=80, highlight=False)
    printer = AnswerPrinter(out, Console(file=io.StringIO(), force_terminal=is_terminal))
    printer.begin()

    printer.take(AnswerDrafted(draft))
    if is_over:
        printer.take(TextDelta("Thirty days. [1]"))
    printer.clear_status()

    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


DRAFTED = "From the documents, while the LLM generates:\n"


@pytest.mark.parametrize(
    ("is_terminal", "draft"), [(True, f"{DRAFTED}  “Within 30 days.”\n\n"), (False, "")], ids=["terminal", "file"]
)
def test_a_draft_stands_above_the_answer_in_a_terminal_and_nowhere_else(*, is_terminal: bool, draft: str) -> None:
    assert print_draft(an_answer(), is_terminal=is_terminal) == f"{draft}Thirty days. [1]"


def test_a_draft_of_what_may_answer_has_a_line_for_each_sentence() -> None:
    assert print_draft(POSSIBLE, is_terminal=True) == f"{DRAFTED}  “Perhaps.”\n  “Within 30 days.”\n\nThirty days. [1]"
