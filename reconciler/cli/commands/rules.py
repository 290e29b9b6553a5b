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
    pages = (RulePage(rule.id, rule.title, rule.source, rule.text) for rule in rules.catalogue())
    console.show(RulesPage(tuple(pages)))
    return exitcodes.DONE
