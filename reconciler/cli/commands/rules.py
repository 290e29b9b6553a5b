"""``rules``: the catalogue."""

from __future__ import annotations

from reconciler import rules
from reconciler.cli import exitcodes, options
from reconciler.cli.console import Console
from reconciler.views.pages import RulePage, RulesPage


def command(
    format_: options.Format = "text",
    write: options.Write = None,
    quiet: options.Quiet = False,
) -> int:
    """List every rule by its id."""
    console = Console(RulesPage, format_, write or (), quiet=quiet)
    console.show(RulesPage(tuple(map(RulePage.of, rules.catalogue()))))
    return exitcodes.DONE
