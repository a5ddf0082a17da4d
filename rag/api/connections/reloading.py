"""Read the settings again while the server runs, and apply those that can change without a restart.

Keys and the index need no signal: a running server follows their files.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from rag.api.services import Collection, Services
from rag.api.telemetry.logs import log_event
from rag.assembly.settings import Settings
from rag.errors import SettingsInvalid

_logger = logging.getLogger(__name__)

LIVE_SETTINGS = frozenset(
    {
        "address_questions_per_minute",
        "currency",
        "key_questions_per_minute",
        "max_answers",
        "max_question_characters",
        "max_waiting",
        "openai_links",
        "price_per_million_generated",
        "price_per_million_read",
        "site_key_tokens_per_day",
    }
)
"""Those that a running server can change."""


class Reloader:
    """The settings in force, and where they are read again."""

    def __init__(self, services: Services, settings: Settings, reread: Callable[[], Settings]) -> None:
        """Take what the server runs with.

        Args:
            reread: Returns the settings as a start would have them now.
        """
        self._services = services
        self._settings = settings
        self._reread = reread

    def reload(self) -> None:
        """Apply what has changed, and log what has and what needs a restart, in one line.

        If the settings are wrong, all stay as they are.
        """
        try:
            found = self._reread()
        except SettingsInvalid as error:
            _logger.error("the settings stay as they were: %s", error)  # noqa: TRY400 -- the message explains the fault
            return
        changed = self._differences(found) & LIVE_SETTINGS
        self._apply(found)
        log_event(
            _logger,
            "the settings were read again",
            changed=", ".join(sorted(changed)) or "nothing",
            needs_restart=", ".join(sorted(self._differences(found))) or None,
        )

    def _differences(self, found: Settings) -> set[str]:
        """Return the names of what differs from the settings in force, in any collection."""
        names = _differences(self._settings, found) - {"collections"}
        if set(found.collections) != set(self._settings.collections):
            names.add("collections")
        for collection, own in self._with_own(found):
            names |= _differences(collection.settings, own) - {"collections"}
        return names

    def _apply(self, found: Settings) -> None:
        rates, admission = self._services.rates, self._services.admission
        rates.change(per_key=found.key_questions_per_minute, per_address=found.address_questions_per_minute)
        admission.resize(max_answers=found.max_answers, max_waiting=found.max_waiting)
        self._settings = _with_live(self._settings, found)
        for collection, own in self._with_own(found):
            settings = _with_live(collection.settings, own)
            self._services.collections[collection.name] = replace(collection, settings=settings)

    def _with_own(self, found: Settings) -> list[tuple[Collection, Settings]]:
        """Return each collection that goes on, with its settings in the file."""
        collections = self._services.collections.values()
        if not self._settings.collections:
            return [(one, found) for one in collections]
        return [(one, found.of_collection(one.name)) for one in collections if one.name in found.collections]


def _with_live(settings: Settings, found: Settings) -> Settings:
    return settings.model_copy(update={name: getattr(found, name) for name in LIVE_SETTINGS})


def _differences(one: Settings, other: Settings) -> set[str]:
    return {name for name in Settings.model_fields if getattr(one, name) != getattr(other, name)}
