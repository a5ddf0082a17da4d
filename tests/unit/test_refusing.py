import pytest

from rag.refusing import LANGUAGES, refuse


@pytest.mark.parametrize(
    ("abstention", "language", "expected"),
    [
        ("no_hits", "en", "I looked for “tides” and found nothing about it in the documents."),
        ("weak_hits", "de", "Ich habe nach „tides“ gesucht und in den Dokumenten nichts dazu gefunden."),
        ("model_declined", "ja", "「tides」を探しましたが、文書には書かれていません。"),
        ("model_declined", "xx", "I looked for “tides”; the documents do not say."),
    ],
)
def test_a_refusal_names_what_was_looked_for_in_the_readers_language(
    abstention: str, language: str, expected: str
) -> None:
    assert refuse(abstention, "tides", language, offers_passages=False) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("abstention", ["no_hits", "weak_hits", "model_declined", "unsupported"])
def test_every_language_names_it_once_and_leads_to_the_passages(abstention: str, language: str) -> None:
    alone = refuse(abstention, "tides", language, offers_passages=False)
    leading = refuse(abstention, "tides", language, offers_passages=True)

    assert alone.count("tides") == 1
    assert leading.startswith(alone)
    assert leading != alone
    assert "{}" not in leading


@pytest.mark.parametrize("question", ["{} {0} {x.__class__}", "[1] (b) $x ${y} %s", "<b>x</b> & 'y'", "\\g<0> \\1"])
def test_what_was_looked_for_stays_text(question: str) -> None:
    assert f"“{question}”" in refuse("unsupported", question, "en", offers_passages=True)


def test_a_long_question_is_cut_and_put_on_one_line() -> None:
    told = refuse("no_hits", "tide\n\n" * 100, "en", offers_passages=False)

    shown = told.split("“")[1].split("”")[0]
    assert len(shown) <= 200
    assert shown.startswith("tide tide")
    assert shown.endswith("…")
