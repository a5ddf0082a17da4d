"""Run the local LLM in this process: llama.cpp's HTTP server on a loopback port."""

import secrets
from pathlib import Path

import xllamacpp

from rag.errors import ModelCorrupt
from rag.places import Places
from rag.sharing import Shared

CONTEXT_TOKENS = 4096
"""Of one request, prompt and reply."""

_SILENT = -1
# llama.cpp notices a closed connection between batches. 64 tokens take less than a second on two
# cores, and reading is as fast as with the default of 2048.
_BATCH_TOKENS = 64


class LocalServer:
    """A llama.cpp server with the OpenAI protocol at `base_url`; it requires `api_key`."""

    def __init__(self, model_path: Path, n_threads: int, n_slots: int, max_waiting: int) -> None:
        """Load the model and listen; takes seconds.

        Args:
            n_slots: Replies that are generated at the same time.
            max_waiting: Answers that wait for a slot.

        Raises:
            ModelCorrupt: llama.cpp cannot load the file.
        """
        self.places = Places(n_slots, max_waiting=max_waiting)
        self.api_key = secrets.token_urlsafe(16)
        params = xllamacpp.CommonParams()
        params.model.path = str(model_path)
        # llama.cpp divides the context among the slots.
        params.n_ctx = CONTEXT_TOKENS * n_slots
        params.n_parallel = n_slots
        params.n_batch = params.n_ubatch = _BATCH_TOKENS
        params.cpuparams.n_threads = n_threads
        params.cpuparams_batch.n_threads = n_threads
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [self.api_key]
        params.ui = False
        params.verbosity = _SILENT
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelCorrupt(f"{model_path} cannot be loaded ({error})", next_step="run `rag models pull`") from error
        self.base_url = f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Stop listening and free the model; every user of the server may call it."""
        self._server = None


_running: Shared[LocalServer] = Shared()


def running_server(model_path: Path, n_threads: int, n_slots: int, max_waiting: int) -> LocalServer:
    """Return this process's server of a model; all collections use one.

    Raises:
        ModelCorrupt: As from `LocalServer`.
    """
    asked = (model_path, n_threads, n_slots, max_waiting)
    return _running.get(asked, lambda: LocalServer(*asked))
