"""``explain``: one rule with its source, or why one address gets its verdict."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from reconciler import rules
from reconciler.cli import addresses, exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import ExplanationPage, PlanPage, RulePage

What = Annotated[
    str,
    typer.Argument(metavar="RULE|ADDRESS", help="A rule, such as REG102, or one of the TOML's addresses."),
]
Where = Annotated[
    str | None,
    typer.Argument(metavar="PATH", help="The workspace of the address (default: the folder here)."),
]


def command(
    what: What,
    path: Where = None,
    *,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Explain a rule: what it checks, why, how to mend it, and where the law is written. Or an address:
    what is written, what it is at the platform, and what each rule says of it. Sends nothing."""
    page = ExplanationPage if "." in what else RulePage
    console = Console(page, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    if page is ExplanationPage:
        return _address(what, following.Used(path or ".", None, identity), console)
    found = rules.find(what)
    if found is None:
        raise typer.BadParameter(
            f'there is no rule "{what}". reconciler rules lists them; an address has a dot.',
            param_hint="RULE|ADDRESS",
        )
    if path is not None:
        raise typer.BadParameter("a rule is the same in every workspace.", param_hint="PATH")
    console.show(RulePage.of(found))
    return exitcodes.DONE


def _address(name: str, used: following.Used, console: Console) -> int:
    from reconciler import planner
    from reconciler.planner.explain import explanation

    workspace = session.load(used.path)
    targets = addresses.want(workspace, (name,))
    baseline = session.baseline(workspace)
    kind = session.provider_of(workspace)
    with closing(kind.reader(session.settings(workspace, used.identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        planned = planner.plan(workspace, reader, baseline, session.options(workspace), targets=targets)
        header = session.header(planned.plan, reader)
    told, plan = explanation(planned, name), planned.plan
    after = following.after_explanation(told, used)
    locate = session.locator(workspace, plan)
    console.show(
        ExplanationPage(told, PlanPage(plan, header, session.titles(plan), locate=locate, next=after))
    )
    return exitcodes.of_explanation(told, session.accepted(workspace))
