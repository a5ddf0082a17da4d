"""`rag keys`: create, list and revoke the keys of the server."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.output import print_json, print_table
from rag.cli.server.known_names import describe_unknown, require_collections

if TYPE_CHECKING:
    from rag.api.access.caller import Scope
    from rag.api.access.keys import Key, KeyStore
    from rag.api.access.visitors import PublicKey
    from rag.assembly.settings import Settings

keys_app = typer.Typer(
    help="Create, list and revoke the keys of the server.", no_args_is_help=True, rich_markup_mode=None
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_FIRST_KEY = (
    "This first key closes the server, also the chat page and the list of documents. For readers, put the widget on a "
    "page with a site key: rag keys create NAME --scope ask --site https://example.org"
)


@keys_app.command("create")
def create_key(  # noqa: PLR0917 -- typer calls it by name
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for.", show_default=False)],
    scope: Annotated[
        list[str],
        typer.Option(help="What it may do: ask, search, documents or admin; may be repeated.", show_default=False),
    ],
    site: Annotated[
        list[str] | None,
        typer.Option(help="Make a site key that pages of this origin may send; may be repeated.", show_default=False),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="Open documents of this group too; may be repeated.", show_default=False),
    ] = None,
    all_groups: Annotated[
        bool, typer.Option("--all-groups", help="Open the documents of all groups, also of later ones.")
    ] = False,
    collection: Annotated[
        list[str] | None,
        typer.Option(help="Open only this collection of the server; may be repeated.", show_default=False),
    ] = None,
    visitor_public_key: Annotated[
        Path | None,
        typer.Option(
            help="Take tokens of signed-in visitors that the private key of this PEM file signed.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    daily_tokens: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Most LLM tokens a day for the answers to this site key, in place of the setting "
            "site_key_tokens_per_day; 0: no limit.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a key and print its secret, which is shown only once."""
    _require_known(scope)
    if all_groups and group:
        raise typer.BadParameter("it includes every --group; leave one of them out", param_hint="--all-groups")
    settings = _server_settings(ctx)
    # `rag --collection NAME keys create` means that collection too.
    opened = list(filter(None, [ctx.obj["collection"], *(collection or ())]))
    require_collections(settings, opened)
    store = _store(settings)
    is_first = not store.read()
    key, secret = store.create(
        name,
        scopes=frozenset(one for one in _scopes() if one in scope),
        origins=frozenset(site or ()),
        groups=None if all_groups else frozenset(group or ()),
        visitors=_read_public_key(visitor_public_key) if visitor_public_key else None,
        collections=frozenset(opened) if opened else None,
        daily_tokens=daily_tokens,
    )
    for note in [*describe_unknown(settings, key.groups or (), opened), *([_FIRST_KEY] if is_first else [])]:
        typer.echo(note, err=True)
    if as_json:
        print_json({**_body(key), "secret": secret})
        return
    print(secret)
    print_table([_row(key, settings)])
    typer.echo("The secret above is not stored and not shown again.", err=True)


def _require_known(scopes: list[str]) -> None:
    if unknown := sorted(set(scopes) - _scopes()):
        raise typer.BadParameter(
            f"{unknown[0]} is unknown; use ask, search, documents or admin, one for each --scope", param_hint="--scope"
        )


@keys_app.command("list")
def list_keys(ctx: typer.Context, as_json: Json = False) -> None:
    """List the keys, without their secrets."""
    settings = _server_settings(ctx)
    keys = list(_store(settings).read().values())
    if as_json:
        print_json([_body(key) for key in keys])
    elif keys:
        print_table([_row(key, settings) for key in keys])
    else:
        print("There are no keys; `rag keys create NAME --scope ask` creates one.")


@keys_app.command("revoke")
def revoke_key(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, from the list.", show_default=False)],
) -> None:
    """Revoke a key at once, also for a running server."""
    store = _store(_server_settings(ctx))
    for key in store.read().values():
        if key.id == key_id and key.revoked_ms is not None:
            print(f"{key.id} ({key.name}) was revoked already, on {_day(key.revoked_ms)}.")
            return
    key = store.revoke(key_id)
    print(f"Revoked {key.id} ({key.name}).")


def _scopes() -> "frozenset[Scope]":
    from rag.api.access.caller import ALL_SCOPES

    return ALL_SCOPES


def _server_settings(ctx: typer.Context) -> "Settings":
    """Return the settings of the server: all its collections share one file of keys."""
    from rag.assembly.settings import read_settings

    return read_settings({**ctx.obj, "collection": None})


def _store(settings: "Settings") -> "KeyStore":
    from rag.api.access.keys import KeyStore

    return KeyStore(settings.keys_path, time.time)


def _read_public_key(path: Path) -> "PublicKey":
    from rag.api.access.visitors import read_public_key
    from rag.errors import KeyInvalid

    try:
        return read_public_key(path.read_bytes())
    except OSError as error:
        raise KeyInvalid(f"{path} cannot be read ({error.strerror})") from error


def _row(key: "Key", settings: "Settings") -> tuple[str, ...]:
    sites = f"sites: {', '.join(sorted(key.origins))}" if key.origins else "secret"
    state = f"revoked {_day(key.revoked_ms)}" if key.revoked_ms is not None else f"created {_day(key.created_ms)}"
    groups = f"groups: {_all_or(key.groups) or 'only documents without one'}"
    visitors = f"visitors: {key.visitors.algorithm}" if key.visitors else "no visitors"
    opened = f"collections: {_all_or(key.collections)}"
    spends = f"tokens a day: {_daily_tokens(key, settings)}"
    return key.id, key.name, ", ".join(sorted(key.scopes)), sites, groups, opened, visitors, spends, state


def _daily_tokens(key: "Key", settings: "Settings") -> str:
    if key.kind != "site":
        return "no limit"
    own = key.daily_tokens
    n_tokens = settings.site_key_tokens_per_day if own is None else own
    return (f"{n_tokens:,}" if n_tokens else "no limit") + (" (setting)" if own is None else "")


def _all_or(names: frozenset[str] | None) -> str:
    return "all" if names is None else ", ".join(sorted(names))


def _body(key: "Key") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "kind": key.kind,
        "scopes": sorted(key.scopes),
        "origins": sorted(key.origins),
        "groups": None if key.groups is None else sorted(key.groups),
        "collections": None if key.collections is None else sorted(key.collections),
        "visitors": key.visitors.algorithm if key.visitors else None,
        "daily_tokens": key.daily_tokens,
        "created": _day(key.created_ms),
        "revoked": None if key.revoked_ms is None else _day(key.revoked_ms),
    }


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
