"""Find documents that are versions of one another: the same fees, rules or plans at other times.

Goes in: documents, or the sections of one that each have a period as their heading. Comes out:
versions with their dates. No list of words decides: titles and what stands in the documents do,
once dates and numbers are taken out. Pure.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations, dropwhile
from typing import NamedTuple

from rag.answering.gathering.comparing.alignment import Aligned, align
from rag.answering.gathering.comparing.dates import find_dates, remove_dates
from rag.answering.gathering.comparing.units import SplitSentences, Unit, read_units
from rag.answering.gathering.comparing.version_dates import VersionDate, compare_versions, date_version, file_stem
from rag.answering.gathering.comparing.words import compared_words
from rag.text.words import Stem, is_found
from rag.types import Document, FileEntry

# Least share of aligned units, by the share of equal title terms. In the six collections of
# evals/everyday, versions of one another reach .43, other documents at most .19.
_SHARE_IF_TITLES_AGREE = 0.25
_SHARE_IF_SOME_AGREE = 0.4
_SHARE_ALONE = 0.6
_TITLES_AGREE = 0.6
_SOME_AGREE = 0.3
# Fewer units prove nothing.
_MIN_ALIGNED_IF_TITLES_AGREE = 2
_MIN_ALIGNED = 3
_MIN_ALIGNED_ALONE = 4
# Without a like title, a few lines in a much longer document prove nothing either.
_MIN_RATIO_ALONE = 0.25
# What stands in more than half of so many documents is their frame: a menu, a footer.
_MIN_DOCUMENTS_WITH_FRAME = 5
# A title names the subject if its word stands in two units at least, and is this much rarer in the
# other document.
_MIN_UNITS_OF_SUBJECT = 2
_RARER_ELSEWHERE = 3
_MAIL = "message/rfc822"
_MAIL_HEADER = re.compile(r"(?:From|To|Cc|Date|Subject): ")
# "Beitragsordnung" and "Mitgliedsbeiträge": one word's beginning stands in the other.
_SHARED_BEGINNING = 6
# Part of a version number, as in v.3.
_SHORT_WORD = re.compile("[A-Za-z]{1,2}")


@dataclass(frozen=True, slots=True)
class Version:
    """A document, or a section of it, that may have newer and older versions.

    Attributes:
        entry: The document without its text.
        section: The heading of the section; empty for a whole document.
        date: Its own date and number.
        units: What stands in it, in text order.
        terms: The stems of title and file name, without dates and numbers.
    """

    entry: FileEntry
    section: str
    date: VersionDate
    units: tuple[Unit, ...]
    terms: tuple[frozenset[str], ...]


class VersionPair(NamedTuple):
    """Two versions of one thing.

    Attributes:
        older, newer: In the order given if `is_ordered` is false.
        is_ordered: Whether it is known which is newer.
        aligned: The units of `older` and `newer` that are about the same thing.
        likeness: The share of the shorter version's units that is aligned, 0 to 1.
    """

    older: Version
    newer: Version
    is_ordered: bool
    aligned: tuple[Aligned, ...]
    likeness: float


def read_version(document: Document, split_sentences: SplitSentences, stem: Stem) -> Version:
    """Return a document as a version.

    Args:
        document: With all its text and blocks.
        split_sentences: Takes a paragraph and a language.
        stem: The same for all documents that are compared.
    """
    entry = FileEntry(**{field.name: getattr(document, field.name) for field in fields(FileEntry)})
    units = read_units(document, split_sentences, stem)
    if document.media_type == _MAIL:
        # All mails begin with the same lines: From, To, Date, Subject.
        units = tuple(dropwhile(lambda unit: _MAIL_HEADER.match(unit.text), units))
    return Version(entry, "", date_version(document, stem), units, _terms_of(document, stem))


def sections_of(version: Version) -> list[Version]:
    """Return the sections of a document whose headings are dates or years: "2024-25", "2025".

    A table of both years in one document is compared as two versions. Fewer than two such
    sections give none.
    """
    days: dict[str, str] = {}
    for unit in version.units:
        dates = find_dates(unit.text) if unit.kind == "heading" else []
        if len(dates) == 1 and not any(character.isalpha() for character in remove_dates(unit.text)):
            days[unit.text] = dates[0].day
    return [
        Version(
            version.entry,
            name,
            VersionDate(day, "name", label=name),
            tuple(unit for unit in version.units if name in unit.headings),
            version.terms,
        )
        for name, day in (days.items() if len(days) > 1 else ())
    ]


def title_likeness(one: FileEntry, other: FileEntry, stem: Stem) -> float:
    """Return the share of equal terms in titles and file names, 0 to 1, without dates and numbers.

    It is cheap, so it can choose which of many documents are worth reading.
    """
    return _likeness_of_terms(_terms_of(one, stem), _terms_of(other, stem))


def choose_candidates(
    near: Sequence[FileEntry], entries: Iterable[FileEntry], stem: Stem, most: int
) -> list[FileEntry]:
    """Return documents that may be versions of one another: those near, then those of like title.

    Args:
        near: The documents of the hits, best first; all of them are returned.
        entries: All documents of the index.
        most: The most documents with like titles; the likest are taken, ties by uri.
    """
    known = {entry.id for entry in near}
    terms = [_terms_of(entry, stem) for entry in near]
    scored = []
    for entry in entries:
        if entry.reason is None and entry.id not in known:
            own = _terms_of(entry, stem)
            likeness = max((_likeness_of_terms(own, one) for one in terms), default=0.0)
            scored.append((-likeness, entry.uri, entry))
    likest = sorted((one for one in scored if -one[0] >= _SOME_AGREE), key=lambda one: one[:2])
    return [*near, *(entry for _, _, entry in likest[:most])]


def pair_versions(one: Version, other: Version) -> VersionPair | None:
    """Return two versions in order; None if they are not versions of one another.

    Copies, whose units all are the same, are none either.
    """
    ones, others = _body(one.units), _body(other.units)
    fewer = min(len(ones), len(others))
    if not fewer:
        return None
    aligned = align(one.units, other.units)
    in_body = [pair for pair in aligned if pair.one.kind != "heading"]
    likeness = len(in_body) / fewer
    title_likeness = _likeness_of_terms(one.terms, other.terms)
    is_long_enough = title_likeness >= _SOME_AGREE or fewer >= _MIN_RATIO_ALONE * max(len(ones), len(others))
    if not (is_long_enough and _are_alike(title_likeness, likeness, len(in_body))) or _have_other_subjects(one, other):
        return None
    is_copy = len(in_body) == len(ones) == len(others) and all(_says_the_same(*pair[:2]) for pair in in_body)
    if is_copy:
        return None
    order = compare_versions(one.date, other.date)
    if order == 1:
        swapped = tuple(sorted((Aligned(b, a, score) for a, b, score in aligned), key=lambda pair: pair.one.span))
        return VersionPair(other, one, is_ordered=True, aligned=swapped, likeness=likeness)
    return VersionPair(one, other, is_ordered=order == -1, aligned=tuple(aligned), likeness=likeness)


def find_pairs(versions: Sequence[Version], near: Collection[str] | None = None) -> list[VersionPair]:
    """Return all pairs of versions among documents and their sections.

    The likest pair comes first, ties in the order given.

    Args:
        near: Ids of documents. Of each pair one must be among them, and the other too unless their
            titles agree. This saves comparing all with all.
    """
    groups = [_without_frame(versions), *map(sections_of, versions)]
    twos = [two for group in groups for two in combinations(group, 2) if near is None or _may_be_pair(*two, near)]
    pairs = [pair for two in twos if (pair := pair_versions(*two))]
    return sorted(pairs, key=lambda pair: -pair.likeness)


def are_same_term(term: str, other: str) -> bool:
    """Tell whether two stems mean the same in a title, also as a part of a compound."""
    if is_found(term, (other,)):
        return True
    begins = other[:_SHARED_BEGINNING] in term or term[:_SHARED_BEGINNING] in other
    return begins and min(len(term), len(other)) >= _SHARED_BEGINNING


def _may_be_pair(one: Version, other: Version, near: Collection[str]) -> bool:
    n_near = len({one.entry.id, other.entry.id} & set(near))
    is_one_document = one.entry.id == other.entry.id
    n_needed = 1 if is_one_document or _likeness_of_terms(one.terms, other.terms) >= _SOME_AGREE else 2
    return n_near >= n_needed


def _are_alike(title_likeness: float, likeness: float, n_aligned: int) -> bool:
    if title_likeness >= _TITLES_AGREE:
        return likeness >= _SHARE_IF_TITLES_AGREE and n_aligned >= _MIN_ALIGNED_IF_TITLES_AGREE
    if title_likeness >= _SOME_AGREE:
        return likeness >= _SHARE_IF_SOME_AGREE and n_aligned >= _MIN_ALIGNED
    return likeness >= _SHARE_ALONE and n_aligned >= _MIN_ALIGNED_ALONE


def _without_frame(versions: Sequence[Version]) -> list[Version]:
    """Return versions without the units that stand in most of them word by word."""
    if len(versions) < _MIN_DOCUMENTS_WITH_FRAME:
        return list(versions)
    counts = Counter(text for version in versions for text in {unit.text for unit in version.units})
    return [
        replace(version, units=tuple(unit for unit in version.units if 2 * counts[unit.text] <= len(versions)))
        for version in versions
    ]


def _have_other_subjects(one: Version, other: Version) -> bool:
    """Tell whether each title names something that only its own document is about.

    "Ident authentication" and "Peer authentication" are no versions, however alike they are.
    """
    return _names_own_subject(one, other) and _names_own_subject(other, one)


def _names_own_subject(one: Version, other: Version) -> bool:
    known = set().union(*other.terms)
    own_terms = {term for terms in one.terms for term in terms if not any(are_same_term(term, same) for same in known)}
    for term in own_terms:
        n_own, n_other = _count_units(term, one.units), _count_units(term, other.units)
        is_rarer = _RARER_ELSEWHERE * n_other * len(one.units) < n_own * len(other.units)
        if n_own >= _MIN_UNITS_OF_SUBJECT and is_rarer:
            return True
    return False


def _count_units(term: str, units: Sequence[Unit]) -> int:
    return sum(term in unit.stems for unit in units)


def _body(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.kind != "heading"]


def _says_the_same(one: Unit, other: Unit) -> bool:
    return one.stems == other.stems and one.numbers == other.numbers


def _terms_of(entry: FileEntry, stem: Stem) -> tuple[frozenset[str], ...]:
    names = (file_stem(entry.uri), entry.title)
    return tuple(
        frozenset(
            word.stem
            for word in compared_words(remove_dates(name), stem)
            if word.is_content and word.text.isalpha() and not _SHORT_WORD.fullmatch(word.text)
        )
        for name in names
    )


def _likeness_of_terms(ones: tuple[frozenset[str], ...], others: tuple[frozenset[str], ...]) -> float:
    return max((_overlap(one, other) for one in ones for other in others), default=0.0)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the fewer terms that the others have too; a single one counts half."""
    fewer, more = sorted((one, other), key=len)
    if not fewer:
        return 0.0
    share = sum(any(are_same_term(term, known) for known in more) for term in fewer) / len(fewer)
    return share if len(fewer) > 1 or len(more) == 1 else share / 2
