"""Find the date that a document gives as its own near its beginning, in a dozen languages. Pure.

Birth dates, deadlines and the dates of quoted laws are no such dates. A date counts if a cue such
as "valid from", "Stand:" or "mis à jour le" is said of the document. That is so if the cue opens
its sentence or clause. It is also so if the subject is "these rules" or names the title.
"""

import re

from rag.answering.gathering.comparing.dates import FoundDate, find_dates
from rag.text.words import split_words

# Between "valid from" and its date.
_MAX_GAP = 50
_MAX_WORDS_OF_DATELINE = 5
# "Fees valid from 1 April 2025."
_MAX_WORDS_OF_CAPTION = 2
_SHARED_BEGINNING = 6
_LENGTH_OF_YEAR = 4

# It holds from then on.
_VALID = (
    *(r"(?:valid|effective|in (?:force|effect)|appl(?:y|ies)|applicable|with effect)\s*(?:from|as of|since|on|date)?",),
    *(r"(?:gültig|gilt|gelten|in kraft)(?: getreten)?\s*(?:ab|seit|vom|am)?(?: dem)?", r"wirksam\s*(?:ab|seit|zum)"),
    *(r"(?:en vigueur|valables?|applicables?)\s*(?:à (?:partir|compter) du|depuis le|dès le|le)?",),
    *(r"(?:válid[oa]s?|vigentes?|en vigor)\s*(?:desde|a partir de|a partir del)?(?: el)?",),
    *(r"(?:valid[oaie]|in vigore)\s*(?:dal|a partire dal|da)?", r"(?:em vigor|válid[oa]s?)\s*(?:desde|a partir de)?"),
    *(r"(?:geldig|van kracht)\s*(?:vanaf|sinds|per)?", r"(?:ważn[ya]|obowiązuje)\s*(?:od)?"),
    *(r"(?:действует|действительн\w*)\s*(?:с|со)?", r"(?:діє|чинн\w*)\s*(?:з|від)?"),
)
# It was so on that day.
_AS_OF = (
    *(r"as (?:of|at)|version|edition|issue|release|rev(?:ision|ised)?|last (?:review|update|revision)",),
    *(r"(?:last )?(?:updated|reviewed|checked|changed|revised|touched|modified)", r"(?:date|datum|data|fecha)(?=\s*:)"),
    *(r"stand|fassung|aktualisierung|überarbeitet|letzte (?:prüfung|änderung|aktualisierung)",),
    *(r"(?:zuletzt )?(?:aktualisiert|geändert|geprüft)",),
    *(r"version du|édition|mise? à jour|état au|dernière (?:révision|mise à jour)",),
    *(r"(?:última )?actualizaci[óo]n|actualizad[oa]|versión|revisad[oa]",),
    *(r"(?:ultimo )?aggiornamento|aggiornat[oa]|versione|edizione",),
    *(r"(?:última )?atualizaç[ãa]o|atualizad[oa]|versão", r"bijgewerkt|versie|laatst gewijzigd"),
    *(r"aktualizacja|zaktualizowano|stan na|wersja", r"обновлен[оа]?|редакция|по состоянию на"),
    *(r"оновлено|станом на|редакція",),
)
# It was decided then.
_ADOPTED = (
    *("adopted|approved|agreed|issued|published", "beschlossen|verabschiedet|genehmigt|veröffentlicht"),
    *("adoptée?|approuvée?|publiée?", "aprobad[oa]|publicad[oa]", "approvat[oa]|pubblicat[oa]", "aprovad[oa]"),
    *("vastgesteld|gepubliceerd", "uchwalon[oya]", r"утвержд\w*|принят\w*", r"затверджен\w*"),
)
_CUES = tuple(
    re.compile(rf"(?<![^\W_])(?:{'|'.join(cues)})(?![^\W_])", re.IGNORECASE) for cues in (_VALID, _AS_OF, _ADOPTED)
)
# In scripts without spaces the cue also follows its date: 2024年4月1日施行.
_CUE_BEHIND = re.compile(
    r"^\s?(?:から|より|に)?\s?(?:施行|改訂|改定|更新|現在|起?生效|起?实行|起?施行|修订|發布|发布|版|시행|개정|현재)"
)
_CUE_BEFORE = re.compile(
    r"(?:施行日?|改訂日?|改定日?|更新日?|最終更新日?|有効期間|生效日期|更新日期|版本日期|시행일|개정일)[\s:：]{0,3}$"
)
_THIS = (
    "this|these|here|below|following|diese[rs]?|folgende[nr]?|hier|ces|cette|cet|ce",
    r"suivant\w*|est[ae]s?|siguientes|quest[oaie]|seguenti|seguintes|deze|dit|niniejsz\w*|настоящ\w*|эт[аи]|следующ\w*",
)
_SAYS_THIS = re.compile(rf"\b(?:{'|'.join(_THIS)})\b", re.IGNORECASE)
_SAYS_THEY = re.compile(rf"\b(?:{'|'.join(_THIS)}|it|they|sie|elles?|ils?)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[!?;。\n]|\.(?=\s+\S|\s*$)(?<![\s(]\d\.)(?<![\s(]\d\d\.)(?<!\b[^\W\d]\.)")
_CLAUSE_START = re.compile(r"(?:^|[,;:(–—-])\s*(?:(?:in|the|dans|en|in der|zuletzt|last|is|are)\s+)?$", re.IGNORECASE)
# A deadline, or another clause between the cue and the date.
_BREAKS = re.compile(
    r"[^\W\d]{3,}.*,|\b(?:by|until|till|unless|before|bis|vor|jusqu\S*|avant|hasta|antes|fino|entro|até|tot|voor|do|до)"
    r"\b\W*\S*$",
    re.IGNORECASE,
)
_ENDS_CLAUSE = re.compile(
    r"^\s*(?:$|[.;)\n:–—-]|(?:bis|until|to|till|and|und|et|y|e|au|jusqu|hasta|fino|até|tot|do|до)\b|,\s*[^\W\d]+\s?:)"
)
_PLACE = re.compile(r"^[\s\w.'’&-]*,?\s*(?:(?:den|le|el|il|dated|on)\s+)?$", re.IGNORECASE)
_BEFORE_DATE = re.compile(r"(?:,|\bden|\ble)\s*$|^\s*$")
_ENDS_LINE = re.compile(r"\s*(?:$|\.|\n|,\s*\d)")


