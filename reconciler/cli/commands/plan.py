"""``plan``: reads, judges, orders, prints; has nothing to write to the provider with."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from typing import Annotated

import typer
from msgspec.structs import replace

from reconciler import planfile, planner
from reconciler.cli import addresses, earlier, exitcodes, files, following, offline, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import PlanPage

Out = Annotated[str | None, typer.Option("-o", "--out", metavar="FILE", help="Save the plan, for apply.")]
Detailed = Annotated[
    bool, typer.Option("--detailed-exitcode", help="2 when there are changes, manual or blocked parts.")
]
ApplyAs = Annotated[
    str | None, typer.Option("--apply-as", metavar="USER", help="Judge it for who is going to apply it.")
]
Reproducible = Annotated[
    bool, typer.Option("--reproducible", help="The same input gives the same bytes; not applyable.")
]

Recorded = Annotated[
    str | None, typer.Option("--snapshot", metavar="FILE", help="Plan offline on this one; not applyable.")
]

Sign = Annotated[
    str | None,
    typer.Option("--sign", metavar="KEY", help="Sign the saved plan with this SSH key, into FILE.sig."),
]
_USER = re.compile(r"user-[A-Za-z0-9_.-]+", re.ASCII)


def command(
    path: options.Path = ".",
    *,
    out: Out = None,
    sign: Sign = None,
    target: options.Target = None,
    detailed_exitcode: Detailed = False,
    snapshot: Recorded = None,
    apply_as: ApplyAs = None,
    reproducible: Reproducible = False,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show what apply would do, what it refuses and why, and what is left to people. Sends nothing."""
    if out is not None:
        files.want_ours(out, "saved plan")
    if sign is not None:
        _want_signing(out)
    if apply_as is not None and not _USER.fullmatch(apply_as):
        raise typer.BadParameter(f'"{apply_as}" is no user: write user-….', param_hint="--apply-as")
    if snapshot is not None:
        offline.want_alone({"--identity": identity, "--apply-as": apply_as, "--reproducible": reproducible})
    console = Console(
        PlanPage,
        format_,
        write or (),
        no_color=no_color,
        quiet=quiet,
        verbose=verbose,
        beside=(out, snapshot),
    )
    workspace = session.load(path)
    kind = session.provider_of(workspace)
    if reproducible:
        session.want_reproducible(workspace, kind)
    targets = addresses.want(workspace, target or ())
    recorded = None if snapshot is None else offline.opened(snapshot, workspace)
    if recorded is None:
        with closing(session.ledger_of(workspace)) as ledger:
            baseline, told = ledger.baseline(), earlier.warnings(ledger.open_calls())
    else:
        baseline, told = recorded.baseline, recorded.warnings
    workspace = replace(workspace, warnings=(*workspace.warnings, *told))
    with ExitStack() as stack:
        reader = recorded.reader if recorded else kind.reader(session.settings(workspace, identity, console))
        stack.enter_context(closing(reader))
        workspace = session.with_logins(workspace, reader)
        at_hand = session.reader_for(apply_as, workspace, reader, console) if apply_as else None
        if at_hand is not None:
            reader, identity = stack.enter_context(closing(at_hand[0])), at_hand[1]
        made_how = session.options(workspace, reproducible)
        planned = planner.plan(workspace, reader, baseline, made_how, targets=targets, apply_as=apply_as)
        made = session.portable(planned.plan, workspace) if reproducible else planned.plan
        plan = planfile.seal(made if recorded is None else replace(made, applyable=False), reproducible)
        header = session.header(plan, reader)
    if out is not None:
        planfile.write(plan, out, sign)
    used = following.Used(path, out, identity, targets=targets, apply_as=plan.apply_as or None)
    console.show(
        PlanPage(
            plan,
            header,
            session.titles(plan),
            (len(planned.snapshot.projects), len(planned.snapshot.profiles)),
            session.locator(workspace, plan),
            None if reproducible or recorded else following.after_plan(plan, used),
            session.policy_notes(workspace, {violation.policy for violation in plan.violations}),
            session.names(planned.snapshot, plan),
            () if targets else session.recorded(workspace, baseline),
            planned.resources,
            None if reproducible else session.places(workspace),
            session.accepted(workspace),
        )
    )
    return exitcodes.of_plan(plan, session.accepted(workspace), detailed_exitcode)


def _want_signing(out: str | None) -> None:
    """Said before anything is read: what is signed is a file, by a tool that is there."""
    from reconciler.planfile import signature

    if out is None:
        raise typer.BadParameter("only a saved plan is signed: name its file with -o.", param_hint="--sign")
    signature.want_tool()
