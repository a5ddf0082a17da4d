"""Find what a document says near its beginning of who wrote it, and when. Pure."""

# ruff: noqa: E501 -- lists of words

import re
from collections.abc import Sequence
from typing import Literal

from rag.answering.gathering.comparing.dates import find_dates
from rag.types import Span

Field = Literal["author", "date", "n_pages", "language", "media_type", "title"]

_PATTERNS: dict[Field, str] = {
    "author": r"""\b(?:who(?:se|m)?|author|penned|by whom|name the writer|wer|wem|autor\w*|verfass\w*|von wem|qui|auteure?s?
|rédigé|quién(?:es)?|quien|autora?|chi|autore|quem|wie schreef|auteur|kto|кто|кем|автор\w*|хто|ким)\b|誰|作成者|著者|谁|作者""",
    "date": r"""\b(?:when|date[ds]?|how (?:old|recent|current)|(?:which|what|in what) (?:year|day|month)|since when|from which
|until when|up to date|wann|datum|stand|seit wann|welche[mnrs]? (?:jahr|tag)|aktualisiert|quand|(?:de|à la) quelle date
|année|cuándo|cuando|fecha|año|quando|data|wanneer|kiedy|когда|дат[аыу]|какого числа|коли|року)\b|いつ|日付|更新日|何年|何时|日期""",
    "n_pages": r"""\b(?:(?:how many|number of|wie ?viele|combien de|cuántas|quante|quantas|hoeveel|ile) (?:pages?|seiten|slides?
|folien|páginas|pagine|pagina's|stron)|(?:page|seiten|seite) ?(?:count|zahl)|seitenzahl|(?:сколько|скільки) (?:страниц|сторінок)|pages)\b
|何ページ|多少页|几页""",
    "language": r"\b(?:what|which) language|welcher sprache|quelle langue|qué idioma|каком языке|何語|什么语言",
    "media_type": r"\b(?:file (?:type|format)|format of|(?:what|which) (?:format|type of file)|dateiformat|dateityp|format de fichier)\b",
    "title": r"\b(?:(?:exact|full|whole) (?:title|name)|title of|genaue titel|titre exact|título completo)\b|正式なタイトル",
}
_ASKED = {name: re.compile(pattern.replace("\n", ""), re.IGNORECASE) for name, pattern in _PATTERNS.items()}
# A date from which a document is valid is no property of its file.
_VALIDITY = re.compile(
    r"\b(?:force|effective|valid|apply|applies|applied|expire|gilt|gültig|in kraft|vigueur|valable|vigor|действует|діє)|施行",
    re.IGNORECASE,
)
# Who did this need not be the author of the file.
_OTHER_ROLE = re.compile(
    r"approv|sign|responsib|charge|owner|translat|edit|took|genehmig|unterschr|verantwort|übersetz|approuv|traduit"
    r"|respons|aprob|tradu|firm|утверд|подпис|ответствен|перев",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"""(?<![^\W_])(?:author(?:ed)?|written|prepared|compiled|drafted|approved|adopted|signed|issued|edited|owner|responsible
|maintained|touched|reviewed|minutes taken|taken by|contact|from|editor|verfasst|verfasser\w*|autor\w*|erstellt|genehmigt
|freigegeben|verantwortlich\w*|bearbeite\w+|protokoll|von|auteur|rédig\w+|établi|approuvé\w*|responsable|de|redactad\w+
|elaborad\w+|aprobad\w+|autore|redatto|approvato|elaborado|aprovado|opgesteld|opracow\w+|автор|составил\w*|утвержд\w*
|подготовил\w*|автор|склав)\b[^.\n]{0,20}?(?::|\bby\b|\bvon\b|\bpar\b|\bpor\b|\bda\b|\bdoor\b)|(?:作成者?|著者|担当|作者)\s*[:：]""".replace(
        "\n", ""
    ),
    re.IGNORECASE,
)
_DATE_CUE = re.compile(
    r"""(?<![^\W_])(?:valid|effective|force|appl\w+|as of|version|edition|issued?|revised|last|updated?|review\w*|changed
|touched|modified|date|datum|stand|fassung|gültig|gilt|kraft|beschlossen|aktualisiert|adopted|approved|agreed|published
|jour|vigueur|approuvé\w*|adopté\w*|fecha|actualizad\w+|vigor|aprobad\w+|aggiornat\w+|data|действует|дата|редакция
|утвержд\w*|обновлен\w*)(?![^\W_])|施行|改訂|更新|作成日""".replace("\n", ""),
    re.IGNORECASE,
)
_BEGINNING = 900
_N_LINES = 8


def fields_asked_for(question: str) -> set[Field]:
    """Return what a question wants to know of a document."""
    return {name for name, pattern in _ASKED.items() if pattern.search(question)}


def asks_validity(question: str) -> bool:
    """Tell whether a question asks when a document is valid, not when it was written or saved."""
    return bool(_VALIDITY.search(question))


def asks_other_role(question: str) -> bool:
    """Tell whether a question asks who approved, signed or answers for a document."""
    return bool(_OTHER_ROLE.search(question))


def without_fields(question: str) -> str:
    """Return a question without the words that name what it wants to know."""
    for pattern in _ASKED.values():
        question = pattern.sub(" ", question)
    return question


def find_imprint(text: str, sentences: Sequence[Span], fields: set[Field]) -> list[Span]:
    """Return the sentences near the beginning that say who wrote a document, or its date.

    Args:
        text: Of the document, at least its beginning.
        sentences: Of its first passages, in order.
    """
    first = [span for span in sentences if span.start < _BEGINNING][:_N_LINES]
    found = []
    for span in first:
        words = text[span.start : span.end]
        is_role = "author" in fields and bool(_ROLE.search(words))
        is_date = "date" in fields and bool(_DATE_CUE.search(words)) and bool(find_dates(words))
        if is_role or is_date:
            found.append(span)
    return found
