"""``version``."""

from __future__ import annotations

from reconciler.cli import exitcodes, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import VersionPage


def command(
    format_: options.Format = "text",
    verbose: options.Verbose = False,
) -> int:
    """Print the version."""
    import platform

    console = Console(VersionPage, format_, verbose=verbose)
    console.show(VersionPage("reconciler", session.version(), platform.python_version()))
    return exitcodes.DONE
