"""Tell whether a claim replaces a word of a sentence by another one or by its opposite.

The listed words are English, with German articles and a few German opposites.
"""

from collections.abc import Collection, Iterator, Sequence

from rag.text.words import ARTICLES, AUXILIARIES, BE, Word

_IGNORED = ARTICLES | AUXILIARIES | BE
# The shortest stem that "un" can negate; "under" negates nothing.
_LEAST_UNDONE = 4
# After "no" or "at" these bound a number.
BOUNDING = frozenset("least most more less fewer longer later earlier".split())  # noqa: SIM905
# Stems; the two sides of a pair are opposites.
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
    """Tell whether the claim has "decreased" and the sentence "increased", and neither has both."""
    claimed, stated = _unbounding_stems(claim), _unbounding_stems(sentence)
    return (
        _is_undone(claimed, stated)
        or _is_undone(stated, claimed)
        or any(
            claimed & one and stated & other and not claimed & other and not stated & one
            for pair in _ANTONYMS
            for one, other in (pair, pair[::-1])
        )
    )


def _unbounding_stems(words: Sequence[Word]) -> set[str]:
    """Return the stems without those that bound a number: "at least", "more than"."""
    lowered = ["", *(word.lowered for word in words), ""]
    return {
        word.stem
        for before, word, behind in zip(lowered, words, lowered[2:], strict=False)
        if not (before in {"at", "no"} and word.lowered in BOUNDING) and behind != "than"
    }


def _is_undone(stems: Collection[str], others: Collection[str]) -> bool:
    """Tell whether one text has "damaged" and the other "undamaged"."""
    undone = {f"un{stem}" for stem in stems if len(stem) >= _LEAST_UNDONE}
    return any(other in undone and other not in stems and other.removeprefix("un") not in others for other in others)


def substitutes(
    claim: Sequence[Word],
    sentence: Sequence[Word],
    strangers: Collection[str],
    kept: Collection[tuple[str, str]] = (),
) -> bool:
    """Tell whether the claim has another word than the sentence between the same two words.

    "raised 5 billion dollars" against "raised 5 million dollars", "by Anna Berg in" against "by Jan
    Vos in". The ends of the texts count as words.

    Args:
        strangers: The claim's stems that may not replace others.
        kept: Neighbouring stems of the cited sentence, which allow a replacement.
    """
    gaps = {(before, after) for before, unit, after in _between(sentence) if any(word.is_content for word in unit)}
    return any(
        (before, after) in gaps
        and any(word.stem in strangers for word in unit)
        and not {(before, unit[0].stem), (unit[-1].stem, after)} <= set(kept)
        for before, unit, after in _between(claim)
    )


def neighbours(words: Sequence[Word]) -> set[tuple[str, str]]:
    """Return the pairs of neighbouring stems, as `substitutes` compares them."""
    units = list(_between(words))
    return {(before, unit[0].stem) for before, unit, _ in units} | {(unit[-1].stem, after) for _, unit, after in units}


def _between(words: Sequence[Word]) -> Iterator[tuple[str, Sequence[Word], str]]:
    """Yield each word or name between its neighbours' stems, without articles and auxiliaries."""
    units: list[list[Word]] = []
    for word in words:
        if word.lowered in _IGNORED:
            continue
        if units and word.is_capitalised and units[-1][-1].is_capitalised and word.start - units[-1][-1].end == 1:
            units[-1].append(word)
        else:
            units.append([word])
    for i, unit in enumerate(units):
        yield units[i - 1][-1].stem if i else "", unit, units[i + 1][0].stem if i + 1 < len(units) else ""