def find_stated_date(beginning: str, title_stems: set[str]) -> FoundDate | None:
    """Return the date that a document gives as its own.

    Dates from which it is valid come first, then those of its version, then those of its adoption.
    Last come lines that are a date alone, perhaps after a place or an office.

    Args:
        beginning: The first characters of its text.
        title_stems: The stems of its title.
    """
    dates = find_dates(beginning)
    for cue in _CUES:
        for date in dates:
            if _has_cue(beginning, date, cue, title_stems):
                return date
    return next((date for date in dates if _is_dateline(beginning, date)), None)


def _has_cue(text: str, date: FoundDate, cue: re.Pattern[str], title_stems: set[str]) -> bool:
    """Tell whether a cue beside a date is said of the document itself."""
    before, behind = text[_start_of_sentence(text, date.start) : date.start], text[date.end :]
    if cue is _CUES[0] and (_CUE_BEHIND.match(behind) or _CUE_BEFORE.search(before)):
        return True
    for match in cue.finditer(before):
        subject, gap = before[: match.start()], before[match.end() :]
        if len(gap) > _MAX_GAP or _BREAKS.search(gap):
            continue
        if _opens_clause(subject, behind) or _is_of_document(subject, cue, title_stems):
            return True
    return False


def _opens_clause(subject: str, behind: str) -> bool:
    """Tell whether a cue opens its sentence, or opens a clause that ends with the date."""
    if not subject.strip(" \"'(*_>#"):
        return True
    is_caption = len(subject.split()) <= _MAX_WORDS_OF_CAPTION
    return bool((is_caption or _CLAUSE_START.search(subject)) and _ENDS_CLAUSE.match(behind))


def _is_of_document(subject: str, cue: re.Pattern[str], title_stems: set[str]) -> bool:
    """Tell whether the words before a cue mean the document: "these rules", or its title."""
    if _CLAUSE_START.search(subject):
        return False
    # "It was approved" may be said of anything; "they apply from" follows "these rules".
    refers = {_CUES[0]: _SAYS_THEY, _CUES[1]: _SAYS_THIS}.get(cue)
    if refers and refers.search(subject):
        return True
    beginnings = [word.lowered[:_SHARED_BEGINNING] for word in split_words(subject, str)]
    long = [one for one in beginnings if len(one) == _SHARED_BEGINNING]
    return any(stem.startswith(one) or one.startswith(stem) for one in long for stem in title_stems if len(stem) > 3)


def _is_dateline(text: str, date: FoundDate) -> bool:
    """Tell whether a sentence or line is a date alone, perhaps after a place or an office."""
    before = text[_start_of_sentence(text, date.start) : date.start]
    is_short = len(before.split()) < _MAX_WORDS_OF_DATELINE and bool(_PLACE.match(before))
    is_day_or_month = len(date.day) > _LENGTH_OF_YEAR
    is_alone = bool(_BEFORE_DATE.search(before) and _ENDS_LINE.match(text[date.end :]))
    return is_day_or_month and is_short and is_alone


def _start_of_sentence(text: str, position: int) -> int:
    return max((match.end() for match in _SENTENCE_END.finditer(text[:position])), default=0)
