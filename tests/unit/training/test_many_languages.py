import random

import pytest

from training.many_languages import falsify, shorten


def changes_of(sentence: str, context: list[str], language: str) -> dict[str, str]:
    return {kind: text for kind, text, _ in falsify(sentence, context, language, random.Random(1))}  # noqa: S311


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("de", "Das Archiv ist offen.", "Das Archiv ist nicht offen."),
        ("fr", "Le bureau est ouvert.", ("Le bureau n'est pas ouvert.", "Le bureau n'est jamais ouvert.")),
        ("es", "El archivo puede abrir.", "El archivo no puede abrir."),
        ("it", "Il museo contiene libri.", "Il museo non contiene libri."),
        ("pt", "O arquivo funciona bem.", "O arquivo não funciona bem."),
        ("nl", "Het archief werkt goed.", "Het archief werkt niet goed."),
        ("ru", "Архив работает утром.", "Архив не работает утром."),
        ("zh", "系统支持多种语言。", "系统不支持多种语言。"),
        ("ja", "検索できます。", "検索できません。"),
    ],
)
def test_a_sentence_is_negated(language: str, sentence: str, expected: str | tuple[str, ...]) -> None:
    negated = changes_of(sentence, [], language)["negation"]

    assert negated in ((expected,) if isinstance(expected, str) else expected)


def test_what_is_negated_is_affirmed_and_never_negated_twice() -> None:
    assert changes_of("Das Archiv ist nicht offen.", [], "de")["negation"] == "Das Archiv ist offen."


def test_a_number_changes_to_another() -> None:
    changed = changes_of("Geöffnet seit 1921.", ["Erbaut 1850."], "de")["number"]

    assert changed.startswith("Geöffnet seit ")
    assert changed != "Geöffnet seit 1921."


def test_a_name_comes_from_another_sentence() -> None:
    changed = changes_of("Il museo di Torino.", ["La sede era a Milano."], "it")["name"]

    assert changed == "Il museo di Milano."


def test_a_parenthesis_is_left_out() -> None:
    draw = random.Random(1)  # noqa: S311

    assert shorten("Das Archiv (seit 1921) ist offen.", draw) == "Das Archiv ist offen."
