"""The command `rag add`: copy web sites into the folder of documents, then index it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.output import print_error, print_json, print_table
from rag.errors import IndexBusy, NothingToIndex, RagError, SiteUnreadable, with_options

if TYPE_CHECKING:
    from rich.console import Console

    from rag.assembly.settings import Settings
    from rag.cli.indexing import IndexRun
    from rag.sites.results import RunSummary, Source
    from rag.sites.sources import KnownSource, Wishes

_NEW_FOLDER = Path("documents")
_LINES_EACH = 100
_MAX_LISTED = 20
_SECONDS_BETWEEN_TRIES = 2.0
_MAX_WAITS = 300


def _option(text: str, at_least: float | None = None, at_most: float | None = None) -> object:
    return typer.Option(help=text, show_default=False, min=at_least, max=at_most)


def add(  # noqa: PLR0917 -- typer calls it by name
    ctx: typer.Context,
    url: Annotated[
        str | None,
        typer.Argument(metavar="URL", help="A page, a sitemap, or a site if it ends in /.", show_default=False),
    ] = None,
    depth: Annotated[
        int | None, _option("Follow links this far from URL; 0: URL alone.", at_least=0, at_most=100)
    ] = None,
    within: Annotated[str | None, _option("Only pages whose path begins so; by default the folder of URL.")] = None,
    max_pages: Annotated[int | None, _option("Most pages; by default 2,000.", at_least=1, at_most=50_000)] = None,
    rate: Annotated[float | None, _option("Most pages a second; by default 2.", at_least=0.001, at_most=50)] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let the host of URL have an address that is not public.")
    ] = False,
    folder: Annotated[Path | None, _option("The folder of documents that the pages go to.")] = None,
    every: Annotated[
        str | None, _option("Run again at this interval until Ctrl-C: 30m, 6h, 1d. Without URL: all sources.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Without URL: read all sources again.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the pages of URL and forget it.")] = False,
    no_index: Annotated[bool, typer.Option("--no-index", help="Leave the index as it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy a web page, sitemap or site into the documents; without URL, list what was added."""
    from rag.assembly.settings import read_settings
    from rag.cli.console import make_console
    from rag.sites.sources import Wishes, find_sources, plan_source, read_address

    settings = read_settings({**ctx.obj, "documents_folder": folder})
    place = _documents_folder(settings)
    job = _Job(settings, place, make_console(stderr=True), indexes=not no_index, as_json=as_json)
    address = read_address(url) if url is not None else None
    if remove:
        job.remove(_require(address, "--remove"))
        return
    if address is None and not update and every is None:
        _print_sources(find_sources(place), place, as_json=as_json)
        return
    wishes = Wishes(depth, within, max_pages, rate, allow_private)
    if address is None:
        _require_no_wishes(wishes)

    def choose() -> list["Source"]:
        known = {one.source.address: one.source for one in find_sources(place)}
        return [plan_source(address, known.get(address), wishes)] if address else list(known.values())

    if every is None:
        job.run(choose())
    else:
        _repeat(job, choose, every)


@dataclass(frozen=True)
class _Job:
    """What all runs of one command have in common."""

    settings: "Settings"
    place: Path
    notes: "Console"
    indexes: bool
    as_json: bool

    def run(self, sources: list["Source"]) -> None:
        """Copy the sources, then index; an error of one source comes after all others are done."""
        if not sources:
            raise SiteUnreadable(f"no web site was added to {self.place}", next_step="run `rag add URL`")
        done: list[dict[str, Any]] = []
        errors: list[RagError] = []
        for source in sources:
            try:
                done.append(self._copy(source))
            except RagError as error:
                errors.append(error)
                done.append({"address": source.address, "error": str(error)})
        index = self._index() if len(errors) < len(sources) else None
        if self.as_json:
            print_json({"sources": done, "index": index})
        for failure in errors[:-1]:
            print_error(str(failure))
        if errors:
            raise errors[-1]

    def remove(self, address: str) -> None:
        from rag.sites.sources import forget_source, require_source

        known = require_source(self.place, address)
        n_pages = forget_source(known)
        if not self.as_json:
            print(f"Removed {address}: {n_pages:,} pages in {known.folder}.")
        index = self._index()
        if self.as_json:
            print_json({"removed": address, "n_pages": n_pages, "index": index})

    def _copy(self, source: "Source") -> dict[str, Any]:
        from rag.cli.progress import StepsView
        from rag.sites.copying import copy_source
        from rag.sites.requesting.guard import resolve_with_system
        from rag.sites.schedule import system_clock
        from rag.sites.sources import folder_of_source

        folder = folder_of_source(self.place, source.address)
        began = time.monotonic()
        try:
            with StepsView(self.notes) as view:
                report = view.report if self.notes.is_terminal else self._line_reporter(began)
                summary = copy_source(
                    source,
                    folder,
                    lambda n_done, n_known: report("Copying", n_done, n_known),
                    resolver=resolve_with_system,
                    clock=system_clock(),
                )
        except KeyboardInterrupt:
            self.notes.print(
                f"Stopped. The pages copied so far are kept; run `rag add {source.address}` again to continue.",
                markup=False,
                soft_wrap=True,
            )
            raise
        seconds = round(time.monotonic() - began, 1)
        if not self.as_json:
            _print_summary(source, folder, summary, seconds)
        return {"address": source.address, "folder": str(folder), **asdict(summary), "seconds": seconds}

    def _line_reporter(self, began: float) -> Callable[[str, int, int], None]:
        """Return what prints a line each hundred pages, where no bar can be shown."""
        printed = {0}

        def report(_stage: str, n_done: int, n_known: int) -> None:
            # A page that fails leaves the number as it was.
            if n_done % _LINES_EACH == 0 and n_done not in printed:
                printed.add(n_done)
                rate = n_done / max(time.monotonic() - began, 0.001)
                self.notes.print(f"{n_done:,} of {n_known:,} known pages, {rate:.1f} a second", soft_wrap=True)

        return report

    def _index(self) -> dict[str, object] | None:
        from rag.cli.indexing import report_index

        if not self.indexes:
            if not self.as_json:
                print(with_options(f"To index the pages, run `rag index {self.place}`.", self.settings.options))
            return None
        settings = self.settings.model_copy(update={"documents_folder": self.place})
        try:
            done = self._index_when_free(settings)
        except NothingToIndex as error:
            print_error(f"the index was not changed: {error}")
            return None
        if not self.as_json:
            report_index(done, settings)
        return done.as_json()

    def _index_when_free(self, settings: "Settings") -> "IndexRun":
        """Index the folder; wait while a server that watches it, or another command, does."""
        from rag.cli.indexing import run_index

        for n_waits in range(_MAX_WAITS):
            try:
                return run_index(settings, self.notes)
            except IndexBusy as error:
                if not n_waits:
                    self.notes.print(f"Waiting: {error.problem}.", markup=False, soft_wrap=True)
                time.sleep(_SECONDS_BETWEEN_TRIES)
        return run_index(settings, self.notes)


