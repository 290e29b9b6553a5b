"""The command line: one file a command; parses, calls, chooses the exit code; no logic.

``main`` is the console entry point. Nothing is imported before it is needed: ``--help`` and a tiny
plan stay near the interpreter's own start.
"""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    import sys

    try:
        from reconciler.cli.entry import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before, or just after, the place that answers for it was there
        code = 130
    sys.exit(code)
