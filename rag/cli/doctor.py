"""Check that everything the settings need is here and works. Changes nothing."""

import asyncio
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException

from rag.api.addresses import reachable_host
from rag.api.serving import open_port
from rag.assembly.model_sources import BUILT_IN_ENCODERS, encoder_name, find_encoder, find_reranker
from rag.assembly.settings import Settings
from rag.cli.console import count
from rag.errors import IndexMissing, IndexStale, PortInUse, RagError
from rag.model_files.builtin import LLM, locate_llm

_OLDEST_PYTHON = (3, 11)
_PORT_SECONDS = 0.5
_IN_WIDGET = b"footnote-chat"
# Left out of a next step in which the settings name the folder.
_WHICH_FOLDER = " with the folder that holds your documents"

Examination = Callable[[Settings], str]
"""Returns what is in order. Raises RagError or ImportError if something is not."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one examination.

    Attributes:
        next_step: The command that helps; None if nothing is wrong.
    """

    name: str
    is_ok: bool
    detail: str
    next_step: str | None = None

    def described(self) -> str:
        """Return detail and next step as one text."""
        return f"{self.detail}; {self.next_step}" if self.next_step else self.detail


def examine(settings: Settings) -> Iterator[Check]:
    """Yield all checks, in the order in which problems are best fixed."""
    yield _check("Python", _examine_python, settings)
    yield _check("encoder", _examine_encoder, settings)
    if settings.reranker is not None:
        yield _check("reranker", lambda _: f"{settings.reranker}, in {find_reranker(settings)}", settings)
    if settings.judge is not None:
        yield _check("judge", _examine_judge, settings)
    if settings.device != "cpu":
        yield _check("device", _examine_device, settings)
    yield _check("LLM", _examine_llm, settings)
    # The server answers from the collections if there are any, and not from index_folder.
    for name in settings.collections:
        yield from _examine_one_index(settings.of_collection(name), f"{name}: index")
    if not settings.collections:
        yield from _examine_one_index(settings, "index")
    yield _check("port", _examine_port, settings)


def _examine_one_index(settings: Settings, name: str) -> Iterator[Check]:
    index = _check(name, _examine_index, settings)
    yield index
    if index.is_ok:
        yield _without_folder(_check(f"{name} made", _examine_recipe, settings))
        yield _without_folder(_check(f"{name} content", _examine_content, settings))


def _check(name: str, examination: Examination, settings: Settings) -> Check:
    try:
        return Check(name, is_ok=True, detail=examination(settings))
    except RagError as error:
        error.repeat_options(settings.options)
        next_step = error.next_step
        if next_step and settings.documents_folder is not None:
            next_step = next_step.replace(_WHICH_FOLDER, "").replace(
                "index FOLDER", f"index {settings.documents_folder}"
            )
        return Check(name, is_ok=False, detail=error.problem, next_step=next_step)
    except ImportError as error:
        missing = f"a package is missing or broken: {error}"
        return Check(name, is_ok=False, detail=missing, next_step="install Footnote again")


def _without_folder(check: Check) -> Check:
    """Leave FOLDER out of the next step: by default, `rag index` takes the folder indexed last."""
    return replace(check, next_step=check.next_step and check.next_step.replace(" FOLDER", ""))


def _examine_python(_: Settings) -> str:
    found = platform.python_version()
    if sys.version_info < _OLDEST_PYTHON:
        raise RagError(f"{found} is too old", next_step="install Python 3.11 or newer")
    return found


def _examine_encoder(settings: Settings) -> str:
    from rag.assembly.encoder_choice import explain_index

    source, name = find_encoder(settings), encoder_name(settings)
    is_built_in = name in BUILT_IN_ENCODERS
    found = f"{name}, {'verified' if is_built_in else f'sha256 {source.sha256[:12]}…'}, in {source.folder}"
    choice = explain_index(settings)
    return f"{found}; {choice.explanation}" if choice else found


def _examine_judge(settings: Settings) -> str:
    # onnxruntime takes a fifth of a second to import.
    from rag.assembly.choose_judge import describe_judge

    return describe_judge(settings)


def _examine_device(settings: Settings) -> str:
    # torch takes seconds to import.
    from rag.encoders.torch_loading import require_device

    require_device(settings.device)
    return f"torch finds {settings.device}"


def _examine_llm(settings: Settings) -> str:
    if settings.answers_with == "extractive":
        return "none is set: answers are quoted from the documents"
    if settings.answers_with == "local":
        return f"{LLM.name}, verified, {locate_llm(settings.models_folder)}"
    return asyncio.run(_ask_remote_llm(settings))


async def _ask_remote_llm(settings: Settings) -> str:
    """Have the LLM generate one token, which proves address, key and model."""
    # openai and faiss take a second to import.
    from rag.assembly.open_llm import open_remote_model

    model = open_remote_model(settings)
    try:
        await model.complete([{"role": "user", "content": "Say yes."}], max_tokens=1)
        return f"{await model.model_name()} answers at {model.where}"
    finally:
        await model.close()


def _examine_index(settings: Settings) -> str:
    from rag.index.versions import read_version

    index_version = read_version(settings.index_folder)
    if index_version.fault:
        raise index_version.fault
    return f"{count(index_version.manifest.n_documents, 'document')}, intact, in {settings.index_folder}"


def _examine_recipe(settings: Settings) -> str:
    from rag.assembly.open_index import recipe_of
    from rag.index.versions import read_manifest

    manifest = read_manifest(settings.index_folder)
    if manifest is None:
        raise IndexMissing(f"no index in {settings.index_folder}", next_step="run `rag index FOLDER`")
    if manifest.recipe != recipe_of(settings):
        raise IndexStale(
            "built with another encoder or passage size than the settings say", next_step="run `rag index FOLDER`"
        )
    return "as the settings say"


def _examine_content(settings: Settings) -> str:
    from rag.assembly.folders import documents_folder_of
    from rag.assembly.open_index import index_options
    from rag.index.build import compare_folder

    folder = documents_folder_of(settings)
    found = compare_folder(folder, settings.index_folder, index_options(settings))
    if found.new or found.gone or found.changed or found.moved:
        raise IndexStale(
            f"{folder} has {len(found.new)} new, {len(found.changed)} changed, {len(found.moved)} moved and "
            f"{len(found.gone)} missing documents since it was indexed",
            next_step="run `rag index FOLDER`",
        )
    unread = f"; {count(len(found.skipped), 'file')} could not be read" if found.skipped else ""
    return f"up to date with {folder}{unread}"


def _examine_port(settings: Settings) -> str:
    place = f"{settings.port} on {settings.host}"
    if settings.port == 0:
        open_port(settings.host, 0).close()
        return f"the server takes a free one on {settings.host}"
    try:
        open_port(settings.host, settings.port).close()
    except PortInUse:
        if _is_footnote(settings.host, settings.port):
            return f"{place}: Footnote is running there"
        raise
    return f"{place} is free"


def _is_footnote(host: str, port: int) -> bool:
    # A server on all addresses is at that of this machine.
    connection = HTTPConnection(reachable_host(host).strip("[]"), port, timeout=_PORT_SECONDS)
    try:
        # A server with keys answers this without one.
        connection.request("GET", "/widget.js")
        return _IN_WIDGET in connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
