"""``apply``: carries out a plan, a saved one or the one of the moment."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import addresses, following, options, reviewing, session, surroundings
from reconciler.cli.console import Console
from reconciler.views.pages import ApplyPage

FileOrPath = Annotated[
    str, typer.Argument(metavar="FILE|PATH", help="A saved plan, known by its content, or a workspace.")
]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
Parallelism = Annotated[
    int, typer.Option("--parallelism", metavar="N", min=1, max=64, help="Steps under way at once (8).")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Send nothing more after a failure.")]
LocalLedger = Annotated[
    bool, typer.Option("--local-ledger", help="In CI: .reconciler/ is kept between runs.")
]


def command(
    what: FileOrPath = ".",
    *,
    workspace: options.Directory = None,
    target: options.Target = None,
    auto_approve: AutoApprove = False,
    skip_refused: options.SkipRefused = False,
    local_ledger: LocalLedger = False,
    parallelism: Parallelism = 8,
    fail_fast: FailFast = False,
    require_signature: options.Signers = None,
    signature: options.Signature = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Carry out a plan. Shows it first and asks; only an exact yes is accepted. Deletes nothing, ever."""
    console = Console(
        ApplyPage,
        format_,
        write or (),
        no_color=no_color,
        quiet=quiet,
        verbose=verbose,
        beside=(what, signature, require_signature),
    )
    surroundings.want_person(auto_approve)
    signed = reviewing.Signed(require_signature, signature)
    saved = reviewing.read(what, signed) if planfile.is_plan_file(what) else None
    reviewed = saved.plan if saved else None
    if reviewed is None:
        _want_no_plan_option(what, workspace, signed)
    if reviewed is not None and target:
        raise typer.BadParameter(
            f"{what} is a saved plan: it is applied as it was reviewed. Give --target to plan.",
            param_hint="--target",
        )
    path = (workspace or ".") if reviewed else what
    desired = session.load(path)
    targets = reviewed.targets if reviewed else addresses.want(desired, target or ())
    surroundings.want_right_place(desired, os.environ, local_ledger)
    from reconciler.cli import applying

    file = what if reviewed else None
    used = following.Used(
        path, file, identity, skip_refused, local_ledger, targets, require_signature, signature
    )
    signer = saved.signer if saved else None
    wish = applying.Wish(desired, used, reviewed, auto_approve, signer, parallelism, fail_fast)
    return applying.apply(wish, console)


def _want_no_plan_option(what: str, workspace: str | None, signed: reviewing.Signed) -> None:
    """Where no saved plan is named, nothing may seem to be asked of one."""
    for option, given, instead in (
        ("--workspace", workspace, "name the workspace alone."),
        ("--require-signature", signed.by, "only a saved plan is signed."),
        ("--signature", signed.signature, "only a saved plan is signed."),
    ):
        if given is not None:
            raise typer.BadParameter(f"{what} is no saved plan: {instead}", param_hint=option)
