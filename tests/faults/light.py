"""Processes that are started light: forked from one that has imported the whole command before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "faults.contend",  # each process imports what was started with python -m once more
        "psycopg",
        "reconciler.apply",
        "reconciler.cli.commands.apply",
        "reconciler.cli.root",
        "reconciler.ledger.held",
        "reconciler.views.registry",
        "reconciler_dnanexus.steps",
        "reconciler_sandbox.entry",
        "sqlalchemy.dialects.postgresql.psycopg",
    ]
)


def start(
    live: Callable[..., None], *given: object, folder: Path, environment: dict[str, str], output: Path
) -> ForkServerProcess:
    """``live`` (of a module) with what is given to it, in a process of its own in that folder; what it
    says goes to the file ``output``."""
    process = CONTEXT.Process(target=_live, args=(live, given, folder, environment, output))
    process.start()
    return process


def _live(
    live: Callable[..., None],
    given: tuple[object, ...],
    folder: Path,
    environment: dict[str, str],
    output: Path,
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # Nothing was said yet: what goes to these streams from now on goes to the file.
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(handle, stream)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (lives as long as the process)
    live(*given)


def command(*words: str) -> int:
    """The command line in this process; its exit code."""
    from reconciler.cli.entry import run

    sys.argv = ["reconciler", *words]
    return run(words)
