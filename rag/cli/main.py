"""The `rag` command: read the command line, call what does the work, print the result.

Results go to stdout, everything else to stderr. The exit status is 0 for success, 1 for an error
in one line, 2 for a wrong command line. Commands import heavy packages themselves: `rag --help`
needs typer alone.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from rag import __version__
from rag.assembly.choices import LlmChoice
from rag.cli.add import add
from rag.cli.evaluate import evaluate
from rag.cli.filter_options import with_filters
from rag.cli.output import (
    index_body,
    print_error,
    print_json,
    print_models,
    print_table,
    value_of,
)
from rag.cli.server.backups import backup, restore
from rag.cli.server.feedback import feedback_app
from rag.cli.server.keys import keys_app
from rag.cli.server.known_names import require_indexes, require_whole_server
from rag.cli.server.mcp import mcp
from rag.errors import RagError
from rag.filters import Filters

if TYPE_CHECKING:
    from rag.assembly.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TopK = Annotated[
    int | None, typer.Option("--top-k", min=1, max=100, help="Passages retrieved for the answer.", show_default=False)
]


class _Commands(TyperGroup):
    """Prints errors in one line; typer handles wrong command lines, Ctrl-C and closed pipes."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own Context, as it exports it
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except RagError as error:
            from rag.assembly.collection_settings import repeated_options

            error.repeat_options(repeated_options(ctx.params))
            message = str(error)
            failure: Exception = error
        except Exception as error:  # noqa: BLE001 -- the entry of the program
            message = f"unexpected {type(error).__name__}: {error}; run `rag --debug …` to see where"
            failure = error
        if ctx.params.get("debug"):
            import traceback

            traceback.print_exception(failure)
        print_error(message)
        raise typer.Exit(1)


app = typer.Typer(
    cls=_Commands,
    help="Footnote answers questions from your own documents and cites the words behind every sentence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(help="Download and list the models.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(models_app, name="models")
app.add_typer(keys_app, name="keys")
app.add_typer(feedback_app, name="feedback")


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its escape rather than an error.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # text files both, at this point
    app(prog_name="rag")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"footnote {__version__}")
        raise typer.Exit


@app.callback()
def read_global_options(  # noqa: PLR0917 -- typer calls it by name
    ctx: typer.Context,
    index_folder: Annotated[Path | None, typer.Option(help="The folder of the index.", show_default=False)] = None,
    models_folder: Annotated[Path | None, typer.Option(help="The folder of the models.", show_default=False)] = None,
    llm: Annotated[LlmChoice | None, typer.Option(help="What generates the answers.", show_default=False)] = None,
    collection: Annotated[
        str | None, typer.Option(metavar="NAME", help="A collection of rag.toml, for all commands.", show_default=False)
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    del debug, version
    ctx.obj = {"index_folder": index_folder, "models_folder": models_folder, "llm": llm, "collection": collection}


@app.command("index")
def index_documents(
    ctx: typer.Context,
    path: Annotated[Path | None, typer.Argument(help="The folder to index; by default the one indexed last.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read and embed all documents again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Update the index from the documents of a folder."""
    from rag.cli.console import make_console
    from rag.cli.indexing import report_index, run_index

    settings, notes = _settings(ctx, documents_folder=path), make_console(stderr=True)
    if settings.collections:
        names = ", ".join(settings.collections)
        notes.print(
            f"The server answers from the collections {names}, not from {settings.index_folder}. To index one of them, "
            "run `rag --collection NAME index FOLDER`.",
            markup=False,
            soft_wrap=True,
        )
    done = run_index(settings, notes, always_rebuild=rebuild, dry_run=dry_run)
    if as_json:
        print_json(index_body(done.summary, done.seconds))
    else:
        report_index(done, settings)


@app.command()
@with_filters
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to search for.", show_default=False)],
    *,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    explain: Annotated[bool, typer.Option("--explain", help="Explain the confidence of each passage.")] = False,
    filters: Filters,
    as_json: Json = False,
) -> None:
    """Find the passages that match a query; » and « mark the best sentence of each."""
    from rag.cli.console import make_console, print_lines, text_width
    from rag.cli.hits import explanation_lines, hit_lines
    from rag.cli.progress import waiting

    settings = _settings(ctx)
    notes = make_console(stderr=True)
    with waiting(notes, "Loading the index"):
        from rag.assembly.open_index import open_retriever
        from rag.retrieval.search import search_for

        retriever = open_retriever(settings)
    found = search_for(query, retriever, k=k, max_characters=settings.max_question_characters, filters=filters)
    if as_json:
        from rag.wire.search import search_body

        print_json(search_body(found, retriever.version, explain=explain).model_dump())
        return
    for note in found.notes:
        notes.print(f"Note: {note}.", soft_wrap=True)
    if not found.hits and found.query:
        filtered = "no document matches the filters, or " if not filters.is_empty else ""
        notes.print(f"Nothing found: {filtered}the index holds no passages.")
    out = make_console()
    for hit, holder in zip(found.hits, found.documents, strict=True):
        print_lines(out, hit_lines(hit, holder, text_width(out)))
        if explain:
            print_lines(out, explanation_lines(hit, text_width(out)))
        print()


@app.command()
@with_filters
def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask.", show_default=False)],
    *,
    top_k: TopK = None,
    filters: Filters,
    as_json: Json = False,
) -> None:
    """Answer one question, with footnotes."""
    import asyncio

    from rag.cli.chat import answer_question, print_answer
    from rag.cli.console import make_console

    settings = _settings(ctx)
    notes = make_console(stderr=True)
    if as_json:
        from rag.wire.answers import answer_body

        answer = asyncio.run(answer_question(settings, question, notes, top_k=top_k, filters=filters))
        print_json(answer_body(answer).model_dump())
    else:
        asyncio.run(print_answer(settings, question, make_console(), notes, top_k=top_k, filters=filters))


@app.command()
def chat(ctx: typer.Context) -> None:
    """Chat in this terminal."""
    import asyncio

    from rag.cli.chat import chat as hold_chat
    from rag.cli.console import make_console

    asyncio.run(hold_chat(_settings(ctx), make_console(), make_console(stderr=True)))


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str | None, typer.Option(help="The address to serve on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.", show_default=False)
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Index the folder again whenever a file in it changes.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Without keys, answer everybody who reaches the server.")
    ] = False,
    fd: Annotated[
        int | None,
        typer.Option(
            min=3, help="Serve on a listening socket that systemd or another parent opened.", show_default=False
        ),
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=INDEX_FOLDER", help="Answer from this index too; may be repeated.", show_default=False
        ),
    ] = None,
) -> None:
    """Serve the chat page, the API and the widget."""
    from rag.api.serving import serve as serve_app

    def announce(address: str, access: str) -> None:
        print(f"Footnote is at {address} (the first answer waits until the models are loaded).")
        print(access)
        print("Ctrl-C stops it.", flush=True)

    def read() -> "Settings":
        return _settings(ctx, host=host, port=port, insecure=insecure or None, collections=collection)

    require_whole_server(ctx.obj["collection"])
    settings = read()
    if collection:
        require_indexes(settings)
    # Whoever closes the terminal of a server ends it.
    reread = None if sys.stdin is not None and sys.stdin.isatty() else read
    serve_app(settings, announce, watches=watch, descriptor=fd, reread=reread)


