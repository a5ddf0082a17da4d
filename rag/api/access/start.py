"""Check at start who may ask, and describe it."""

import time

from rag.api.access.keys import KeyStore
from rag.assembly.settings import Settings
from rag.errors import KeysMissing


def describe_access(settings: Settings) -> str:
    """Return one line that says who may ask.

    Raises:
        KeysMissing: Other machines reach the server, and everybody could ask.
        KeysUnavailable: The file of keys cannot be read.
    """
    keys = KeyStore(settings.keys_path, time.time).read().values()
    if keys:
        n_valid = sum(key.revoked_ms is None for key in keys)
        return f"Requests need a key; {n_valid} {'is' if n_valid == 1 else 'are'} valid (rag keys list)."
    may = "ask and read" if settings.public_documents else "ask, and whole documents need a key (public_documents)"
    # The default folder depends on where the server is started.
    place = settings.keys_path.parent.resolve()
    why = f"No key is needed, as there is none in {place}"
    if settings.is_local:
        return f"{why}: everybody on this machine can {may}. `rag keys create` closes the server."
    if settings.insecure:
        return f"{why}: everybody who reaches this server can {may}. The option --insecure opens it."
    raise KeysMissing(
        f"{settings.host} can be reached from other machines, and there are no keys in {place}",
        next_step="run `rag keys create NAME --scope ask`, or add --insecure to answer everybody",
    )
