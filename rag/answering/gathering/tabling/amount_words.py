"""The words that ask for a sum, an average, the highest or the lowest, in eight languages."""

import re

_DEAREST = (
    r"most expensive|dearest|teuerste[nrsm]?|am teuersten|plus ch(?:er|ère)s?|más car[oa]s?|più car[oaie]"
    r"|mais car[oa]s?"
)
_CHEAPEST = (
    r"cheapest|least expensive|(?:billig|günstig)ste[nrsm]?|am (?:billig|günstig)sten|moins ch(?:er|ère)s?"
    r"|más barat[oa]s?|meno car[oaie]|mais barat[oa]s?|дешевле всего|сам\w+ дешёв\w+|сам\w+ дешев\w+"
)
_LATEST = r"latest|newest|most recent|jüngste[nrsm]?|neueste[nrsm]?|späteste[nrsm]?|plus récente?s?|más recientes?"
_EARLIEST = r"earliest|oldest|früheste[nrsm]?|älteste[nrsm]?|plus anciens?|plus ancienne?s?|más antigu[oa]s?"
_HIGHEST = (
    r"highest|ranks? top|largest|biggest|greatest|maximum|most|höchste[nrsm]?|größte[nrsm]?|meisten?"
    r"|am (?:höchsten|größten)|plus (?:élevée?s?|grande?s?|hauts?)|le plus de|más (?:alt|grande?)[oa]?s?"
    r"|mayor|máxim[oa]|più (?:alt|grand)[oaie]|maggiore|massim[oa]|mais alt[oa]s?|maior|hoogste|grootste|najwyższ\w+"
    r"|наибольш\w+|сам\w+ (?:высок|больш)\w+"
)
_LOWEST = (
    r"lowest|smallest|fewest|least|minimum|niedrigste[nrsm]?|kleinste[nrsm]?|wenigsten?|geringste[nrsm]?"
    r"|am (?:niedrigsten|kleinsten|wenigsten)|plus (?:basse?s?|petite?s?)|le moins de|más (?:baj|pequeñ)[oa]s?|menor"
    r"|mínim[oa]|più (?:bass|piccol)[oaie]|minore|minim[oa]|mais baix[oa]s?|laagste|kleinste|najniższ\w+|наименьш\w+"
)
_SUM = (
    r"total|sum|add up|together|altogether|in total|combined|overall|all together|insgesamt|gesamt\w*|summe|addiere"
    r"|zusammen|au total|somme|en total|suma|totale|in totale|somma|soma|no total|totaal"
    r"|łącznie|razem|итого|сумма|всего|вместе"
)
_MEAN = (
    r"average|the mean|mean (?:of|value)|im durchschnitt|durchschnitt\w*|mittelwert|mittlere[nrsm]?"
    r"|im (?:mittel|schnitt)|moyenne?s?|en moyenne|promedio|(?:valor|precio|valore|prezzo) medi[oa]|in media|média"
    r"|gemiddelde?|średni\w+|средн\w+|в среднем"
)
ASKS_FOR_AMOUNT = re.compile(
    rf"\b(?:(?P<dearest>{_DEAREST})|(?P<cheapest>{_CHEAPEST})|(?P<latest>{_LATEST})|(?P<earliest>{_EARLIEST})"
    rf"|(?P<mean>{_MEAN})|(?P<highest>{_HIGHEST})|(?P<lowest>{_LOWEST})|(?P<sum>{_SUM}))\b",
    re.IGNORECASE,
)
# Beginnings of stems that name a column of prices.
PRICE_NAMES = (
    *("price", "cost", "fee", "fare", "preis", "kost", "gebühr", "prix", "tarif"),
    *("precio", "cost", "prezz", "preço", "cen", "цен"),
)
TOTAL_NAMES = {
    *("total", "totals", "sum", "subtotal", "summe", "gesamt", "gesamtsumme", "insgesamt", "totale", "suma", "somme"),
    *("somma", "totaal", "итого", "всего"),
}
