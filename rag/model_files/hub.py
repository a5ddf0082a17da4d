"""Download a model from a model hub once, and find it on the disk from then on.

A name such as BAAI/bge-small-en-v1.5 becomes a folder, pinned to the commit that the name had. A
record beside the folder has the commit and each file's hash. Only data is downloaded, never a
pickle or code.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from rag.errors import DownloadFailed, ModelCorrupt, ModelMissing
from rag.files import hash_file, require_free_bytes
from rag.model_files.checksums import Checksum, read_json, write_json
from rag.model_files.download import MAKE_ROOM, NEXT_STEP, Progress, Report, fetch_from_hub, hold_download
from rag.model_files.folders import MODEL_FILE_KINDS, hash_of_hashes

_FOLDER = "hub"
_BRANCH = "main"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]*[A-Za-z0-9]", re.ASCII)
# The same weights again, for other programs.
_FOLDERS_OF_OTHERS = frozenset({"onnx", "openvino", "coreml", "gguf"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIMEOUT_SECONDS = 10.0
# A hub does not say whether a model is private or does not exist.
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A downloaded model.

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
class _Record:
    """The commit of a downloaded model, and the checksum of each file by its path in the folder."""

    commit: str
    files: dict[str, Checksum]


@dataclass(frozen=True, slots=True)
class _HubFile:
    """A file at the hub; `sha256` is None for small files, of which the hub does not know it."""

    path: str
    url: str
    size: int
    sha256: str | None


def is_hub_name(name: str) -> bool:
    """Say whether a name can be that of a model at a hub: an owner, a slash, a name."""
    return _NAME.fullmatch(name) is not None and ".." not in name and "--" not in name


def locate_snapshot(cache_folder: Path, name: str) -> Snapshot:
    """Return a downloaded model, its files verified; makes no request.

    Raises:
        ModelMissing: It was not downloaded, or not completely.
        ModelCorrupt: A file changed since the download.
    """
    folder = _folder_of(cache_folder, name)
    record = _read_record(folder)
    if record is None or not record.files or not folder.is_dir():
        raise ModelMissing(
            f"there is no folder {name} here, and no model of that name in {folder.parent}",
            next_step="correct the name, or run `rag models pull` to download it from a hub",
        )
    files = {path: _check_file(folder / path, known) for path, known in record.files.items()}
    if files != record.files:
        # A copied folder has other times; it is hashed once, or in a read-only cache at each start.
        with suppress(OSError):
            _write_record(folder, _Record(record.commit, files))
    sha256 = hash_of_hashes({path: checksum.sha256 for path, checksum in files.items()})
    return Snapshot(name, folder, record.commit, sha256, sum(checksum.size for checksum in files.values()))


def fetch_snapshot(cache_folder: Path, name: str, endpoint: str | None, report: Report) -> Snapshot:
    """Return a model, downloaded if it is not here; makes no request if it is.

    A damaged one is downloaded again at its commit. What an interrupted run downloaded is used.

    Args:
        endpoint: The hub's address; None forbids requests.
        report: Called some times a second, from this thread only.

    Raises:
        DownloadFailed: The hub cannot be reached, has no such model, asks that its terms are
            accepted first, or has only a pickle. Or the disk is too small or cannot be written.
        ModelCorrupt: The downloaded bytes are not those that the hub announced; they are deleted.
    """
    folder = _folder_of(cache_folder, name)
    with suppress(ModelMissing, ModelCorrupt):
        return locate_snapshot(cache_folder, name)
    if endpoint is None:
        raise DownloadFailed(
            f"the model {name} is not in {folder.parent} and HF_HUB_OFFLINE forbids its download",
            next_step="unset that and run `rag models pull`",
        )
    with hold_download(folder, 0, report):
        with suppress(ModelMissing, ModelCorrupt):  # another process may have downloaded it meanwhile
            return locate_snapshot(cache_folder, name)
        _fetch(folder, name, endpoint, report)
    return locate_snapshot(cache_folder, name)


def _folder_of(cache_folder: Path, name: str) -> Path:
    # No name at a hub has two hyphens in a row, so no two names share a folder.
    return cache_folder / _FOLDER / name.replace("/", "--")


def _record_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _read_record(folder: Path) -> _Record | None:
    match read_json(_record_of(folder)):
        case {"commit": str(commit), "files": dict(files)}:
            with suppress(TypeError):
                return _Record(commit, {path: Checksum(**known) for path, known in files.items()})
    return None


def _write_record(folder: Path, record: _Record) -> None:
    write_json(_record_of(folder), asdict(record))


def _check_file(path: Path, known: Checksum) -> Checksum:
    """Return the checksum to record of a file that has the known hash.

    Raises:
        ModelCorrupt: It has another hash, or cannot be read.
    """
    try:
        if Checksum.of(path, known.sha256) == known:
            return known
        found = Checksum.of(path, hash_file(path))
    except OSError as error:
        raise ModelCorrupt(f"{path} cannot be read ({error.strerror})", next_step="run `rag models pull`") from error
    if found.sha256 != known.sha256:
        raise ModelCorrupt(
            f"{path} has sha256 {found.sha256}, {known.sha256} was downloaded", next_step="run `rag models pull`"
        )
    return found


def _fetch(folder: Path, name: str, endpoint: str, report: Report) -> None:
    record = _read_record(folder)
    with _explained(name, endpoint):
        commit, files = _list_files(name, endpoint, record.commit if record else _BRANCH)
    partial = folder.with_name(f"{folder.name}.{commit}.partial")
    for other in folder.parent.glob(f"{folder.name}.*.partial"):
        if other != partial:
            shutil.rmtree(other, ignore_errors=True)
    partial.mkdir(exist_ok=True)
    n_bytes = sum(file.size for file in files)
    n_bytes_here = sum(file.stat().st_size for file in partial.rglob("*") if file.is_file())
    require_free_bytes(partial, n_bytes - n_bytes_here, DownloadFailed, MAKE_ROOM)
    checksums = {}
    n_done = 0
    for file in files:

        def report_done(n_file_bytes: int, n_before: int = n_done) -> None:
            report(Progress("downloading", f"the model hub ({name})", n_before + n_file_bytes, n_bytes))

        target = partial / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        fetch_from_hub(file.url, target, file.size, report_done)
        checksums[file.path] = _checksum(target, file)
        n_done += file.size
    # The record first: without its folder it says nothing, and the next run finds the partial
    # files.
    _write_record(folder, _Record(commit, checksums))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _list_files(name: str, endpoint: str, revision: str) -> tuple[str, Sequence[_HubFile]]:
    """Return the commit, and the files of it that belong to the model."""
    # Half a second to import, and needed only here.
    from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url

    info = HfApi(endpoint=endpoint).model_info(name, revision=revision, timeout=_TIMEOUT_SECONDS)
    paths = sorted(sibling.rfilename for sibling in info.siblings or ())
    if not info.sha or not paths:
        raise ValueError("it names no commit or no files")
    wanted = [path for path in paths if _is_wanted(path)]
    if not any(path.endswith(".safetensors") for path in wanted):
        raise DownloadFailed(
            f"the model {name} has no weights as safetensors, and a pickle, which can run code, is not downloaded",
            next_step="set another model",
        )
    files = []
    for path in wanted:
        url = hf_hub_url(name, path, revision=info.sha, endpoint=endpoint)
        found = get_hf_file_metadata(url, timeout=_TIMEOUT_SECONDS, endpoint=endpoint)
        if found.size is None:
            raise ValueError(f"it does not say how long {path} is")
        has_sha256 = found.etag and _SHA256.fullmatch(found.etag)
        files.append(_HubFile(path, url, found.size, found.etag if has_sha256 else None))
    return info.sha, files


def _is_wanted(path: str) -> bool:
    """Say whether a file belongs to the model and stays inside its folder."""
    parts = PurePosixPath(path)
    folders = set(parts.parts[:-1])
    is_inside = not parts.is_absolute() and "\\" not in path and not any(part.startswith(".") for part in parts.parts)
    return is_inside and parts.suffix in MODEL_FILE_KINDS and not folders & _FOLDERS_OF_OTHERS


@contextmanager
def _explained(name: str, endpoint: str) -> Iterator[None]:
    """Raise errors of requests to a hub as DownloadFailed with the next step."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except GatedRepoError as error:
        raise DownloadFailed(
            f"the model {name} is gated: its owner asks you to accept its terms",
            next_step=f"accept them at {endpoint}/{name}, set HF_TOKEN to a token of yours, then run `rag models pull`",
        ) from error
    except HfHubHTTPError as error:
        if error.response.status_code in _REFUSALS:
            raise DownloadFailed(
                f"no folder here and no model at {endpoint} is named {name!r}",
                next_step="set another one, or HF_TOKEN if it is private",
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
            next_step="correct HF_ENDPOINT, then run `rag models pull`",
        ) from error


def _checksum(path: Path, file: _HubFile) -> Checksum:
    found = Checksum.of(path, hash_file(path))
    if (found.size, found.sha256) != (file.size, file.sha256 or found.sha256):
        path.unlink()
        raise ModelCorrupt(
            f"{file.url} sent {found.size:,} bytes with sha256 {found.sha256}, "
            f"the hub announced {file.size:,} with {file.sha256 or 'an unknown one'}",
            next_step=NEXT_STEP,
        )
    return found
