"""Copy a source into its folder: what is new, what changed, and what is gone.

A page that fails keeps its copy. A page is removed only if it answers 404 or 410, has moved for
good, or may no longer be copied.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from rag.sites.frontier import ENDED, OTHER_KIND, OUT_OF_SCOPE, Frontier, Target
from rag.sites.pages.addresses import Scope, folder_of, key_of, origin_of
from rag.sites.pages.charsets import apply_charset
from rag.sites.pages.kinds import WEB_PAGE, suffix_of
from rag.sites.pages.links import PageLinks, read_links
from rag.sites.pages.sitemaps import Sitemap, read_sitemap
from rag.sites.pages.store import SiteStore, StoredPage, hash_content
from rag.sites.requesting.polite import Disallowed, LeadsOut, PoliteRequests, Visit
from rag.sites.results import FetchFailed, Reply, ReportPages, RunSummary, Source
from rag.sites.traps import Traps

GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
DISALLOWED = "forbidden by robots.txt"
UNWANTED = "marked noindex"
COPY = "with the text of another page"
MISSING = "that do not exist"

_OVERLOADED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MAX_FAILURES_IN_A_ROW = 10
_MAX_SITEMAPS = 100
# Redirects, missing pages and copies bring no page, so requests have a limit of their own.
_REQUESTS_A_PAGE = 2
_SPARE_REQUESTS = 100


class Crawl:
    """One run over one source.

    Args:
        store: The folder of the source, with what earlier runs left.
        first: The reply of the source's own address.
        run: Number of this run; pages that it has already seen are not requested again.
        max_bytes: Most bytes of a sitemap, decompressed.
    """

    def __init__(
        self,
        source: Source,
        store: SiteStore,
        requests: PoliteRequests,
        report: ReportPages,
        *,
        first: Visit,
        run: int,
        max_bytes: int,
    ) -> None:
        self._source, self._store, self._requests, self._report = source, store, requests, report
        self._first, self._run, self._max_bytes = first, run, max_bytes
        self._traps = Traps(source.max_pages)
        self._scope = scope_of(source, first.reply.address)
        # A site that now has https: its old pages must not make the new ones copies.
        own = [page for page in store.pages.values() if self._scope.adopt(page.address) == page.address]
        self._frontier = Frontier(self._scope, self._traps)
        self._text_owner = {page.text_hash: page.key for page in own}
        self._new: list[str] = []
        self._changed: list[str] = []
        self._unchanged: list[str] = []
        self._removed: list[str] = []
        self._failed: dict[str, str] = {}
        self._skipped: Counter[str] = Counter()
        self._notes: list[str] = []
        self._n_requests = 0
        self._n_failures_in_a_row = 0

    def run(self) -> None:
        """Request what belongs to the source; what is done stays done if this is broken off."""
        address = self._first.reply.address
        if self._source.kind == "sitemap":
            for listed in self._listed_pages():
                self._frontier.push(listed, 0)
        else:
            self._frontier.see(address)
            self._record(Target(address, 0), self._first)
        self._work_off()
        # Pages of earlier runs that nothing links to now, or whose linking page failed.
        for page in list(self._store.pages.values()):
            if self._is_left_behind(page):
                self._remove(page.key)
            elif page.run < self._run:
                self._frontier.push_known(page.address, max(page.depth, self._source.depth))
        self._work_off()

    def summary(self) -> RunSummary:
        """Return what was done up to now."""
        skipped = self._skipped + self._frontier.skipped
        if self._source.kind != "sitemap":
            # Each page links out; only what a sitemap lists was meant to be read.
            del skipped[OUT_OF_SCOPE]
        return RunSummary(
            new=tuple(self._new),
            changed=tuple(self._changed),
            unchanged=tuple(self._unchanged),
            removed=tuple(self._removed),
            failed=dict(self._failed),
            skipped=dict(sorted(skipped.items())),
            traps=self._traps.ended,
            n_left=len(self._frontier),
            notes=tuple(self._notes),
        )

    def _work_off(self) -> None:
        while self._may_go_on() and (target := self._frontier.pop()):
            if target.key in self._store.pages or not self._traps.is_ended(target.address):
                self._take(target)
            else:
                self._skipped[ENDED] += 1
            self._report(self._n_pages, min(self._n_pages + len(self._frontier), self._source.max_pages))

    def _is_left_behind(self, page: StoredPage) -> bool:
        """Return whether a page is out of the scope, or the other scheme has it too."""
        adopted = self._scope.adopt(page.address)
        return adopted is None or (adopted != page.address and key_of(adopted) in self._store.pages)

    def _check_redirect(self, target: str) -> str | None:
        # Not the adopted form: one page of a site may need the other scheme.
        return target if self._scope.adopt(target) else None

    @property
    def _n_pages(self) -> int:
        return len(self._new) + len(self._changed) + len(self._unchanged)

    def _may_go_on(self) -> bool:
        if self._n_failures_in_a_row >= _MAX_FAILURES_IN_A_ROW:
            note = f"{_MAX_FAILURES_IN_A_ROW} requests in a row failed, so the rest was left for the next run"
            self._notes = [note]
            return False
        max_requests = _REQUESTS_A_PAGE * self._source.max_pages + _SPARE_REQUESTS
        return self._n_pages < self._source.max_pages and self._n_requests < max_requests

    def _take(self, target: Target) -> None:
        known = self._store.pages.get(target.key)
        content = self._store.read(known) if known else None
        if known and content is not None and known.run == self._run:
            # This run was broken off and is continued.
            self._unchanged.append(known.address)
            self._follow(self._links_in(known, content), target.depth)
            return
        self._n_requests += 1
        conditions = (known.etag, known.last_modified) if known and content is not None else (None, None)
        try:
            visit = self._requests.visit(target.address, self._check_redirect, *conditions)
        except Disallowed:
            self._leave_out(target, DISALLOWED)
        except LeadsOut as error:
            self._fail(target, f"it redirects to {error}", is_known_only=True)
        except FetchFailed as error:
            self._n_failures_in_a_row += 1
            self._fail(target, str(error))
        else:
            is_overloaded = visit.reply.status in _OVERLOADED
            self._n_failures_in_a_row = self._n_failures_in_a_row + 1 if is_overloaded else 0
            self._record(target, visit)

    def _record(self, target: Target, visit: Visit) -> None:
        """Keep what a request brought."""
        reply = visit.reply
        known = self._store.pages.get(target.key)
        final = Target(reply.address, target.depth)
        if reply.status == HTTPStatus.NOT_MODIFIED and known:
            self._keep(known)
            self._follow(self._links_in(known, self._store.read(known) or b""), target.depth)
        elif reply.status in GONE:
            self._traps.note_failure(target.address)
            self._leave_out(target, MISSING)
        elif reply.status != HTTPStatus.OK:
            self._fail(target, f"it answers {status_of(reply)}")
        elif final.key == target.key:
            self._save(final, reply)
        else:
            self._record_redirect(target, final, visit)

    def _record_redirect(self, target: Target, final: Target, visit: Visit) -> None:
        if self._frontier.see(final.address):
            self._save(final, visit.reply)
        if target.key not in self._store.pages:
            return
        if visit.is_moved and final.key in self._store.pages:
            self._remove(target.key)
        else:
            self._fail(target, f"it redirects to {final.address} for now")

    def _save(self, target: Target, reply: Reply) -> None:
        suffix = suffix_of(reply.media_type, target.address, reply.content)
        if suffix is None:
            self._leave_out(target, OTHER_KIND)
            return
        if not reply.content.strip():
            self._fail(target, "it is empty")
            return
        if reply.media_type.startswith("text/") or suffix == WEB_PAGE:
            reply = replace(reply, content=apply_charset(reply.content, reply.charset))
        page = self._describe(target, reply, suffix)
        links = read_links(reply.content, target.address, reply.robots) if suffix == WEB_PAGE else None
        text_hash = links.fingerprint.text if links else page.sha256
        if links:
            self._traps.note_page(target.address, links.fingerprint.shape)
            self._follow(links, target.depth)
            if links.is_unwanted:
                self._leave_out(target, UNWANTED)
                return
        self._write(replace(page, text_hash=text_hash), reply.content)

    def _write(self, page: StoredPage, content: bytes) -> None:
        known = self._store.pages.get(page.key)
        owner = self._text_owner.get(page.text_hash, page.key)
        if owner != page.key and owner in self._store.pages:
            # A site under maintenance shows one text everywhere, so a known page keeps its copy.
            target = Target(page.address, page.depth)
            self._fail(target, "it has the text of another page", is_known_only=True, otherwise=COPY)
            return
        is_same_file = known is not None and known.file == page.file and self._store.read(known) is not None
        self._text_owner[page.text_hash] = page.key
        if known and is_same_file and known.text_hash == page.text_hash:
            self._keep(replace(known, etag=page.etag, last_modified=page.last_modified))
            return
        self._store.save(page, content)
        (self._changed if known else self._new).append(page.address)

    def _describe(self, target: Target, reply: Reply, suffix: str) -> StoredPage:
        return StoredPage(
            key=target.key,
            address=target.address,
            file=self._store.choose_file(target.key, target.address, suffix),
            sha256=hash_content(reply.content),
            text_hash="",
            depth=target.depth,
            run=self._run,
            etag=reply.etag,
            last_modified=reply.last_modified,
        )

    def _keep(self, page: StoredPage) -> None:
        self._store.note(replace(page, run=self._run))
        self._unchanged.append(page.address)

    def _links_in(self, page: StoredPage, content: bytes) -> PageLinks | None:
        return read_links(content, page.address) if page.file.endswith(WEB_PAGE) else None

    def _follow(self, links: PageLinks | None, depth: int) -> None:
        if links and self._source.kind == "site" and depth < self._source.depth:
            for address in links.links:
                self._frontier.push(address, depth + 1)

    def _leave_out(self, target: Target, reason: str) -> None:
        """Leave an address out; a page that it had is removed."""
        if target.key in self._store.pages:
            self._remove(target.key)
        else:
            self._skipped[reason] += 1

    def _remove(self, key: str) -> None:
        self._removed.append(self._store.pages[key].address)
        self._store.remove(key)

    def _fail(self, target: Target, reason: str, *, is_known_only: bool = False, otherwise: str = OUT_OF_SCOPE) -> None:
        """Say why a page could not be read.

        Args:
            is_known_only: It matters only if the page has a copy.
            otherwise: Counted if it does not matter.
        """
        known = self._store.pages.get(target.key)
        if is_known_only and not known:
            self._skipped[otherwise] += 1
            return
        self._traps.note_failure(target.address)
        self._failed[target.address] = f"{reason}; the copy of an earlier run is kept" if known else reason

    def _listed_pages(self) -> Iterator[str]:
        """Yield the pages of the sitemap and of the sitemaps that it lists."""
        replies, waiting, seen = [self._first.reply], list[str](), {key_of(self._first.reply.address)}
        while replies or waiting:
            reply = replies.pop() if replies else self._read_sitemap(waiting.pop(0))
            found = self._parse_sitemap(reply) if reply else None
            if found and found.lists == "pages":
                yield from found.addresses
            elif found:
                fresh = [address for address in found.addresses if key_of(address) not in seen]
                waiting += fresh[: _MAX_SITEMAPS - len(seen)]
                seen.update(map(key_of, waiting))

    def _parse_sitemap(self, reply: Reply) -> Sitemap | None:
        try:
            found = read_sitemap(reply.content, reply.address, self._max_bytes)
        except FetchFailed as error:
            self._failed[reply.address] = str(error)
            return None
        if found is None:
            self._failed[reply.address] = "it is no sitemap"
        return found

    def _read_sitemap(self, address: str) -> Reply | None:
        self._n_requests += 1
        try:
            reply = self._requests.visit(address, lambda target: target).reply
        except (FetchFailed, Disallowed) as error:
            self._failed[address] = DISALLOWED if isinstance(error, Disallowed) else str(error)
            return None
        if reply.status != HTTPStatus.OK:
            self._failed[address] = f"it answers {status_of(reply)}"
            return None
        return reply


def scope_of(source: Source, first_address: str) -> Scope:
    """Return the part of the host that a source takes pages from."""
    folder = folder_of(source.home or first_address) if source.kind == "site" else "/"
    return Scope(origin_of(first_address), source.within or folder)


def status_of(reply: Reply) -> str:
    try:
        return f"{reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return str(reply.status)
