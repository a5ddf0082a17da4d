"""Choose the built-in encoder of an index by the languages of its documents, and say why.

The encoder for English finds little in other languages. The one for other languages finds English a
little worse, and must be pulled first. An index keeps its encoder until it is rebuilt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rag.assembly.model_sources import BUILT_IN_ENCODERS, encoder_name
from rag.assembly.open_index import index_options, open_encoder, recipe_of
from rag.assembly.settings import AUTO_ENCODER, Settings
from rag.encoders.protocol import Encoder
from rag.errors import with_options
from rag.index.build import IndexSummary, update_index
from rag.index.progress import ReportProgress, ReportSkipped, report_nothing, skip_silently
from rag.index.store import Store
from rag.index.versions import STORE_FILE, Recipe, live_version, version_folder
from rag.model_files.builtin import ENCODER
from rag.model_files.multilingual import MULTILINGUAL, is_multilingual_here

LanguageCounts = Mapping[str, int]
"""Documents by ISO 639-1 code; a document of unknown language counts as English."""

_ENGLISH = frozenset({"en", ""})
# With one question in twenty about a document in another language, the encoder for them gains there
# what it loses in English: .475 and .03 of answers within five passages (docs/experiments.md).
_LEAST_FOREIGN_SHARE = 0.05
_NAMED_LANGUAGES = 3
_REBUILD = "`rag index --rebuild`"


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """The encoder of an index.

    Attributes:
        reason: Why it is this one.
        next_step: The commands that give an index with the better encoder; None if this is it.
    """

    name: str
    reason: str
    next_step: str | None = None

    @property
    def explanation(self) -> str:
        """Reason and next step."""
        return f"{self.reason}; {self.next_step}" if self.next_step else self.reason

    def described(self) -> str:
        """Return name, reason and next step as one line."""
        return f"{self.name}, because {self.explanation}"


def choose_encoder(languages: LanguageCounts, *, is_pulled: bool) -> EncoderChoice:
    """Return the encoder for documents in these languages.

    Args:
        is_pulled: Whether the encoder for other languages is here.
    """
    foreign, reason = _describe(languages)
    if not foreign:
        return EncoderChoice(ENCODER.name, reason)
    if is_pulled:
        return EncoderChoice(MULTILINGUAL.name, reason)
    missing = f"{MULTILINGUAL.name} is not here; {reason}"
    return EncoderChoice(ENCODER.name, missing, f"run `rag models pull`, then {_REBUILD}")


def explain_encoder(name: str, languages: LanguageCounts, *, is_set: bool, is_pulled: bool) -> EncoderChoice:
    """Return why an index has its encoder, and what to do if another one is better.

    Args:
        name: The encoder that the index was built with.
        is_set: Whether the setting names it.
    """
    if is_set:
        return EncoderChoice(name, "the setting `encoder` names it")
    better = choose_encoder(languages, is_pulled=is_pulled)
    if better.name == name:
        return better
    reason = f"the index was built with it, but {_describe(languages)[1]}"
    return EncoderChoice(name, reason, f"for {better.name} run {_REBUILD}")


def explain_index(settings: Settings) -> EncoderChoice | None:
    """Return why the live index has its encoder; None if there is no index."""
    languages = languages_of_index(settings.index_folder)
    if languages is None:
        return None
    is_set = settings.encoder != AUTO_ENCODER
    choice = explain_encoder(
        encoder_name(settings), languages, is_set=is_set, is_pulled=is_multilingual_here(settings.models_folder)
    )
    return replace(choice, next_step=choice.next_step and with_options(choice.next_step, settings.options))


def languages_of_index(index_folder: Path) -> LanguageCounts | None:
    """Return how many documents of the live index are in each language; None if there is none."""
    name = live_version(index_folder)
    file = version_folder(index_folder, name) / STORE_FILE if name else None
    if file is None or not file.is_file():
        return None
    store = Store(file)
    try:
        return store.language_counts()
    finally:
        store.close()


def encoders_to_pull(settings: Settings) -> tuple[set[str], set[str]]:
    """Return the built-in encoders that are needed, and those that would find more.

    The second are for documents of the live index.
    """
    needed = {encoder_name(settings)} & BUILT_IN_ENCODERS.keys()
    languages = languages_of_index(settings.index_folder) or {}
    if settings.encoder != AUTO_ENCODER or not _describe(languages)[0]:
        return needed, set()
    return needed, {MULTILINGUAL.name} - needed


def build_index(
    settings: Settings,
    folder: Path,
    load: Callable[[Settings], Encoder] = open_encoder,
    *,
    always_rebuild: bool = False,
    report: ReportProgress = report_nothing,
    report_skipped: ReportSkipped = skip_silently,
) -> IndexSummary:
    """Update the index, a new one with the encoder that its documents need.

    Args:
        load: Opens the encoder of the settings that it is given.

    Raises:
        RagError: As for `update_index` and `open_encoder`.
    """
    chosen = settings.model_copy(update={"encoder": encoder_name(settings)})

    def choose_recipe(languages: LanguageCounts) -> Recipe:
        nonlocal chosen
        choice = choose_encoder(languages, is_pulled=is_multilingual_here(settings.models_folder))
        chosen = chosen.model_copy(update={"encoder": choice.name})
        return recipe_of(chosen)

    options = index_options(chosen)
    if settings.encoder == AUTO_ENCODER:
        options = replace(options, choose_recipe=choose_recipe)
    return update_index(
        *(folder, settings.index_folder, options, lambda: load(chosen)),
        always_rebuild=always_rebuild,
        report=report,
        report_skipped=report_skipped,
    )


def _describe(languages: LanguageCounts) -> tuple[bool, str]:
    """Return whether too many documents are in other languages than English, and that in words."""
    n_documents = sum(languages.values())
    foreign = {code: n for code, n in languages.items() if code not in _ENGLISH}
    n_foreign = sum(foreign.values())
    if not n_foreign:
        return False, "the documents are in English"
    most = sorted(foreign, key=lambda code: (-foreign[code], code))
    named = ", ".join(most[:_NAMED_LANGUAGES]) + (", …" if len(most) > _NAMED_LANGUAGES else "")
    is_foreign = n_foreign >= _LEAST_FOREIGN_SHARE * n_documents
    documents, are = "document" if n_documents == 1 else "documents", "is" if n_foreign == 1 else "are"
    words = f"{n_foreign:,} of {n_documents:,} {documents} {are} not in English ({named})"
    return is_foreign, words if is_foreign else f"only {words}"
