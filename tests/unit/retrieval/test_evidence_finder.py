"""What is found over a small index, for a question and for a follow-up that was rewritten badly, and what is quoted."""

import pytest

from rag.retrieval.evidence_finder import EvidenceFinder, EvidenceOptions, FoundEvidence
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.text.tokens import count_tokens
from rag.text.tools import LanguageTools
from rag.types import Context, Span
from tests.unit.answering.answerers import FERRY, FERRY_SENTENCE, VOLCANO, make_retriever
from tests.unit.conftest import make_document

TOOLS = LanguageTools(stem, split_sentences, count_tokens, lambda _: "en")


def make_finder(*texts: str, suffix: str = "txt", **options: float) -> EvidenceFinder:
    return EvidenceFinder(make_retriever(*texts, suffix=suffix), TOOLS, EvidenceOptions(**options))


def widened(text: str, sentence: str, suffix: str = "md") -> tuple[str, str]:
    """Return what is quoted for a generated sentence of a document, and what is quoted of it as evidence."""
    finder = make_finder(text, suffix=suffix)
    found = next(one for one in finder.find(sentence).evidence if one.text == sentence)
    unit, around = (widen(found.hit, found.sentence) for widen in (finder.unit_of, finder.section_around))
    return finder.quote(found.hit, unit), finder.quote(found.hit, around)


@pytest.mark.parametrize(
    ("readings", "likeliest"),
    [
        (["Where did Lars Holm train?", "Where did Ines Moreau train?"], "Where did Ines Moreau train?"),
        (["Where did Ines Moreau train?", "Where did Lars Holm train?"], "Where did Ines Moreau train?"),
        # The same words are answered as well, so the likelier reading is taken.
        (["Which volcano erupted in Peru?", "Which volcano in Peru erupted?"], "Which volcano erupted in Peru?"),
        (["Which volcano erupted in Peru?"], "Which volcano erupted in Peru?"),
    ],
)
def test_of_several_readings_the_one_that_the_documents_answer_is_taken(readings: list[str], likeliest: str) -> None:
    assert make_finder().choose_reading(readings) == likeliest


def test_the_best_evidence_has_odds_of_one_and_no_other_has_more() -> None:
    findings = make_finder().find(FERRY)

    odds = [evidence.odds for evidence in findings.evidence]
    assert odds[0] == 1.0
    assert odds == sorted(odds, reverse=True)
    assert findings.evidence[0].text == FERRY_SENTENCE


def test_the_first_hit_is_read_first_and_then_the_others_by_their_best_evidence() -> None:
    found = make_finder().find("Who closed the old pier, and where did Captain Ines Moreau train?")

    by_evidence = list(dict.fromkeys(one.hit.passage.id for one in found.evidence))
    (first,) = (hit.passage.id for hit in found.hits if hit.rank == 1)
    assert [hit.passage.id for hit in found.context.hits] == [first, *(one for one in by_evidence if one != first)]


def test_what_an_llm_reads_is_limited_by_its_tokens() -> None:
    found = make_finder(max_context_tokens=40).find(FERRY)

    assert len(found.context.hits) < len(found.hits) == 3
    assert found.context.n_tokens <= 40


def test_what_is_read_is_labelled_with_its_document() -> None:
    context = make_finder().find(FERRY).context

    assert context.labels == ("Harbour news",) * 3


def test_sources_are_numbered_and_word_for_word() -> None:
    finder = make_finder()

    sources = finder.sources(finder.find(VOLCANO).hits)

    text = make_document().text
    assert [source.number for source in sources] == [1, 2, 3]
    assert all(text[source.start : source.end] == source.text for source in sources)


def test_a_rewriting_that_finds_nothing_gives_way_to_what_was_typed() -> None:
    findings = make_finder(min_confidence=1.0).find(VOLCANO, question=FERRY)

    assert findings.query == FERRY
    assert "420 passengers" in findings.evidence[0].text


@pytest.mark.parametrize(
    ("query", "typed", "min_confidence"),
    [
        (FERRY, "Which comet appeared in Chile?", 1.0),
        (VOLCANO, FERRY, 0.0),
        # One word of content, "ferry": it would fit any question on ferries.
        (VOLCANO, "and the ferry?", 1.0),
    ],
)
def test_a_rewriting_stays_where_it_finds_as_much_or_enough_or_what_was_typed_says_too_little(
    query: str, typed: str, min_confidence: float
) -> None:
    assert make_finder(min_confidence=min_confidence).find(query, question=typed).query == query


def test_where_nothing_is_found_nothing_is_certain() -> None:
    nothing = FoundEvidence("Who?", (), (), Context((), (), 0))

    assert nothing.confidence == 0.0
    assert nothing.nearness <= 0.0


def test_what_comes_near_does_so_by_meaning_or_by_the_words_that_it_holds() -> None:
    near, far = make_finder().find(FERRY), make_finder().find(VOLCANO)

    cosines = [cosine for hit in near.hits for cosine in hit.sentence_scores]
    assert near.nearness >= max(*cosines, near.confidence)
    assert near.nearness > far.nearness


MENU = "# Food\n\n| Meal | Price |\n|---|---|\n| Lunch | 20 euros |\n| Dinner | 35 euros |\n"
POOL = "# Pool\n\nBring with you:\n\n- a towel and some soap\n- a cap for the pool\n\nIt opens at 7 each day.\n"
SHORT = "# Food\n\nDinner costs 35 euros. It is served at 7 each day.\n\nThe kitchen is closed on Mondays.\n"


