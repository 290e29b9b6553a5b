"""``drift``: what somebody changed at the platform, and what is not applied yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import drifting, options
from reconciler.cli.console import Console
from reconciler.views.pages import DriftPage

if TYPE_CHECKING:
    from reconciler.cli.notifying import Notifier

SinceLast = Annotated[
    bool, typer.Option("--since-last", help="Only what is new or changed since the last such run.")
]
Watch = Annotated[
    float | None,
    typer.Option("--watch", metavar="SECONDS", min=0.1, help="Look again every so many seconds."),
]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        "--notify",
        metavar="URL",
        envvar="RECONCILER_NOTIFY",
        help="Post what has changed there, signed, when the verdict changes; may be repeated.",
    ),
]
NotifyNetwork = Annotated[
    list[str] | None,
    typer.Option("--notify-network", metavar="CIDR", help="A private network that --notify may post to."),
]

_LONGEST = 86_400


def command(
    path: options.Path = ".",
    *,
    since_last: SinceLast = False,
    watch: Watch = None,
    notify: Notify = None,
    notify_network: NotifyNetwork = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Find what was changed at the platform since the last apply. Read-only there; needs no lock."""
    if watch is not None and not watch <= _LONGEST:
        raise typer.BadParameter(f"{watch:g} is not at most {_LONGEST} seconds, a day.", param_hint="--watch")
    console = Console(
        DriftPage,
        format_,
        write or (),
        no_color=no_color,
        quiet=quiet,
        verbose=verbose,
        one_line=watch is not None,
    )
    wish = drifting.Wish(path, identity, since_last)
    notifier = _notifier(notify or (), notify_network or (), wish, console)
    if watch is not None:
        from reconciler.cli import watching

        return watching.watch(wish, console, watch, notifier)
    try:
        looked = drifting.look(wish, console)
    except Exception as failure:  # whatever it is, who is to be told of drift is told, and it is raised again
        if notifier is not None:
            notifier.failed(failure)
        raise
    code = looked.page.exit_code
    try:
        console.show(looked.page)
    finally:  # a full disk, or a reader who has gone, must not keep anybody from being told
        if since_last or notifier is not None:
            drifting.remember(looked, console)
        if notifier is not None:
            code = notifier.found(looked)
    return code


def _notifier(
    urls: Sequence[str], networks: Sequence[str], wish: drifting.Wish, console: Console
) -> Notifier | None:
    """None where nobody is to be told."""
    if not urls:
        return None
    from reconciler.cli import notifying

    return notifying.notifier(urls, networks, wish, console)
