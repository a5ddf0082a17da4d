"""Examine whether everything that the settings need is here and in order. Reads and asks; never changes anything."""

import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from rag.api.app import API_TITLE
from rag.api.serving import open_port
from rag.assembly.model_sources import find_encoder, find_entailment, find_reranker
from rag.assembly.settings import Settings
from rag.cli.console import count
from rag.errors import IndexMissing, IndexStale, PortInUse, RagError
from rag.model_files.builtin import ENCODER, LLM, locate_llm

_OLDEST_PYTHON = (3, 11)
_NAMES_WITH_INDEX = ("index made", "index content")
_PORT_SECONDS = 0.5
# Here the settings say which folder that is.
_WHICH_FOLDER = " with the folder that holds your documents"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined.

    Attributes:
        next_step: The command that mends it; None where nothing is wrong.
    """

    name: str
    is_ok: bool
    detail: str
    next_step: str | None = None

    def told(self) -> str:
        """Return detail and next step as one text."""
        return f"{self.detail}; {self.next_step}" if self.next_step else self.detail


async def examine(settings: Settings) -> tuple[Check, ...]:
    """Return all checks, in the order in which problems are best mended."""
    checks = [_check_python()]
    checks.append(_check_encoder(settings))
    if settings.reranker is not None:
        checks.append(_check_reranker(settings))
    if settings.entailment is not None:
        checks.append(_check_entailment(settings))
    if settings.device != "cpu":
        checks.append(_check_device(settings))
    checks.append(await _check_llm(settings))
    checks.append(_check_index(settings))
    if checks[-1].is_ok:
        checks.append(_check_fit(settings))
        checks.append(_check_freshness(settings))
    checks.append(_check_port(settings))
    return tuple(checks)


def _check_python() -> Check:
    found = platform.python_version()
    if sys.version_info < _OLDEST_PYTHON:
        return Check("Python", is_ok=False, detail=f"{found} is too old", next_step="install Python 3.11 or newer")
    return Check("Python", is_ok=True, detail=found)


def _check_encoder(settings: Settings) -> Check:
    def examine_encoder() -> str:
        source = find_encoder(settings)
        if settings.encoder == ENCODER.name:
            return f"{ENCODER.name}, verified, in {source.folder}"
        return f"{settings.encoder}, sha256 {source.sha256[:12]}…, in {source.folder}"

    return _checked("encoder", settings, examine_encoder)


def _check_reranker(settings: Settings) -> Check:
    return _checked("reranker", settings, lambda: f"{settings.reranker}, in {find_reranker(settings)}")


def _check_entailment(settings: Settings) -> Check:
    return _checked("entailment", settings, lambda: f"{settings.entailment}, in {find_entailment(settings)}")


def _check_device(settings: Settings) -> Check:
    def examine_device() -> str:
        # torch takes seconds to import, and where that fails the person should read which package it is.
        from rag.encoders.torch_loading import require_device

        require_device(settings.device)
        return f"torch finds {settings.device}"

    return _checked("device", settings, examine_device)


async def _check_llm(settings: Settings) -> Check:
    if settings.writes_with == "extractive":
        return Check("LLM", is_ok=True, detail="none is wanted: answers are quoted from the documents")
    if settings.writes_with == "local":
        return _checked("LLM", settings, lambda: f"{LLM.name}, verified, {locate_llm(settings.models_folder)}")
    try:
        return Check("LLM", is_ok=True, detail=await _ask_remote_llm(settings))
    except RagError as error:
        return _problem("LLM", settings, error)


async def _ask_remote_llm(settings: Settings) -> str:
    """Have the LLM write one token, which proves address, key and model."""
    # openai and faiss take a second to import.
    from rag.assembly.engine import open_remote_model

    model = open_remote_model(settings)
    try:
        await model.complete([{"role": "user", "content": "Say yes."}], max_tokens=1)
        return f"{await model.model_name()} answers at {model.where}"
    finally:
        await model.close()


def _check_index(settings: Settings) -> Check:
    def examine_index() -> str:
        from rag.index.versions import read_version

        index_version = read_version(settings.index_folder)
        if index_version.fault:
            raise index_version.fault
        return f"{count(index_version.manifest.n_documents, 'document')}, intact, in {settings.index_folder}"

    return _checked("index", settings, examine_index)


def _check_fit(settings: Settings) -> Check:
    def examine_fit() -> str:
        from rag.assembly.open_index import recipe_of
        from rag.index.versions import read_manifest

        manifest = read_manifest(settings.index_folder)
        if manifest is None:
            raise IndexMissing(f"no index in {settings.index_folder}", next_step="run `rag index FOLDER`")
        if manifest.recipe != recipe_of(settings):
            raise IndexStale(
                "built with another encoder or passage size than is set", next_step="run `rag index FOLDER`"
            )
        return "as the settings ask"

    return _checked("index made", settings, examine_fit)


def _check_freshness(settings: Settings) -> Check:
    def compare() -> str:
        from rag.assembly.folders import documents_folder_of
        from rag.assembly.open_index import index_options
        from rag.index.build import compare_folder

        folder = documents_folder_of(settings)
        found = compare_folder(folder, settings.index_folder, index_options(settings))
        if found.new or found.gone or found.changed or found.moved:
            raise IndexStale(
                f"{folder} has {len(found.new)} new, {len(found.changed)} changed, {len(found.moved)} moved and "
                f"{len(found.gone)} missing documents since the index was made",
                next_step="run `rag index FOLDER`",
            )
        unread = f"; {count(len(found.skipped), 'file')} could not be read" if found.skipped else ""
        return f"holds what {folder} holds{unread}"

    return _checked("index content", settings, compare)


def _check_port(settings: Settings) -> Check:
    def try_port() -> str:
        try:
            open_port(settings.host, settings.port).close()
        except PortInUse:
            if not _is_footnote(settings.host, settings.port):
                raise
            return f"{settings.port} on {settings.host}: Footnote is running there"
        return f"{settings.port} on {settings.host} is free"

    return _checked("port", settings, try_port)


def _is_footnote(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=_PORT_SECONDS)
    try:
        connection.request("GET", "/openapi.json")
        return bool(json.loads(connection.getresponse().read())["info"]["title"] == API_TITLE)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()


def _checked(name: str, settings: Settings, examine_it: Callable[[], str]) -> Check:
    try:
        return Check(name, is_ok=True, detail=examine_it())
    except RagError as error:
        return _problem(name, settings, error)
    except ImportError as error:
        return Check(
            name, is_ok=False, detail=f"a package is missing or broken: {error}", next_step="install Footnote again"
        )


def _problem(name: str, settings: Settings, error: RagError) -> Check:
    """Return what an error of ours says, its next step with the folder that the settings name."""
    next_step = error.next_step or ""
    if settings.documents_folder is not None:
        next_step = next_step.replace(_WHICH_FOLDER, "").replace("FOLDER", str(settings.documents_folder))
    elif name in _NAMES_WITH_INDEX:
        # Without a folder, `rag index` takes the one that was indexed last.
        next_step = next_step.replace(" FOLDER", "")
    return Check(name, is_ok=False, detail=error.problem, next_step=next_step or None)