@pytest.mark.parametrize(
    ("text", "sentence", "quoted", "shown"),
    [
        (MENU, "Meal: Dinner; Price: 35 euros", "Meal: Dinner; Price: 35 euros", "Meal: Dinner; Price: 35 euros"),
        (
            POOL,
            "a cap for the pool",
            "a towel and some soap\na cap for the pool",
            "Bring with you:\na towel and some soap\na cap for the pool\nIt opens at 7 each day.",
        ),
        (
            SHORT,
            "Dinner costs 35 euros.",
            "Dinner costs 35 euros.",
            "Dinner costs 35 euros. It is served at 7 each day.\nThe kitchen is closed on Mondays.",
        ),
    ],
    ids=["row", "list", "paragraph"],
)
def test_a_row_or_list_is_quoted_whole_and_a_section_as_evidence(
    text: str, sentence: str, quoted: str, shown: str
) -> None:
    assert widened(text, sentence) == (quoted, shown)


def test_of_a_long_paragraph_only_the_sentence_is_shown() -> None:
    more = " ".join(f"The room number {n} of the house has a window and a door." for n in range(15))

    assert (
        widened(f"# Food\n\nDinner costs 35 euros. {more}\n", "Dinner costs 35 euros.")[1] == "Dinner costs 35 euros."
    )


def test_of_a_long_list_as_many_items_are_quoted_as_are_read_at_a_glance() -> None:
    items = [f"The room number {n} of the house has a window and a door." for n in range(20)]

    quoted, _ = widened("# House\n\n" + "".join(f"- {item}\n" for item in items), items[5])

    assert quoted.startswith(items[5])
    assert len(quoted) <= 400


@pytest.mark.parametrize(("n_sentences", "n_quoted"), [(1, 2), (2, 2), (3, 1)])
def test_a_numbered_paragraph_is_no_step_of_a_list(n_sentences: int, n_quoted: int) -> None:
    till = " ".join(["The old till will go.", "Tom gets three quotes.", "All is done by March."][:n_sentences])
    party = " ".join(["The party is in June.", "Marta sees to the boats.", "Nobody has to pay."][:n_sentences])

    quoted, _ = widened(f"# Minutes\n\n1. {till}\n2. {party}\n", "The old till will go.")

    assert [text in quoted for text in (till, party)] == [True, n_quoted == 2]


def test_of_a_long_item_only_the_sentence_is_quoted() -> None:
    more = " ".join(f"The room number {n} of the house has a window and a door." for n in range(9))

    assert widened(f"# Food\n\n- Dinner costs 35 euros. {more}\n", "Dinner costs 35 euros.")[0] == (
        "Dinner costs 35 euros."
    )


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("- Lunch: 20 euros\n- Dinner: 35 euros\n", "Lunch: 20 euros\nDinner: 35 euros"),
        ("- It opened in 1932.\n- Dinner: 35 euros\n", "It opened in 1932.\nDinner: 35 euros"),
        ("- Meals of the day,\n- Dinner: 35 euros\n", "Meals of the day,\nDinner: 35 euros"),
    ],
)
def test_each_item_is_quoted_on_its_own_line(text: str, quoted: str) -> None:
    assert widened(text, "Dinner: 35 euros")[0] == quoted


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_the_end_of_a_line_within_a_sentence_is_a_space(suffix: str) -> None:
    finder = make_finder("The ferry Aurora carries 420\npassengers across the bay.\n", suffix=suffix)
    found = finder.find(FERRY).evidence[0]

    assert finder.quote(found.hit, found.sentence) == FERRY_SENTENCE


def test_misspelt_words_are_corrected_in_what_is_searched_for_ranked_and_read() -> None:
    typed = make_finder().find("How many pasengers does the fery Aurora carry?")
    right = make_finder().find(FERRY)

    assert typed.query == FERRY
    assert [(one.text, one.confidence) for one in typed.evidence] == [
        (one.text, one.confidence) for one in right.evidence
    ]


def test_a_question_that_only_a_correction_rewrites_is_searched_for_once() -> None:
    found = make_finder().find(FERRY, question="How many pasengers does the fery Aurora carry?")

    assert found == make_finder().find(FERRY)


def test_readings_are_corrected_before_one_is_chosen() -> None:
    assert make_finder().choose_reading(["Who is the harbuor master?"]) == "Who is the harbour master?"


LOGIN = "All staff sign in with multi-factor authentication (MFA)."
VALIDITY = "Each MFA token is valid for 30 days."
FALLBACK = "Without multi-factor authentication the helpdesk opens the door."


def test_a_question_with_the_long_form_finds_what_is_said_with_the_abbreviation_only() -> None:
    finder = make_finder(LOGIN, VALIDITY, "The old pier was closed. " * 9)

    found = finder.find("How long is each multi-factor authentication token valid?")

    assert found.query == "How long is each MFA token valid?"
    assert found.evidence[0].text == VALIDITY


def test_a_question_with_an_abbreviation_finds_what_is_said_with_the_long_form_only() -> None:
    finder = make_finder(LOGIN, FALLBACK, "The old pier was closed. " * 9)

    found = finder.find("Who opens the door without MFA?")

    assert found.query == "Who opens the door without multi-factor authentication?"
    assert found.evidence[0].text == FALLBACK


def test_a_question_in_the_words_of_the_documents_keeps_them() -> None:
    finder = make_finder(LOGIN, VALIDITY)

    assert finder.find("How long is each MFA token valid?").query == "How long is each MFA token valid?"


def test_code_is_quoted_with_its_lines_and_indents() -> None:
    text = "To stop the ferry Aurora run this:\n\n    if fog:\n        stop(ferry)\n"
    finder = make_finder(text, suffix="md")
    hit = finder.find("How do I stop the ferry Aurora?").hits[0]

    quote = finder.quote(hit, Span(0, len(make_document(text, "a.md").text)))

    assert quote == "To stop the ferry Aurora run this:\nif fog:\n    stop(ferry)"
