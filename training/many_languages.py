"""Change sentences of ten languages: the negation, a number, a name, a word, the order.

Only the negations need to know the language. Numbers and names have the same shape everywhere, and
words are replaced by words that stand in another sentence.
"""

import random
import re
from collections.abc import Iterator, Sequence

from training.pair import Label


def _forms(negated: str, verbs: str) -> tuple[tuple[str, str], ...]:
    """Return each verb with its negated form."""
    return tuple((verb, negated.format(verb)) for verb in verbs.split())


# For each language: forms that affirm, and the same negated. The first half of each pair is looked
# for as whole words where words are spaced.
_NEGATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (
        *_forms(
            "{} nicht",
            "ist sind war waren wird werden wurde wurden kann können hat haben muss müssen darf "
            "dürfen soll sollte sollten funktioniert enthält gibt",
        ),
        ("ein", "kein"),
        ("eine", "keine"),
        ("einen", "keinen"),
        ("immer", "nie"),
        ("immer", "niemals"),
        ("mit", "ohne"),
        ("alle", "keine"),
        ("jeder", "niemand"),
    ),
    "fr": (
        *_forms(
            "ne {} pas",
            "sont peut peuvent doit doivent fait font va sera seront permet permettent contient fonctionne",
        ),
        ("est", "n'est pas"),
        ("a", "n'a pas"),
        ("ont", "n'ont pas"),
        ("était", "n'était pas"),
        ("toujours", "jamais"),
        ("avec", "sans"),
        ("est", "n'est jamais"),
    ),
    "es": (
        *_forms(
            "no {}",
            "es son está están puede pueden debe deben tiene tienen se ha han fue fueron será permite "
            "permiten contiene funciona hay",
        ),
        ("siempre", "nunca"),
        ("con", "sin"),
        ("también", "tampoco"),
        ("algún", "ningún"),
    ),
    "it": (
        *_forms(
            "non {}",
            "è sono può possono deve devono ha hanno viene vengono era fu sarà permette contiene funziona",
        ),
        ("sempre", "mai"),
        ("con", "senza"),
        ("ogni", "nessun"),
    ),
    "pt": (
        *_forms(
            "não {}",
            "é são está estão pode podem deve devem tem têm foi foram será permite contém funciona há",
        ),
        ("sempre", "nunca"),
        ("com", "sem"),
        ("algum", "nenhum"),
        ("também", "tampouco"),
    ),
    "nl": (
        *_forms(
            "{} niet",
            "is zijn was waren wordt worden werd kan kunnen heeft hebben moet moeten mag mogen zal werkt",
        ),
        ("een", "geen"),
        ("altijd", "nooit"),
        ("met", "zonder"),
        ("iedereen", "niemand"),
    ),
    "ru": (
        *_forms(
            "не {}",
            "может могут должен должна должны является являются был была были будет будут имеет "
            "используется поддерживает содержит позволяет работает требуется можно нужно следует",
        ),
        ("всегда", "никогда"),
        ("есть", "нет"),
        ("можно", "нельзя"),
        ("все", "никто"),
        ("с", "без"),
    ),
    "ar": (
        *_forms(
            "لا {}",
            "يمكن يجب يوجد يعمل يحتوي يستخدم يسمح تعمل توجد تحتوي يكون تكون",
        ),
        ("كان", "لم يكن"),
        ("كانت", "لم تكن"),
        ("دائما", "أبدا"),
        ("مع", "بدون"),
    ),
    "zh": (
        *_forms(
            "不{}",
            "是 会 能 可以 需要 应该 支持 包含 允许",
        ),
        ("有", "没有"),
        ("已经", "还没有"),
        ("都", "都不"),
        ("总是", "从不"),
        ("必须", "不必"),
    ),
    "ja": (
        ("できます", "できません"),
        ("できる", "できない"),
        ("あります", "ありません"),
        ("です", "ではありません"),
        ("である", "ではない"),
        ("します", "しません"),
        ("されます", "されません"),
        ("する", "しない"),
        ("される", "されない"),
        ("ています", "ていません"),
        ("ました", "ませんでした"),
        ("なります", "なりません"),
        ("必要です", "不要です"),
        ("常に", "決して"),
    ),
}
_UNSPACED = frozenset(("zh", "ja"))
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[^\W\d_] )[A-ZА-ЯÀ-Þ][\w-]{2,}(?: [A-ZА-ЯÀ-Þ][\w-]{2,})*")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,}")
_WORD = re.compile(r"[^\W\d_]{4,}")
_CJK_WORD = re.compile(r"[\u30a1-\u30fa\u30fc]{3,}|[\u4e00-\u9fff]{2}")
_COMMA = re.compile(r"[,;，；、،؛]\s*")

