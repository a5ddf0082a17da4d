"""Word the results that are computed from a table in the reader's language."""

from rag.answering.gathering.tabling.amounts import Computed, Operation

_FALLBACK = "en"
_MOST_NAMES = 5
_WORDS: dict[str, dict[Operation, str]] = {
    "en": {"sum": "Sum", "mean": "Average", "highest": "Highest", "lowest": "Lowest"},
    "de": {"sum": "Summe", "mean": "Durchschnitt", "highest": "Höchster Wert", "lowest": "Niedrigster Wert"},
    "fr": {"sum": "Somme", "mean": "Moyenne", "highest": "Maximum", "lowest": "Minimum"},
    "es": {"sum": "Suma", "mean": "Promedio", "highest": "Máximo", "lowest": "Mínimo"},
    "it": {"sum": "Somma", "mean": "Media", "highest": "Massimo", "lowest": "Minimo"},
    "pt": {"sum": "Soma", "mean": "Média", "highest": "Máximo", "lowest": "Mínimo"},
    "nl": {"sum": "Som", "mean": "Gemiddelde", "highest": "Hoogste", "lowest": "Laagste"},
    "pl": {"sum": "Suma", "mean": "Średnia", "highest": "Maksimum", "lowest": "Minimum"},
    "ru": {"sum": "Сумма", "mean": "Среднее", "highest": "Максимум", "lowest": "Минимум"},
    "uk": {"sum": "Сума", "mean": "Середнє", "highest": "Максимум", "lowest": "Мінімум"},
    "ja": {"sum": "合計", "mean": "平均", "highest": "最大", "lowest": "最小"},
    "zh": {"sum": "合计", "mean": "平均", "highest": "最高", "lowest": "最低"},
}


def say_computed(computed: Computed, language: str) -> str:
    """Return the result, such as "Sum, Price: £577.20", or "Highest, Price: £40 (Dione)"."""
    words = _WORDS.get(language, _WORDS[_FALLBACK])
    names = f" ({', '.join(computed.names[:_MOST_NAMES])})" if computed.names else ""
    return f"{words[computed.operation]}, {computed.column}: {computed.value}{names}"
