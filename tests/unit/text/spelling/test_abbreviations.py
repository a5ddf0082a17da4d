import pytest

from rag.text.spelling.abbreviations import find_definitions


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("All use multi-factor authentication (MFA) here.", "MFA", "multi-factor authentication"),
        ("All use MFA (multi-factor authentication) here.", "MFA", "multi-factor authentication"),
        ("Multi-factor\nauthentication (MFA)", "MFA", "Multi-factor authentication"),
        ("Personal protective equipment (PPE) is worn.", "PPE", "Personal protective equipment"),
        ("the Department of Work and Pensions (DWP)", "DWP", "Department of Work and Pensions"),
        ("the Organization of Arab Exporters (OAE)", "OAE", "Organization of Arab Exporters"),
        ("ask the World Health Organization (WHO, Geneva)", "WHO", "World Health Organization"),
        ('the "statutory sick pay" (SSP)', "SSP", "statutory sick pay"),
        # Letters within words.
        ("heat shock transcription factor (HSF)", "HSF", "heat shock transcription factor"),
        ("Die elektronische Patientenakte (ePA) kommt.", "ePA", "elektronische Patientenakte"),
        ("the Internet of Things (IoT)", "IoT", "Internet of Things"),
    ],
)
def test_definitions_are_found_with_either_form_in_brackets(text: str, short: str, long: str) -> None:
    assert list(find_definitions(text)) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "We had lunch (BBQ).",
        "In 2019 the dog (a big one) slept.",
        "Fill in the form (K-310).",
        "She met NASA (the agency).",
        "Multi tools. Factor authentication (XFA)",
        "(MFA)",
        "()",
        "",
        "It ends (MFA",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    assert list(find_definitions(text)) == []
