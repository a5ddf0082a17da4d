import pytest

from rag.answering.reply.declines import is_decline, is_fixed_decline


@pytest.mark.parametrize(
    "sentence",
    [
        "NOT_IN_DOCUMENTS",
        "The text does not mention the foreign minister.",
        "The given passage doesn't provide this information.",
        "There is no information about this in the text.",
        "It cannot be determined from the context.",
        "There is not enough information in the text to answer.",
        "I don't have enough information to answer that.",
        "I don’t know.",
        "Sorry, that is not covered.",
        "Der Text enthält keine Angabe darüber.",
        "Das wird im Text nicht erwähnt.",
        "Le texte ne mentionne pas le ministre.",
        "El texto no lo menciona.",
        "O texto não menciona o ministro.",
        "Il testo non menziona il ministro.",
        "De tekst vermeldt niet wie; daarover is geen informatie in het document.",
    ],
)
def test_a_refusal_is_noticed(sentence: str) -> None:
    assert is_decline(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Ukraine cannot join NATO.", "He never answered the call."],
)
def test_a_negative_statement_is_no_refusal_by_itself(sentence: str) -> None:
    assert not is_decline(sentence)


def test_only_the_words_that_were_given_for_it_decline_for_certain() -> None:
    assert is_fixed_decline("NOT_IN_DOCUMENTS.")
    assert not is_fixed_decline("Personal information is not disclosed to third parties.")
