"""Tell sentences that say themselves that something changed, in twelve languages. Pure."""

import re

_SAYS_SO = (
    *("new(?:ly)?|now|no longer|instead of|previously|formerly|used to|before (?:that|then|there)",),
    *(r"changed?|changes|replac\w+|remov(?:ed|al)|added|withdrawn|renamed|amended|correct(?:ion|ed)",),
    *(r"increas\w+|raised|reduced|shortened|extended|lowered|goes up|rises|(?:up|down) from",),
    *(r"(?:until|before) \w* ?(?:19|20)\d\d",),
    *(r"neu(?:e[mnrs]?)?|jetzt|nun|nicht mehr|statt|bisher|früher|bis \d{4}|umbenannt|ersetzt|gestrichen",),
    *(
        "geändert|änderung(?:en)?|entfällt|entfallen|erhöht|gesenkt|verkürzt|verlängert|berichtigt|berichtigung|korrektur",
    ),
    *(r"nouve(?:au|aux|lle|lles)|désormais|au lieu de|auparavant|n[e'’]\s?\w+ plus|modifi\w+|remplac\w+",),
    *(r"supprim\w+|augment\w+|rédui\w+|prolong\w+|raccourci\w*|rectifi\w+",),
    *(r"nuev[oa]s?|ahora|ya no|en (?:lugar|vez) de|antes|anteriormente|modific\w+|sustitu\w+|reemplaz\w+",),
    *(r"elimin\w+|aument\w+|reduc\w+|redujo|ampli(?:ad|ó)\w*|acort\w+|corrig\w+|corrección|corregid\w+",),
    *(r"nuov[oaie]|d['’]ora in poi|non \w+ più|invece di|in precedenza|ridott\w+|prorogat\w+|rettific\w+",),
    *(r"nov[oa]s?|agora|já não|não \w+ mais|em vez de|alterad\w+|substitu\w+|reduzid\w+|prorrogad\w+",),
    *("nieuwe?|voortaan|niet meer|in plaats van|voorheen|gewijzigd|verwijderd|verhoogd|verlaagd|verlengd",),
    *(r"now[yaei]|nowych|już nie|zamiast|wcześniej|zmieni\w+|zmian\w+|zastąp\w+|usunię\w+|podwyższ\w+|obniż\w+",),
    *(r"нов(?:ый|ая|ое|ые|ых)|теперь|больше не|вместо|раньше|измен\w+|замен\w+|удал[её]н\w*|увелич\w+",),
    *(r"уменьш\w+|продл\w+|нов(?:ий|а|е|і|их)|тепер|більше не|замість|раніше|змін\w+|вилуч\w+|збільш\w+",),
)
_CHANGE = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(_SAYS_SO)})(?![^\W_])"
    "|変更|改訂|改正|廃止|追加|新設|新たに|短縮|延長|更改|改为|调整|取消|新增|不再|缩短|延长|변경|폐지|신설|추가",
    re.IGNORECASE,
)
# With the words for "last year", which name a version and no thing.
_ASKS_OF_CHANGE = re.compile(
    r"(?<![^\W_])(?:change\w*|differ\w*|new(?:er)?|now|old(?:er)?|dearer|cheaper|more|less|gone|got|go|up|down|was|previous\w*"
    r"|between|version\w*|release\w*|compar\w*|years?|last year|this year|latest|newest|hoch|höhe\w*|gegenüber"
    r"|verglich\w*|vergleich|jahre?s?|letzte\w*|hat|haben|war|waren|die|vorjahr\w*|années?|dernièr\w*|derniers?|años?|pasad[oa]|ann[oi]|jaar|roku?|год\w*"
    r"|geändert|änder\w*|neu\w*|jetzt|früher|teurer|billiger|vorher|unterschied\w*|zwischen"
    r"|fassung\w*|chang[ée]\w*|nouve\w+|avant|maintenant|différen\w+|entre|cambi\w+|nuev\w+|ahora|antes|diferen\w+"
    r"|cambiat\w*|nuov\w+|adesso|prima|mud(?:ou|aram)|nov[oa]s?|agora|veranderd?|nieuw\w*|nu|vroeger|zmieni\w+|now\w+"
    r"|изменил\w*|нов\w+|теперь|раньше)(?![^\W_])",
    re.IGNORECASE,
)


def says_change(text: str) -> bool:
    """Tell whether a sentence says that something is new, gone, or otherwise than before."""
    return bool(_CHANGE.search(text))


def without_change_words(question: str) -> str:
    """Return a question without the words that ask for a change; what is left is its topic."""
    return _ASKS_OF_CHANGE.sub(" ", question)
