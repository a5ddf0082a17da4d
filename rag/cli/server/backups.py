"""`rag backup` and `rag restore`."""

import os
from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar file.", show_default=False)]


def backup(ctx: typer.Context, file: File) -> None:
    """Save settings, keys, conversations, feedback and documents, also while the server runs."""
    from rag.api.storage.backups.write import write_backup
    from rag.assembly.settings import read_settings

    counts = write_backup(read_settings(ctx.obj), _settings_file(), file)
    settings = "the settings, " if counts["settings"] else ""
    print(f"{file} holds {settings}{counts['databases']} databases and {counts['documents']} documents.")
    if counts["links"]:
        typer.echo(f"Links are not saved; {counts['links']} were left out.", err=True)
    typer.echo("It is not encrypted, and holds all that readers asked. Keep it private.", err=True)


def restore(
    ctx: typer.Context,
    file: File,
    only_settings: Annotated[
        bool, typer.Option("--settings", help="Write only the settings (rag.toml), to read them first.")
    ] = False,
) -> None:
    """Write what a backup holds to where the settings say; nothing that exists is changed."""
    from rag.api.storage.backups.restore import restore_backup, restore_settings
    from rag.assembly.settings import read_settings

    if only_settings:
        restore_settings(file, _settings_file())
        print(f"Restored {_settings_file()}. Read it, above all its folders, then run: rag restore {file}")
        return
    restored = restore_backup(file, read_settings(ctx.obj))
    print(f"Restored {restored.n_databases} databases and {restored.n_documents} documents.")
    if restored.has_settings and not _settings_file().exists():
        typer.echo(f"The settings of the backup were not used; rag restore --settings {file} writes them.", err=True)
    for collection, folder in restored.folders:
        print(f"Next: rag {f'--collection {collection} ' if collection else ''}index {folder}")


def _settings_file() -> Path:
    from rag.assembly.settings import SETTINGS_FILE

    return Path(os.environ.get("RAG_SETTINGS_FILE", SETTINGS_FILE))
