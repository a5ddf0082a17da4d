"""`rag feedback`: take what readers judged as a question set, and delete a reader's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import FeedbackUnavailable, repeating_options, with_options

if TYPE_CHECKING:
    from rag.api.feedback.store import FeedbackStore
    from rag.assembly.settings import Settings

feedback_app = typer.Typer(
    help="Export what readers judged; delete a reader's words.", no_args_is_help=True, rich_markup_mode=None
)


@feedback_app.command("export")
def export_feedback(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write questions.jsonl.", show_default=False)],
) -> None:
    """Write the questions with thumbs up or a corrected answer as a set for `rag eval`."""
    from rag.api.feedback.export import export_judged, nearest_document
    from rag.assembly.open_index import open_retriever
    from rag.assembly.settings import read_settings

    settings = read_settings(ctx.obj)
    with _opened(settings, "export") as store:
        retriever = open_retriever(settings)
        uris = {entry.uri for entry in retriever.entries() if entry.reason is None}
        exported = export_judged(store, uris, nearest_document(retriever))
    path = folder / "questions.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Readers' words stay as private as the file that they come from.
        path.touch(mode=0o600)
        path.write_text(exported.text, encoding="utf-8")
    except OSError as error:
        raise FeedbackUnavailable(
            f"{path} cannot be written ({error.strerror})", next_step="give another folder"
        ) from error
    print(f"{len(exported.lines)} questions are in {path}.")
    if exported.n_left_out:
        typer.echo(
            f"{exported.n_left_out} judged answers are left out: their words are not kept (keep_questions), or no "
            "indexed document belongs to them.",
            err=True,
        )
    if exported.lines:
        typer.echo(with_options(f"Measure them with `rag eval {folder}`.", settings.options), err=True)


@feedback_app.command("forget")
def forget_user(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(help="The user that signed requests named.", show_default=False)],
) -> None:
    """Delete the words of a user's questions, answers and feedback; the figures stay."""
    from rag.assembly.settings import read_settings

    with _opened(read_settings(ctx.obj), "forget") as store:
        n_answers = store.forget_user(user, None)
    print(f"Deleted the words of {n_answers} {'answer' if n_answers == 1 else 'answers'}.")


@contextmanager
def _opened(settings: "Settings", command: str) -> "Iterator[FeedbackStore]":
    from rag.api.feedback.store import FeedbackStore

    if not settings.answers_path.exists():
        with repeating_options(settings.options):
            raise _nothing_recorded(settings, command)
    store = FeedbackStore(settings.answers_path)
    try:
        yield store
    finally:
        store.close()


def _nothing_recorded(settings: "Settings", command: str) -> FeedbackUnavailable:
    """Return the error of a missing file; each collection records its own answers."""
    missing = f"there are no recorded answers at {settings.answers_path}"
    recorded = [name for name in settings.collections if settings.of_collection(name).answers_path.exists()]
    if recorded:
        commands = " or ".join(f"`rag --collection {name} feedback {command} …`" for name in recorded)
        return FeedbackUnavailable(f"{missing}; the answers are recorded by collection", next_step=f"run {commands}")
    named = f" one of the collections {', '.join(settings.collections)}" if settings.collections else ""
    return FeedbackUnavailable(missing, next_step=f"run `rag serve` and ask{named or ' something'}")
