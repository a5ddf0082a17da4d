"""Run a source: open its folder, request its first page, copy the rest, and leave all whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from rag.errors import SiteUnreadable
from rag.sites.crawl import GONE, Crawl, status_of
from rag.sites.pages.addresses import Scope, clean_address, folder_of, host_of, key_of, origin_of
from rag.sites.pages.sitemaps import read_sitemap
from rag.sites.pages.store import LastRun, SiteStore, open_site
from rag.sites.requesting.fetching import AGENT_NAME, Fetcher
from rag.sites.requesting.guard import Guard, Resolver
from rag.sites.requesting.polite import Disallowed, PoliteRequests, Visit
from rag.sites.results import Clock, FetchFailed, ReportPages, RunSummary, Source

_MAX_BYTES = 25_000_000
_MAX_SECONDS = 60.0
# A run that was broken off longer ago is begun again.
_MAX_RESUME_SECONDS = 86_400.0


def copy_source(
    source: Source,
    folder: Path,
    report: ReportPages,
    *,
    resolver: Resolver,
    clock: Clock,
    max_bytes: int = _MAX_BYTES,
    max_seconds: float = _MAX_SECONDS,
) -> RunSummary:
    """Copy a source into its folder, and return what was done.

    What is done stays done if this is broken off, also by Ctrl-C; the next run continues.

    Args:
        folder: Of this source alone; made if it is missing.
        max_bytes: Most bytes of a page.
        max_seconds: Longest time for a page.

    Raises:
        SiteUnreadable: The source itself cannot be read, or the folder cannot be written. Pages of
            earlier runs are kept.
    """
    guard = Guard(resolver, host_of(source.address) if source.is_private_allowed else None)
    with (
        open_site(folder) as store,
        _forgetting_new(store),
        Fetcher(guard, clock, max_bytes=max_bytes, max_seconds=max_seconds) as fetcher,
    ):
        run = _begin_run(store.last_run, clock.now())
        store.set_run(run)
        requests = PoliteRequests(fetcher, clock, source.pages_a_second)
        try:
            first = _request_first(source, store, requests)
            source = _settle_home(source, store, first.reply.address)
        except SiteUnreadable as error:
            store.set_run(replace(run, ended=clock.now(), error=error.problem))
            store.compact()
            raise
        if _is_sitemap(first, max_bytes):
            source = replace(source, kind="sitemap")
        store.set_source(source)
        crawl = Crawl(source, store, requests, report, first=first, run=run.number, max_bytes=max_bytes)
        theirs: list[Path] = []
        try:
            crawl.run()
            run = replace(run, ended=clock.now(), n_failed=len(crawl.summary().failed))
        finally:
            theirs += store.write_links()
            store.set_run(run)
            store.compact()
        summary = crawl.summary()
        _require_pages(source, store, summary)
        return replace(summary, n_requests=fetcher.n_requests, notes=(*summary.notes, *map(_describe_theirs, theirs)))


def _begin_run(last: LastRun | None, now: float) -> LastRun:
    """Return the run that begins, or the last one if it was broken off not long ago."""
    if last is None:
        return LastRun(1, now)
    is_broken_off = last.ended is None and now - last.began < _MAX_RESUME_SECONDS
    return last if is_broken_off else LastRun(last.number + 1, now)


def _request_first(source: Source, store: SiteStore, requests: PoliteRequests) -> Visit:
    address = source.address
    known = store.pages.get(key_of(address))
    is_whole = known is not None and store.read(known) is not None
    etag, last_modified = (known.etag, known.last_modified) if known and is_whole else (None, None)
    later = f"try later: `rag add {address}`"
    try:
        visit = requests.visit(address, clean_address, etag, last_modified)
    except Disallowed as error:
        raise SiteUnreadable(
            f"robots.txt of {host_of(str(error))} does not allow {AGENT_NAME} to read {error}",
            next_step="ask the owner of the site, or save the pages by hand",
        ) from error
    except FetchFailed as error:
        own = "if the site is your own, add `--allow-private`" if error.is_private else later
        raise SiteUnreadable(f"{address} cannot be read: {error}", next_step=own) from error
    reply = visit.reply
    if reply.status in GONE:
        forget = f"; `rag add {address} --remove` deletes its pages" if store.pages else ""
        raise SiteUnreadable(f"{address} answers {status_of(reply)}", next_step=f"check the address{forget}")
    if reply.status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
        raise SiteUnreadable(f"{address} answers {status_of(reply)}", next_step=later)
    return visit


def _settle_home(source: Source, store: SiteStore, final: str) -> Source:
    """Return the source with its home, which stays that of the first run.

    Raises:
        SiteUnreadable: Its address now leads elsewhere, perhaps to a notice or a log-in.
    """
    home = source.home if store.pages else None
    if home is None:
        return replace(source, home=final)
    scope = Scope(origin_of(home), folder_of(home) if source.kind == "site" else "/")
    if scope.adopt(final) is None:
        raise SiteUnreadable(
            f"{source.address} now redirects to {final}",
            next_step=f"if it has moved, run `rag add {final}` and `rag add {source.address} --remove`",
        )
    return source


def _is_sitemap(first: Visit, max_bytes: int) -> bool:
    try:
        return read_sitemap(first.reply.content, first.reply.address, max_bytes) is not None
    except FetchFailed as error:
        raise SiteUnreadable(f"{first.reply.address} cannot be read: {error}", next_step="check the address") from error


def _require_pages(source: Source, store: SiteStore, summary: RunSummary) -> None:
    """Raise if a run left nothing."""
    if store.pages:
        return
    reasons = [f"{address}: {reason}" for address, reason in summary.failed.items()]
    reasons += [f"{n:,} {reason}" for reason, n in summary.skipped.items()]
    why = f" ({'; '.join(reasons[:3])})" if reasons else ""
    raise SiteUnreadable(f"{source.address} has no page that can be kept{why}", next_step="check the address")


def _describe_theirs(path: Path) -> str:
    return f"{path} was not written by `rag add`, so the pages beside it have no links; rename it"


@contextmanager
def _forgetting_new(store: SiteStore) -> Iterator[None]:
    """Leave no folder behind for a source that never had a page."""
    try:
        yield
    except SiteUnreadable:
        if not store.pages:
            store.delete_all()
        raise
