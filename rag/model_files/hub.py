"""Bring a model from a model hub to disk once, and find it there from then on without asking anybody.

Goes in: a name such as BAAI/bge-small-en-v1.5. Comes out: a folder, pinned to the commit that the name stood for when
it was fetched, with a record of every file's hash beside it. Only kinds of files that hold data are fetched, never a
pickle or code. This module loads no model, prints nothing and reads no setting.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing
from rag.files import hash_file, hold_lock, require_free_bytes
from rag.model_files.download import MAKE_ROOM, NEXT_STEP, Progress, Report, fetch_from_hub, open_hub_client
from rag.model_files.folders import MODEL_FILE_KINDS, hash_of_hashes

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import HfApi

_FOLDER = "hub"
_BRANCH = "main"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]*[A-Za-z0-9]", re.ASCII)
# The same weights once more, for other programs.
_FOLDERS_OF_OTHERS = frozenset({"onnx", "openvino", "coreml", "gguf"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIMEOUT_SECONDS = 10.0
# A hub does not tell a stranger whether a model is private or does not exist.
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model as it lies on this disk.

    Attributes:
        commit: Of the hub's repository.
        sha256: One hash of all its files.
        size_bytes: Of all its files.
    """

    name: str
    folder: Path
    commit: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is recorded of a file when it was fetched; a file of that size and time is not hashed again."""

    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    commit: str
    files: dict[str, _Kept]


@dataclass(frozen=True, slots=True)
class _Offered:
    """A file at the hub; the hub knows the hash of large ones alone."""

    path: str
    url: str
    size: int
    sha256: str | None


def is_hub_name(name: str) -> bool:
    """Say whether a name can be that of a model at a hub: an owner, a slash, a name."""
    return _NAME.fullmatch(name) is not None and ".." not in name and "--" not in name


def locate_snapshot(cache_folder: Path, name: str) -> Snapshot:
    """Return a model that was fetched, its files as they were then; asks no hub.

    Raises:
        ModelMissing: It was not fetched, or not to its end.
        ModelCorrupt: A file is not what was fetched.
    """
    folder, record = _folder_of(cache_folder, name), _read_record(cache_folder, name)
    if record is None or not record.files or not folder.is_dir():
        raise ModelMissing(
            f"there is no folder {name} here, and no model of that name in {folder.parent}",
            next_step="correct the name, or run `rag models pull` to fetch it from a hub",
        )
    facts = {path: _check_file(folder / path, kept) for path, kept in record.files.items()}
    if facts != record.files:
        # A copied folder has other times: hashed once, and not at each start from now on. In a cache that we only read
        # it is.
        with suppress(OSError):
            _write_record(cache_folder, _Record(name, record.commit, facts))
    return Snapshot(
        name,
        folder,
        record.commit,
        hash_of_hashes({path: kept.sha256 for path, kept in facts.items()}),
        sum(kept.size for kept in facts.values()),
    )


def fetch_snapshot(cache_folder: Path, name: str, endpoint: str | None, report: Report) -> Snapshot:
    """Return a model, fetched where it is not here; at once and without asking the hub where it is.

    A damaged one is fetched again at the commit that it had. What an interrupted fetch brought is kept and used.

    Args:
        endpoint: The hub's address; None means that no hub may be asked.
        report: Called some times a second, and from this thread only.

    Raises:
        DownloadFailed: The hub cannot be reached, has no such model, wants its terms accepted first, or has it only as
            a pickle; or the disk is too small or cannot be written.
        ModelCorrupt: The bytes that came are not those the hub announced; they are deleted.
    """
    folder = _folder_of(cache_folder, name)
    with suppress(ModelMissing, ModelCorrupt):
        return locate_snapshot(cache_folder, name)
    if endpoint is None:
        raise DownloadFailed(
            f"the model {name} is not in {folder.parent} and HF_HUB_OFFLINE keeps it from being fetched",
            next_step="unset that and run `rag models pull`",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.with_name(f"{folder.name}.lock")
        with hold_lock(lock, lambda holder: report(Progress("waiting", holder, 0, 0))):
            with suppress(ModelMissing, ModelCorrupt):  # another process may have brought it meanwhile
                return locate_snapshot(cache_folder, name)
            _fetch(cache_folder, name, endpoint, report)
    except OSError as error:
        raise DownloadFailed(
            f"{folder} could not be written: {error.strerror or error}",
            next_step="mend that, then run `rag models pull`",
        ) from error
    return locate_snapshot(cache_folder, name)


def _folder_of(cache_folder: Path, name: str) -> Path:
    # No name at a hub has two hyphens in a row, so no two names share a folder.
    return cache_folder / _FOLDER / name.replace("/", "--")


def _record_of(cache_folder: Path, name: str) -> Path:
    folder = _folder_of(cache_folder, name)
    return folder.with_name(f"{folder.name}.json")


def _read_record(cache_folder: Path, name: str) -> _Record | None:
    try:
        found = json.loads(_record_of(cache_folder, name).read_text(encoding="utf-8"))
        return _Record(found["name"], found["commit"], {path: _Kept(**kept) for path, kept in found["files"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # none, or half a one
        return None


def _write_record(cache_folder: Path, record: _Record) -> None:
    path = _record_of(cache_folder, record.name)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    written.replace(path)


def _check_file(path: Path, kept: _Kept) -> _Kept:
    """Return what is to be recorded of a file from now on.

    Raises:
        ModelCorrupt: It is not the one that was recorded.
    """
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (kept.size, kept.mtime_ns):
            return kept
        found = hash_file(path)
    except OSError as error:
        raise ModelCorrupt(f"{path} cannot be read ({error.strerror})", next_step="run `rag models pull`") from error
    if found != kept.sha256:
        raise ModelCorrupt(f"{path} has sha256 {found}, {kept.sha256} was fetched", next_step="run `rag models pull`")
    return _Kept(found, stat.st_size, stat.st_mtime_ns)


def _fetch(cache_folder: Path, name: str, endpoint: str, report: Report) -> None:
    folder, record = _folder_of(cache_folder, name), _read_record(cache_folder, name)
    with _told_plainly(name, endpoint):
        commit, offered, headers = _ask_hub(name, endpoint, record.commit if record else _BRANCH)
    partial = folder.with_name(f"{folder.name}.{commit}.partial")
    for other in folder.parent.glob(f"{folder.name}.*.partial"):
        if other != partial:
            shutil.rmtree(other, ignore_errors=True)
    partial.mkdir(exist_ok=True)
    n_bytes = sum(file.size for file in offered)
    n_bytes_here = sum(file.stat().st_size for file in partial.rglob("*") if file.is_file())
    require_free_bytes(partial, n_bytes - n_bytes_here, DownloadFailed, MAKE_ROOM)
    done = 0
    with open_hub_client(headers) as client:
        for file in offered:
            _fetch_file(client, file, partial / file.path, _counting_from(report, name, done, n_bytes))
            done += file.size
    kept = {file.path: _keep(partial / file.path, file) for file in offered}
    # The record first: without its folder it says nothing, and the next pull finds all files in the partial one.
    _write_record(cache_folder, _Record(name, commit, kept))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _ask_hub(name: str, endpoint: str, revision: str) -> tuple[str, Sequence[_Offered], dict[str, str]]:
    """Return the commit, what it offers that we want, and the headers to ask with."""
    # Half a second to import, and needed only here.
    from huggingface_hub import HfApi, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, but not in __all__

    api = HfApi(endpoint=endpoint)
    info = api.model_info(name, revision=revision, timeout=_TIMEOUT_SECONDS)
    paths = sorted(sibling.rfilename for sibling in info.siblings or ())
    if not info.sha or not paths:
        raise ValueError("it names no commit or no files")
    commit = info.sha
    _require_safe_weights(name, paths)
    return (
        commit,
        [
            _offered(api, path, hf_hub_url(name, path, revision=commit, endpoint=endpoint))
            for path in paths
            if _is_wanted(path)
        ],
        build_hf_headers(),
    )


def _offered(api: "HfApi", path: str, url: str) -> _Offered:
    found = api.get_hf_file_metadata(url=url, timeout=_TIMEOUT_SECONDS)
    if found.size is None:
        raise ValueError(f"it does not say how long {path} is")
    return _Offered(path, url, found.size, found.etag if found.etag and _SHA256.fullmatch(found.etag) else None)


def _is_wanted(path: str) -> bool:
    """Say whether a file belongs to the model; a name that would lead out of its folder is never taken."""
    parts = PurePosixPath(path)
    folders = set(parts.parts[:-1])
    is_inside = not parts.is_absolute() and "\\" not in path and not any(part.startswith(".") for part in parts.parts)
    return is_inside and parts.suffix in MODEL_FILE_KINDS and not folders & _FOLDERS_OF_OTHERS


def _require_safe_weights(name: str, paths: Sequence[str]) -> None:
    if not any(_is_wanted(path) and path.endswith(".safetensors") for path in paths):
        raise DownloadFailed(
            f"the model {name} has no weights as safetensors, and a pickle, which can run code when it is read, is "
            "never fetched",
            next_step="set another model",
        )


@contextmanager
def _told_plainly(name: str, endpoint: str) -> Iterator[None]:
    """Turn what goes wrong while a hub is asked into one line with the next step."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except GatedRepoError as error:
        raise DownloadFailed(
            f"the model {name} is gated: its owner wants its terms accepted",
            next_step=f"accept them at {endpoint}/{name}, set HF_TOKEN to a token of yours, then run `rag models pull`",
        ) from error
    except HfHubHTTPError as error:
        if error.response.status_code in _REFUSALS:
            raise DownloadFailed(
                f"no folder here and no model at {endpoint} is named {name!r}",
                next_step="set another one, or HF_TOKEN where it is private",
            ) from error
        raise DownloadFailed(
            f"{endpoint} answered {error.response.status_code} when asked for {name}",
            next_step="run `rag models pull` later",
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OfflineModeIsEnabled) as error:
        raise DownloadFailed(
            f"the model {name} is not here and {endpoint} cannot be reached ({type(error).__name__})",
            next_step="run `rag models pull` where there is a network, or with HF_ENDPOINT set to a mirror",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadFailed(
            f"{endpoint} does not answer as a model hub does when asked for {name} ({error})",
            next_step="mend HF_ENDPOINT, then run `rag models pull`",
        ) from error


def _fetch_file(client: "httpx2.Client", file: _Offered, target: Path, report: Report) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    if target.stat().st_size > file.size:  # what another version of this program left
        target.write_bytes(b"")
    fetch_from_hub(client, file.url, target, file.size, report)


def _counting_from(report: Report, name: str, done: int, n_bytes: int) -> Report:
    """Return what reports one file as a part of them all."""
    return lambda progress: report(
        Progress(progress.stage, f"the model hub ({name})", done + progress.done_bytes, n_bytes)
    )


def _keep(path: Path, offered: _Offered) -> _Kept:
    found = hash_file(path)
    if offered.sha256 not in (None, found):
        path.unlink()
        raise ModelCorrupt(
            f"{offered.url} brought sha256 {found}, the hub announced {offered.sha256}", next_step=NEXT_STEP
        )
    stat = path.stat()
    return _Kept(found, stat.st_size, stat.st_mtime_ns)
