import pytest

from rag.retrieval.other_forms import OtherForms
from rag.text.spelling.abbreviations import Definition

FORMS = OtherForms(
    {
        Definition("MFA", "multi-factor authentication"): 2,
        Definition("MFA", "Multi-Factor Authentication"): 3,
        Definition("PTO", "paid time off"): 1,
        Definition("WHO", "World Health Organization"): 1,
        Definition("RPO", "recovery point objective"): 2,
        Definition("RPO", "regional planning office"): 1,
    }
)


@pytest.mark.parametrize(
    ("query", "others"),
    [
        ("How long is the MFA token valid?", ["How long is the Multi-Factor Authentication token valid?"]),
        ("how long is the mfa token valid", ["how long is the Multi-Factor Authentication token valid"]),
        ("Which tokens does multi factor authentication need?", ["Which tokens does MFA need?"]),
        ("How much Paid Time Off do I get?", ["How much PTO do I get?"]),
        ("What is the RPO?", ["What is the recovery point objective?", "What is the regional planning office?"]),
        # It has both forms.
        ("What is multi-factor authentication (MFA)?", []),
        # "Who" is no abbreviation, WHO is.
        ("Who decides?", []),
        ("What does the WHO say?", ["What does the World Health Organization say?"]),
        ("What is an MFAX?", []),
        ("", []),
    ],
)
def test_a_query_is_said_with_the_other_form_of_an_abbreviation(query: str, others: list[str]) -> None:
    assert FORMS.of(query) == others


def test_a_query_has_at_most_three_other_forms() -> None:
    assert len(FORMS.of("MFA, RPO, PTO and WHO")) == 3


def test_without_definitions_there_are_no_other_forms() -> None:
    assert OtherForms({}).of("What is MFA?") == []