Change = tuple[str, str, Label]


def falsify(sentence: str, context: Sequence[str], language: str, draw: random.Random) -> Iterator[Change]:
    """Yield changes that make a sentence false.

    Args:
        context: Other sentences in its language; numbers, names and words are taken from them.
    """
    around = " ".join(context)
    for kind, label, new in (
        ("negation", "contradicted", _negate(sentence, language, draw)),
        ("number", "contradicted", _change_number(sentence, around, draw)),
        ("name", "contradicted", _exchange(sentence, around, _name_pattern(language), draw)),
        ("word", "not said", _exchange(sentence, around, _word_pattern(language), draw)),
        ("roles", "contradicted", _swap(sentence, language, draw)),
        ("clause added", "not said", _add_clause(sentence, context, draw)),
    ):
        if new is not None and new != sentence:
            yield kind, new, label


def shorten(sentence: str, draw: random.Random) -> str | None:
    """Return a sentence without the words after its last comma, or in parentheses."""
    without = re.sub(r"\s*[(（][^()（）]{3,}[)）]", "", sentence)
    if without != sentence:
        return without
    commas = list(_COMMA.finditer(sentence))
    if not commas or draw.random() < 0.5:
        return None
    end = sentence[-1] if not sentence[-1].isalnum() else ""
    left = sentence[: commas[-1].start()]
    return left + end if len(left) > len(sentence) / 2 else None


def _negate(sentence: str, language: str, draw: random.Random) -> str | None:
    choices = []
    for plain, negated in _NEGATIONS.get(language, ()):
        for old, new in ((negated, plain), (plain, negated)):
            pattern = re.escape(old) if language in _UNSPACED else rf"(?<!\w){re.escape(old)}(?!\w)"
            choices += [(match.start(), match.end(), new, old == negated) for match in re.finditer(pattern, sentence)]
    # What is negated already is made positive, never negated twice.
    dropped = [one for one in choices if one[3]]
    if dropped:
        choices = dropped
    if not choices:
        return None
    start, end, new, _ = draw.choice(choices)
    return sentence[:start] + new + sentence[end:]


def _change_number(sentence: str, around: str, draw: random.Random) -> str | None:
    numbers = list(_NUMBER.finditer(sentence))
    if not numbers:
        return None
    match = draw.choice(numbers)
    others = [one for one in _NUMBER.findall(around) if one not in sentence]
    if others and draw.random() < 0.5:
        return sentence[: match.start()] + draw.choice(others) + sentence[match.end() :]
    i = draw.randrange(len(match[0]))
    if not match[0][i].isdigit():
        i = 0
    digit = draw.choice([one for one in "123456789" if one != match[0][i]])
    number = match[0][:i] + digit + match[0][i + 1 :]
    return sentence[: match.start()] + number + sentence[match.end() :]


def _exchange(sentence: str, around: str, pattern: re.Pattern[str], draw: random.Random) -> str | None:
    found = list(pattern.finditer(sentence))
    others = [one for one in pattern.findall(around) if one.casefold() not in sentence.casefold()]
    if not found or not others:
        return None
    match = draw.choice(found)
    return sentence[: match.start()] + draw.choice(others) + sentence[match.end() :]


def _swap(sentence: str, language: str, draw: random.Random) -> str | None:
    """Let two names, or else two words, change places."""
    found = list(_name_pattern(language).finditer(sentence))
    if len({one[0] for one in found}) < 2:
        found = list(_word_pattern(language).finditer(sentence))
    if len({one[0] for one in found}) < 2:
        return None
    one, other = sorted(draw.sample(found, 2), key=lambda match: match.start())
    if one[0] == other[0]:
        return None
    return sentence[: one.start()] + other[0] + sentence[one.end() : other.start()] + one[0] + sentence[other.end() :]


def _add_clause(sentence: str, context: Sequence[str], draw: random.Random) -> str | None:
    clauses = [part for other in context for part in _COMMA.split(other)[1:] if len(part) > 8]
    if not clauses:
        return None
    end = sentence[-1] if not sentence[-1].isalnum() else ""
    comma = "，" if re.search(r"[\u3040-\u9fff]", sentence) else ", "
    return sentence.rstrip(" .。!?؟") + comma + draw.choice(clauses).rstrip(" .。!?؟") + end


def _name_pattern(language: str) -> re.Pattern[str]:
    return _LATIN_NAME if language in {"zh", "ja", "ar"} else _NAME


def _word_pattern(language: str) -> re.Pattern[str]:
    return _CJK_WORD if language in _UNSPACED else _WORD
