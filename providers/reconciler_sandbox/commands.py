"""``reconciler sandbox …``: the embedded platform by hand.

What a command prints on stdout is for scripts; everything else goes to stderr. The web server is
imported only by the command that needs it.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from reconciler_sandbox.server import Ready
    from reconciler_sandbox.workspace import Place
    from reconciler_sandbox.world.model import Token

app = typer.Typer(
    name="sandbox",
    help="The embedded platform as an HTTP server that dx itself can talk to.",
    short_help="the embedded platform, by hand",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_LOGINS = 20
"""As many are printed at the start."""

Workspace = Annotated[Path, typer.Argument(metavar="[PATH]", help="The workspace.", show_default=False)]


@app.callback()
def sandbox() -> None:
    """Takes no option of its own."""


@app.command()
def serve(
    *,
    world: Annotated[Path, typer.Option(metavar="FILE", help="The world file to start from.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    db: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the state in this file.")] = None,
    control: Annotated[bool, typer.Option("--control", help="Add the routes under /emulator/.")] = False,
    switch: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A switch that wins over the world's.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Log calls here; default: beside --db.")
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What goes wrong: [[faults]], not the world's.")
    ] = None,
) -> None:
    """Serve a world on 127.0.0.1 until Ctrl-C."""
    from reconciler_sandbox.server import CannotStart, Options, run
    from reconciler_sandbox.world.switches import parsed

    try:
        switches = dict(parsed(assignment) for assignment in switch or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    options = Options(
        world=world,
        db=db,
        port=port,
        control=control,
        switches=switches,
        log=log,
        log_to_stderr=True,
        faults=faults,
    )
    try:
        run(options, ready=_announce)
    except CannotStart as error:
        _fail(str(error))


def _announce(ready: Ready) -> None:
    print(f"listening on {ready.endpoint}", flush=True)
    if ready.key is not None:
        print(f"control key {ready.key}", flush=True)
    _, _, host_port = ready.endpoint.partition("//")
    host, _, port = host_port.partition(":")
    _say("The estate, the last calls, and why each refused one was refused, in a browser:")
    _say(f"  {ready.endpoint}/")
    _say("Point dx at it: paste the first line and one of the logins.")
    _say(f"  export DX_APISERVER_PROTOCOL=http DX_APISERVER_HOST={host} DX_APISERVER_PORT={port}")
    tokens = ready.world.tokens
    for token in tokens[:_LOGINS]:
        context = json.dumps({"auth_token_type": "Bearer", "auth_token": token.token})
        _say(f"  export DX_SECURITY_CONTEXT={shlex.quote(context)}  # {_whose(token)}")
    if len(tokens) > _LOGINS:
        _say(f"  and {len(tokens) - _LOGINS} more logins in the world")
    _say("Every call is logged below, as one JSON line. Ctrl-C ends it.")


def _whose(token: Token) -> str:
    told = [token.user]
    if token.scope is not None:
        told.append(
            "not for everything: " + ", ".join(f"{level} on {id}" for id, level in token.scope.items())
        )
    if token.revoked:
        told.append("revoked")
    return ", ".join(told)


@app.command()
def seed(
    path: Annotated[
        Path, typer.Argument(metavar="[PATH]", help="The workspace, or a world file.", show_default=False)
    ] = Path(),
    *,
    world: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="This world file; default: the one that the workspace names."),
    ] = None,
) -> None:
    """Make the state of a workspace's platform from a world file. A world file in place of PATH is one
    for the workspace here."""
    from reconciler_sandbox import server
    from reconciler_sandbox.workspace import is_world

    if world is None and is_world(path):
        path, world = Path(), path
    place = _place(path)
    options = server.Options(world=_world(place) if world is None else world, db=place.db)
    try:
        store = server.opened(place.db)
        try:
            if store.load() is not None:
                _fail(f"{place.db}: there is a state already; `reconciler sandbox reset` throws it away")
            made = server.prepared(options, store)
        finally:
            store.close()
    except server.CannotStart as error:
        _fail(str(error))
    print(f"{place.db}: {len(made.users)} users, {len(made.orgs)} orgs, {len(made.projects)} projects")


@app.command()
def dump(
    path: Workspace = Path(),
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it here, and bytes of files into FILE.files/ beside it."),
    ] = None,
) -> None:
    """Print the state of a workspace's platform as a world file, also while it is running."""
    from reconciler_sandbox.store import StoreError, peek
    from reconciler_sandbox.world import contents
    from reconciler_sandbox.world.dump import dump as dumped

    place = _place(path)
    try:
        kept = peek(place.db)
    except StoreError as error:
        _fail(str(error))
    if kept is None:
        _fail(f"{place.db}: there is no state yet; `reconciler sandbox seed` makes it from the world file")
    found = dumped(kept)
    if out is not None:
        try:
            contents.write(out, found.text, found.contents)
        except OSError as error:
            _fail(f"{out}: cannot be written: {error.strerror}")
        print(f"{out}: {len(found.text.splitlines())} lines, {len(found.contents)} files beside it")
    elif found.contents:
        _fail(f"the bytes of {len(found.contents)} files do not fit into the text; write it with --out FILE")
    else:
        sys.stdout.buffer.write(found.text.encode())


@app.command()
def reset(path: Workspace = Path()) -> None:
    """Throw the state of a workspace's platform away; the next command starts from the world file."""
    from reconciler_sandbox.workspace import remove, stop_holder

    place = _place(path)
    if not stop_holder(place.db):
        _fail(f"{place.db}: the server that uses it does not end; end it and try again")
    print(f"{place.db}: {'removed' if remove(place.db) else 'there was no state'}")


@app.command()
def log(
    path: Workspace = Path(),
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
) -> None:
    """Print the calls that a workspace's platform has answered, one JSON line each."""
    place = _place(path)
    if not place.log.exists():
        _say(f"{place.log}: no calls yet")
    if follow:
        from reconciler_sandbox.following import follow as going_on

        with contextlib.suppress(KeyboardInterrupt):
            going_on(place.log, sys.stdout.buffer)
    elif place.log.exists():
        with place.log.open("rb") as lines:
            shutil.copyfileobj(lines, sys.stdout.buffer)


def _place(path: Path) -> Place:
    from reconciler_sandbox.workspace import Nowhere, of

    try:
        return of(path)
    except Nowhere as error:
        _fail(str(error))


def _world(place: Place) -> Path:
    from reconciler_sandbox.workspace import Nowhere

    try:
        return place.world()
    except Nowhere as error:
        _fail(str(error))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fail(message: str) -> NoReturn:
    for line in message.splitlines():
        _say(f"error: {line}")
    raise typer.Exit(1)
