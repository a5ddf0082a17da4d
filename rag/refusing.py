"""Say that there is no answer, in the reader's language: what was looked for, and why nothing is told."""

from dataclasses import dataclass

from rag.types import Abstention

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _Phrases:
    """One language's; `{}` stands for what was looked for.

    Attributes:
        nothing: Nothing in the documents speaks of it.
        unsaid: They do, but do not say this.
        unsupported: What was written could not be confirmed.
        nearest: Leads to the nearest passages.
    """

    nothing: str
    unsaid: str
    unsupported: str
    nearest: str


_PHRASES = {
    "en": _Phrases(
        "I looked for “{}” and found nothing about it in the documents.",
        "I looked for “{}”; the documents do not say.",
        "I looked for “{}” and could not confirm an answer in the documents, so I give none.",
        "These passages come nearest:",
    ),
    "de": _Phrases(
        "Ich habe nach „{}“ gesucht und in den Dokumenten nichts dazu gefunden.",
        "Ich habe nach „{}“ gesucht; in den Dokumenten steht es nicht.",
        "Ich habe nach „{}“ gesucht und konnte in den Dokumenten keine Antwort bestätigen, darum gebe ich keine.",
        "Diese Stellen kommen dem am nächsten:",
    ),
    "fr": _Phrases(
        "J’ai cherché « {} » et n’ai rien trouvé à ce sujet dans les documents.",
        "J’ai cherché « {} » ; les documents ne le disent pas.",
        "J’ai cherché « {} » et n’ai pu confirmer aucune réponse dans les documents ; je n’en donne donc pas.",
        "Les passages les plus proches :",
    ),
    "es": _Phrases(
        "He buscado «{}» y no he encontrado nada al respecto en los documentos.",
        "He buscado «{}»; los documentos no lo dicen.",
        "He buscado «{}» y no he podido confirmar ninguna respuesta en los documentos, así que no doy ninguna.",
        "Los pasajes más cercanos:",
    ),
    "it": _Phrases(
        "Ho cercato «{}» e nei documenti non ho trovato nulla in proposito.",
        "Ho cercato «{}»; i documenti non lo dicono.",
        "Ho cercato «{}» e non ho potuto confermare una risposta nei documenti, perciò non ne do.",
        "I passaggi più vicini:",
    ),
    "pt": _Phrases(
        "Procurei «{}» e não encontrei nada sobre isso nos documentos.",
        "Procurei «{}»; os documentos não o dizem.",
        "Procurei «{}» e não consegui confirmar uma resposta nos documentos, por isso não dou nenhuma.",
        "Os trechos mais próximos:",
    ),
    "nl": _Phrases(
        "Ik heb gezocht naar „{}” en er niets over gevonden in de documenten.",
        "Ik heb gezocht naar „{}”; de documenten zeggen het niet.",
        "Ik heb gezocht naar „{}” en kon in de documenten geen antwoord bevestigen, dus geef ik er geen.",
        "Deze passages komen het dichtst in de buurt:",
    ),
    "pl": _Phrases(
        "Szukałem „{}” i nie znalazłem nic na ten temat w dokumentach.",
        "Szukałem „{}”; dokumenty tego nie mówią.",
        "Szukałem „{}” i nie mogłem potwierdzić odpowiedzi w dokumentach, więc jej nie podaję.",
        "Najbliższe fragmenty:",
    ),
    "ru": _Phrases(
        "Поиск «{}» ничего не дал: в документах об этом не говорится.",
        "Поиск «{}»: документы не дают ответа.",
        "Поиск «{}»: ответ не удалось подтвердить документами, поэтому его нет.",
        "Ближайшие фрагменты:",
    ),
    "uk": _Phrases(
        "Пошук «{}» нічого не дав: у документах про це не йдеться.",
        "Пошук «{}»: документи не дають відповіді.",
        "Пошук «{}»: відповідь не вдалося підтвердити документами, тому її немає.",
        "Найближчі уривки:",
    ),
    "ja": _Phrases(
        "「{}」を探しましたが、文書には見つかりませんでした。",
        "「{}」を探しましたが、文書には書かれていません。",
        "「{}」を探しましたが、文書で答えを確認できなかったため、お答えできません。",
        "最も近い箇所:",
    ),
    "zh": _Phrases(
        "我查找了“{}”，文档中没有相关内容。",
        "我查找了“{}”，文档中没有说明。",
        "我查找了“{}”，但无法在文档中确认答案，因此不作回答。",
        "最接近的段落：",
    ),
}
_FALLBACK = "en"

LANGUAGES = tuple(_PHRASES)
"""ISO 639-1 codes of the languages in which it is said."""


def refuse(abstention: Abstention, looked_for: str, language: str, *, offers_passages: bool) -> str:
    """Return what a reader is told instead of an answer.

    Args:
        looked_for: The query, in which nothing is read as markup; long ones are cut.
        language: ISO 639-1 code; English where we do not speak it.
        offers_passages: The nearest passages are listed below.
    """
    phrases = _PHRASES.get(language, _PHRASES[_FALLBACK])
    said = {
        "no_hits": phrases.nothing,
        "weak_hits": phrases.nothing,
        "model_declined": phrases.unsaid,
        "unsupported": phrases.unsupported,
    }[abstention]
    shown = " ".join(looked_for.split())
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[: _SHOWN_CHARACTERS - 1].rstrip() + "…"
    told = said.replace("{}", shown)
    return f"{told} {phrases.nearest}" if offers_passages else told
