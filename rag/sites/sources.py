"""Find the sources of a folder of documents, and forget one."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import SiteUnreadable
from rag.sites.pages.addresses import clean_address
from rag.sites.pages.names import name_folder
from rag.sites.pages.store import STATE_FILE, LastRun, SiteStore, open_site
from rag.sites.results import Source

SITES_FOLDER = "sites"
_DEFAULT_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks for; None leaves it as it was, or at its default."""

    depth: int | None = None
    within: str | None = None
    max_pages: int | None = None
    pages_a_second: float | None = None
    is_private_allowed: bool = False


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source that was added, its folder, how many pages it has, and its last run."""

    source: Source
    folder: Path
    n_pages: int
    last_run: LastRun | None


def read_address(text: str) -> str:
    """Return the cleaned form of an address that a person typed; https if it names no scheme.

    Raises:
        SiteUnreadable: It is no web address.
    """
    address = clean_address(text if "://" in text else f"https://{text}")
    if address is None:
        raise SiteUnreadable(
            f"{text!r} is no web address",
            next_step="give one such as https://example.org/docs/, without name and password",
        )
    return address


def plan_source(address: str, earlier: Source | None, wishes: Wishes) -> Source:
    """Return what is to be copied: the page alone, or a site if the address ends in a slash.

    Args:
        address: In its cleaned form.
        earlier: The same source, as it was added before.
    """
    was = earlier or Source(address, "page", depth=_DEFAULT_DEPTH if urlsplit(address).path.endswith("/") else 0)
    depth = was.depth if wishes.depth is None else wishes.depth
    within = was.within if wishes.within is None else "/" + wishes.within.lstrip("/")
    return replace(
        was,
        kind="site" if depth else "page",
        depth=depth,
        within=within,
        max_pages=wishes.max_pages or was.max_pages,
        pages_a_second=wishes.pages_a_second or was.pages_a_second,
        is_private_allowed=was.is_private_allowed or wishes.is_private_allowed,
    )


def folder_of_source(documents_folder: Path, address: str) -> Path:
    """Return the folder for the pages of a source, whether or not it exists."""
    return documents_folder / SITES_FOLDER / name_folder(address)


def find_sources(documents_folder: Path) -> list[KnownSource]:
    """Return the sources by the name of their folders."""
    states = sorted((documents_folder / SITES_FOLDER).glob(f"*/{STATE_FILE}"))
    return [known for state in states if (known := _describe(state.parent))]


def find_source(documents_folder: Path, address: str) -> KnownSource | None:
    """Return the source of an address."""
    folder = folder_of_source(documents_folder, address)
    return _describe(folder) if (folder / STATE_FILE).is_file() else None


def forget_source(known: KnownSource) -> int:
    """Delete the pages of a source and what is known of it; return how many pages it had.

    Raises:
        SiteUnreadable: Another process reads it, or the files cannot be deleted.
    """
    with open_site(known.folder) as store:
        n_pages = len(store.pages)
        store.delete_all()
    return n_pages


def _describe(folder: Path) -> KnownSource | None:
    store = SiteStore(folder)
    return KnownSource(store.source, folder, len(store.pages), store.last_run) if store.source else None


def require_source(documents_folder: Path, address: str) -> KnownSource:
    """Return the source of an address.

    Raises:
        SiteUnreadable: It was never added.
    """
    known = find_source(documents_folder, address)
    if known is None:
        raise SiteUnreadable(f"{address} was not added to {documents_folder}", next_step="run `rag add` for the list")
    return known