def _repeat(job: _Job, choose: Callable[[], list["Source"]], every: str) -> None:
    from rag.sites.schedule import parse_interval, repeat, system_clock

    try:
        seconds = parse_interval(every)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--every") from error

    def run() -> None:
        try:
            job.run(choose())
        except RagError as error:
            # A site that cannot be read now may be at the next run.
            print_error(str(error))
        job.notes.print(f"The next run begins {every} after the last; Ctrl-C ends it.", soft_wrap=True)

    repeat(run, seconds, system_clock())


def _documents_folder(settings: "Settings") -> Path:
    """Return the folder that `rag index` reads, or a new one if there is none yet."""
    from rag.assembly.folders import documents_folder_of

    folder = documents_folder_of(settings)
    return folder if settings.documents_folder or folder.is_dir() else _NEW_FOLDER


def _require(address: str | None, option: str) -> str:
    if address is None:
        raise typer.BadParameter("name the URL; `rag add` lists them", param_hint=option)
    return address


def _require_no_wishes(wishes: "Wishes") -> None:
    if any(value not in {None, False} for value in asdict(wishes).values()):
        raise typer.BadParameter("these options belong to one URL; name it", param_hint="URL")


def _print_sources(sources: list["KnownSource"], place: Path, *, as_json: bool) -> None:
    from rag.cli.console import count

    if as_json:
        print_json(
            [
                {
                    **asdict(known.source),
                    "folder": str(known.folder),
                    "n_pages": known.n_pages,
                    "last_run": asdict(known.last_run) if known.last_run else None,
                }
                for known in sources
            ]
        )
    elif not sources:
        print(f"No web site was added to {place}. To add one, run `rag add URL`.")
    else:
        print_table(
            [
                (known.source.address, known.source.kind, count(known.n_pages, "page"), _describe_last_run(known))
                for known in sources
            ]
        )


def _describe_last_run(known: "KnownSource") -> str:
    run = known.last_run
    if run is None:
        return "never read"
    began = datetime.fromtimestamp(run.began).astimezone().strftime("%Y-%m-%d %H:%M")
    if run.ended is None:
        return f"{began}, broken off; `rag add {known.source.address}` continues"
    if run.error:
        return f"{began}, failed: {run.error}"
    return f"{began}, {run.n_failed:,} could not be read" if run.n_failed else began


def _print_summary(source: "Source", folder: Path, summary: "RunSummary", seconds: float) -> None:
    from rag.cli.console import count, escape_line

    print(f"Copied {source.address} to {folder} in {seconds:.1f} s: {count(summary.n_pages, 'page')}.")
    kinds = {"new": summary.new, "changed": summary.changed, "unchanged": summary.unchanged, "removed": summary.removed}
    if changes := ", ".join(f"{len(pages):,} {kind}" for kind, pages in kinds.items() if pages):
        print(f"{changes[0].upper()}{changes[1:]}.")
    if left_out := ", ".join(f"{n:,} {reason}" for reason, n in summary.skipped.items()):
        print(f"Left out: {left_out}.")
    if summary.traps:
        shown = escape_line(", ".join(summary.traps[:_MAX_LISTED]))
        print(f"Patterns that were ended, as their pages repeat or fail: {shown}.")
    if summary.n_left:
        is_full = summary.n_pages >= source.max_pages
        why = f"`--max-pages` is {source.max_pages:,}" if is_full else "the next run reads them"
        print(f"Not read: {summary.n_left:,} more known addresses ({why}).")
    if summary.failed:
        print(f"Could not read {count(len(summary.failed), 'page')}:")
    for address, reason in list(summary.failed.items())[:_MAX_LISTED]:
        print(f"  {escape_line(address)}: {escape_line(reason)}")
    if len(summary.failed) > _MAX_LISTED:
        print(f"  and {len(summary.failed) - _MAX_LISTED:,} more (`--json` lists all)")
    for note in summary.notes:
        print(f"Note: {escape_line(note)}.")
    if source.kind == "page" and summary.n_pages == 1:
        print(f"For the pages that it links to as well, run `rag add {source.address} --depth 2`.")
