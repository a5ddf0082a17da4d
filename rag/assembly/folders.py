"""Choose the folder to index when the command names none."""

from pathlib import Path

from rag.assembly.settings import Settings
from rag.index.versions import read_manifest

_DEFAULT_DOCUMENTS_FOLDER = Path("seeds")


def documents_folder_of(settings: Settings) -> Path:
    """Return the default folder: the setting, else the folder indexed last, else `seeds`."""
    if settings.documents_folder is not None:
        return settings.documents_folder
    manifest = read_manifest(settings.index_folder)
    return _shown(Path(manifest.folder)) if manifest else _DEFAULT_DOCUMENTS_FOLDER


def _shown(folder: Path) -> Path:
    """Return a path relative to the working directory if it lies in it."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
