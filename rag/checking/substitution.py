"""Tell whether a claim puts something else in a place of a sentence: a word, or its contrary. Pure.

English, as far as words are listed; German articles and a few contraries.
"""

from collections.abc import Collection, Iterator, Sequence

from rag.text.words import Word

AUXILIARIES = frozenset(("has", "have", "had", "did", "does", "will", "would", "also", "then"))
BE = frozenset("is are was were be been being".split())  # noqa: SIM905
ARTICLES = frozenset(
    "the a an their his her its our der die das den dem des ein eine einen einem einer eines".split()  # noqa: SIM905
)
_UNWEIGHED = ARTICLES | AUXILIARIES | BE
# "Under" undoes nothing.
_LEAST_UNDONE = 4
BOUNDING = frozenset("least most more less fewer longer later earlier".split())  # noqa: SIM905
# Stems; each side says the contrary of the other.
_ANTONYMS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("increas rise grow gain climb", "decreas fall declin drop reduc shrink"),
        ("allow permit", "forbid prohibit ban disallow"),
        ("accept approv agre", "reject refus disapprov declin"),
        ("high higher highest", "low lower lowest"),
        ("more most", "less least fewer fewest"),
        ("larg larger largest big bigger biggest", "small smaller smallest"),
        ("earli earlier earliest", "late later latest"),
        ("young younger youngest", "old older oldest"),
        ("long longer longest", "short shorter shortest"),
        ("strong stronger strongest", "weak weaker weakest"),
        ("open geoffnet offen", "close shut geschlossen"),
        ("begin start", "end stop ceas finish complet conclud"),
        ("win won victori", "lose loss defeat"),
        ("north northern", "south southern"),
        ("east eastern", "west western"),
        ("requir mandatori compulsori", "option voluntari"),
        ("success", "failur unsuccess"),
        ("includ", "exclud"),
        ("maximum", "minimum"),
        ("support", "oppos"),
        ("import", "export"),
        ("arriv", "leav depart"),
        ("possibl", "imposs"),
        ("legal", "illeg"),
        ("posit", "negat"),
        ("public", "privat"),
        ("female", "male"),
        ("true", "fals"),
        ("abl", "unabl"),
        ("buy", "sell"),
    )
)


def says_opposite(claim: Sequence[Word], sentence: Sequence[Word]) -> bool:
    """Tell whether the claim has "decreased" where the sentence has "increased" and neither has both."""
    here, there = _weighed_stems(claim), _weighed_stems(sentence)
    return (
        _is_undone(here, there)
        or _is_undone(there, here)
        or any(
            here & one and there & other and not here & other and not there & one
            for pair in _ANTONYMS
            for one, other in (pair, pair[::-1])
        )
    )


def _weighed_stems(words: Sequence[Word]) -> set[str]:
    """Return the stems but those of "at least", "at most", "no longer than", "more than", which bound a number."""
    lowered = ["", *(word.text.lower() for word in words), ""]
    return {
        word.stem
        for before, word, behind in zip(lowered, words, lowered[2:], strict=False)
        if not (before in {"at", "no"} and word.text.lower() in BOUNDING) and behind != "than"
    }


def _is_undone(stems: Collection[str], others: Collection[str]) -> bool:
    """Tell whether one text has "damaged" where the other has "undamaged"."""
    undone = {f"un{stem}" for stem in stems if len(stem) >= _LEAST_UNDONE}
    return any(other in undone and other not in stems and other.removeprefix("un") not in others for other in others)


def substitutes(
    claim: Sequence[Word],
    sentence: Sequence[Word],
    strangers: Collection[str],
    kept: Collection[tuple[str, str]] = (),
) -> bool:
    """Tell whether the claim puts a word of its own between two words of the sentence, which has another one there.

    "raised 5 billion dollars" against "raised 5 million dollars", "by Anna Berg in" against "by Jan Vos in". The ends
    of the texts count as words.

    Args:
        strangers: Stems that must not stand for others.
        kept: Stems that stand side by side in the sentence that is cited; what it puts there is its own.
    """
    there = {(before, after) for before, unit, after in _between(sentence) if any(word.is_content for word in unit)}
    return any(
        (before, after) in there
        and any(word.stem in strangers for word in unit)
        and not {(before, unit[0].stem), (unit[-1].stem, after)} <= set(kept)
        for before, unit, after in _between(claim)
    )


def neighbours(words: Sequence[Word]) -> set[tuple[str, str]]:
    """Return the stems that stand side by side, as `substitutes` sees them."""
    units = list(_between(words))
    return {(before, unit[0].stem) for before, unit, _ in units} | {(unit[-1].stem, after) for _, unit, after in units}


def _between(words: Sequence[Word]) -> Iterator[tuple[str, Sequence[Word], str]]:
    """Yield each word or name between the stems of its neighbours, articles and auxiliaries left out."""
    units: list[list[Word]] = []
    for word in words:
        if word.text.lower() in _UNWEIGHED:
            continue
        if units and is_named(word) and is_named(units[-1][-1]) and word.start - units[-1][-1].end == 1:
            units[-1].append(word)
        else:
            units.append([word])
    for i, unit in enumerate(units):
        yield units[i - 1][-1].stem if i else "", unit, units[i + 1][0].stem if i + 1 < len(units) else ""


def is_named(word: Word) -> bool:
    return word.is_content and word.text[0].isupper()
