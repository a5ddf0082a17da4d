import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.passages import chunk_document
from rag.text.tokens import count_tokens
from tests.unit.conftest import SPLIT, make_document, make_passages


def test_a_passage_is_the_documents_own_words_and_so_is_each_sentence() -> None:
    document = make_document()

    passages = make_passages(document)

    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        for span in passage.sentences:
            assert document.text[span.start : span.end] == passage.text_of(span)


def test_passages_do_not_cross_paragraphs_of_some_size() -> None:
    passages = make_passages(make_document(), max_tokens=200, min_tokens=8)

    assert [passage.text.split()[0] for passage in passages] == ["Harbour", "Captain", "The"]


def test_a_title_joins_the_paragraph_after_it() -> None:
    passages = make_passages(make_document())

    assert passages[0].text.startswith("Harbour news\n\nThe ferry Aurora")


def test_a_small_last_paragraph_joins_the_one_before_it() -> None:
    document = make_document("The ferry Aurora carries 420 passengers across the bay every day.\n\nThe end.")

    passages = make_passages(document)

    assert len(passages) == 1


def test_a_line_break_is_a_mere_wrap_where_the_next_word_would_not_have_fitted() -> None:
    wrapped = make_document("The ferry Aurora carries people and cars across\nthe wide bay of Northport in summer.")
    headline = make_document(
        "Ferry runs again\nThe ferry Aurora carries people and cars across the wide bay of Northport."
    )

    assert len(make_passages(wrapped, min_tokens=0)[0].sentences) == 1
    assert make_passages(headline, min_tokens=0)[0].text == "Ferry runs again"


def test_list_items_are_paragraphs_of_their_own() -> None:
    document = make_document("- the first item of the list\n- the second item of the list")

    assert len(make_passages(document, min_tokens=0)) == 2


def test_a_sentence_over_the_budget_is_cut_between_words() -> None:
    document = make_document(" ".join(["word"] * 100))

    passages = make_passages(document, max_tokens=20, min_tokens=0)

    assert len(passages) == 5
    assert all(passage.text.split() == ["word"] * 20 for passage in passages)


def test_a_word_over_the_budget_is_cut_between_characters_and_none_is_lost() -> None:
    document = make_document("x" * 1000)

    passages = make_passages(document, max_tokens=16, min_tokens=0)

    assert "".join(passage.text for passage in passages) == "x" * 1000


def test_the_same_words_twice_are_two_passages_with_two_ids() -> None:
    document = make_document("The same words stand here twice, in full.\n\nThe same words stand here twice, in full.")

    passages = make_passages(document, max_tokens=16, min_tokens=0)

    assert passages[0].text == passages[1].text
    assert passages[0].id != passages[1].id


@pytest.mark.parametrize(("max_tokens", "min_tokens"), [(0, 0), (10, 11)])
def test_impossible_budgets_are_refused(max_tokens: int, min_tokens: int) -> None:
    with pytest.raises(ValueError, match="min_tokens"):
        make_passages(make_document(), max_tokens=max_tokens, min_tokens=min_tokens)


@given(st.text(alphabet=st.sampled_from("ab .!?\n\t-1😀é"), max_size=300))
def test_every_word_of_any_text_is_in_exactly_one_sentence(text: str) -> None:
    document = make_document(text)

    passages = chunk_document(document, SPLIT, count_tokens, max_tokens=16, min_tokens=4)

    told = "".join(text[span.start : span.end] for passage in passages for span in passage.sentences)
    assert "".join(told.split()) == "".join(text.split())
    assert all(text[passage.start : passage.end] == passage.text for passage in passages)
