"""``explain``: one rule with its source."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import rules
from reconciler.cli import exitcodes, options
from reconciler.cli.console import Console
from reconciler.views.pages import RulePage

RuleId = Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, such as REG102.")]


def command(
    rule: RuleId,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
) -> int:
    """Explain a rule: what it checks, why, how to mend it, and where the law is written."""
    console = Console(RulePage, format_, write or (), no_color=no_color)
    found = rules.find(rule)
    if found is None:
        raise typer.BadParameter(
            f'there is no rule "{rule}". reconciler rules lists them.', param_hint="RULE"
        )
    console.show(RulePage.of(found))
    return exitcodes.DONE
