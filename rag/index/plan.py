"""Decide for each file of a folder: unchanged, known under another name, to be read, or gone.

Files are opened only to hash them, and only if their size or time changed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.documents.passages import document_id
from rag.documents.scan import FoundFile, Scan
from rag.files import hash_file
from rag.index.previous import Previous
from rag.index.progress import ReportProgress
from rag.index.store import SeenFile

_RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the files of a folder.

    Attributes:
        known: By uri, the id of the document with the same content in the version before.
        moved_from: The former uris of documents that have another name now.
        unread: Files to be read, with their sha256.
        seen: Every file as it is now, skipped ones included.
    """

    known: dict[str, str]
    moved_from: set[str]
    unread: list[tuple[FoundFile, str]]
    seen: dict[str, SeenFile]
    new: list[str]
    changed: list[str]
    moved: list[str]
    gone: list[str]


def make_plan(scan: Scan, previous: Previous | None, limits: str, report: ReportProgress, now_ns: int) -> Plan:
    """Return what to do with each file.

    Args:
        limits: For reading a file; if they changed, files that were skipped or hold pictures that
            were not read are read again.
        now_ns: Nanoseconds since 1970, not later than the scan.
    """
    before = previous.store.seen_files() if previous else {}
    pictured: frozenset[str] = frozenset()
    if previous and previous.index_version.manifest.limits != limits:
        before = {uri: seen for uri, seen in before.items() if seen.reason is None}
        pictured = _find_pictured(previous)
    plan = Plan({}, set(), [], {}, [], [], [], [])
    for uri, reason in scan.skipped.items():
        plan.seen[uri] = SeenFile(uri, "", 0, 0, reason)
    for number, file in enumerate(scan.files, start=1):
        _place(plan, file, before.get(file.uri), previous, pictured, now_ns)
        report("Comparing files", number, len(scan.files))
    gone = {uri for uri, seen in before.items() if seen.reason is None and uri not in plan.seen}
    plan.gone.extend(sorted(gone - plan.moved_from))
    return plan


def _find_pictured(previous: Previous) -> frozenset[str]:
    """Return the uris of documents with pages that are pictures and were not read."""
    left_out = previous.store.left_out()
    return frozenset(uri for uri, parts in left_out.items() if any(part.what == "picture-page" for part in parts))


def _place(  # noqa: PLR0917 -- what all files share comes last
    plan: Plan,
    file: FoundFile,
    before: SeenFile | None,
    previous: Previous | None,
    pictured: Collection[str],
    now_ns: int,
) -> None:
    """Put one file into the plan: unchanged, known under another name, or to be read."""
    if before and _looks_unchanged(file, before):
        sha256 = before.sha256
    else:
        try:
            sha256 = hash_file(file.path)
        except OSError as error:
            reason = f"cannot be read ({error.strerror}); check the file's permissions"
            plan.seen[file.uri] = SeenFile(file.uri, "", file.size, 0, reason)
            return
    is_same = before is not None and before.sha256 == sha256
    # A file written a moment ago may change again within the same clock tick: next time it is
    # hashed again.
    modified_ns = file.modified_ns if now_ns - file.modified_ns > _RACY_NS else 0
    seen = SeenFile(file.uri, sha256, file.size, modified_ns, before.reason if before and is_same else None)
    plan.seen[file.uri] = seen
    if is_same and file.uri not in pictured:
        if seen.reason is None:
            plan.known[file.uri] = document_id(file.uri)
        return
    was_document = before is not None and before.reason is None
    found = _find_known(previous, sha256, file.uri) if previous else None
    if found is None or found[1] in pictured:
        plan.unread.append((file, sha256))
        (plan.changed if was_document else plan.new).append(file.uri)
        return
    known_id, known_uri = found
    plan.known[file.uri] = known_id
    plan.moved_from.add(known_uri)
    (plan.changed if was_document else plan.moved).append(file.uri)


def _looks_unchanged(file: FoundFile, before: SeenFile) -> bool:
    return bool(before.modified_ns) and (file.size, file.modified_ns) == (before.size, before.modified_ns)


def _find_known(previous: Previous, sha256: str, uri: str) -> tuple[str, str] | None:
    """Return id and uri of a document with the same bytes and the same suffix."""
    suffix = PurePosixPath(uri).suffix.lower()
    found = previous.store.documents_of(sha256)
    return next((one for one in found if PurePosixPath(one[1]).suffix.lower() == suffix), None)