app.command("add")(add)
app.command("mcp")(mcp)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("eval")(evaluate)


@models_app.command("pull")
def pull_models(
    ctx: typer.Context,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Also a judge that no setting names: owner/name on a hub.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download the models that the settings need."""
    from rag.cli.console import make_console
    from rag.cli.progress import PullView
    from rag.cli.pulling import fetch_hub_models, line_for_judge, prepare_judge, pull_encoders
    from rag.model_files.builtin import LLM, choose_hub_endpoint, list_models, pull_llm

    settings = _settings(ctx, judge=judge)
    notes = make_console(stderr=True)
    fetched = fetch_hub_models(settings, notes)
    prepare_judge(settings, notes)
    needed = {*pull_encoders(settings, notes), settings.encoder}
    if settings.answers_with == "local":
        with PullView(notes) as view:
            pull_llm(settings.models_folder, view.report, hub_endpoint=choose_hub_endpoint(os.environ))
        needed.add(LLM.name)
    here = [*fetched, *(status for status in list_models(settings.models_folder) if status.name in needed)]
    if as_json:
        print_models(here, as_json=True)
    else:
        print(f"Ready: {', '.join(status.name for status in here) or 'no model is needed'}.")
    if judge is not None and judge != _settings(ctx).judge:
        notes.print(
            f"To use the judge, put this line into rag.toml: {line_for_judge(judge)}", markup=False, soft_wrap=True
        )


@models_app.command("list")
def show_models(ctx: typer.Context, as_json: Json = False) -> None:
    """List the models and whether each is complete."""
    from rag.assembly.model_sources import describe_hub_model, hub_names
    from rag.model_files.builtin import list_models

    settings = _settings(ctx)
    named = [describe_hub_model(settings, name) for name in hub_names(settings)]
    print_models([*named, *list_models(settings.models_folder)], as_json=as_json)


@app.command("settings")
def show_settings(ctx: typer.Context, as_json: Json = False) -> None:
    """Show every setting, its value and its origin."""
    from rag.assembly.settings import Settings, origins_of_settings

    settings, origins = _settings(ctx), origins_of_settings(ctx.obj)
    rows = [
        (name, value_of(settings, name), origins.get(name, "default"), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        values = settings.model_dump(mode="json")  # secrets come out masked
        print_json(
            [
                {"name": name, "value": values[name], "origin": origin, "description": description}
                for name, _, origin, description in rows
            ]
        )
    else:
        print_table(rows)


@app.command()
def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Check that everything is ready, and print what to do if it is not."""
    from rag.cli.console import make_console
    from rag.cli.doctor import examine
    from rag.cli.progress import waiting

    with waiting(make_console(stderr=True), "Checking"):
        checks = list(examine(_settings(ctx)))
    if as_json:
        print_json({"ok": all(check.is_ok for check in checks), "checks": [asdict(check) for check in checks]})
    else:
        print_table([("ok" if check.is_ok else "problem", check.name, check.described()) for check in checks])
    if not all(check.is_ok for check in checks):
        raise typer.Exit(1)


def _settings(ctx: typer.Context, **more_flags: object) -> "Settings":
    from rag.assembly.settings import read_settings

    return read_settings({**ctx.obj, **more_flags})


if __name__ == "__main__":
    main()
