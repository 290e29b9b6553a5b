"""The server's own process, without the command around it: quick to start, and free to be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from support.sandbox import Served

_START = "import sys; from reconciler_sandbox.server import main; sys.exit(main())"


class Bare(NamedTuple):
    """``stderr``: what it has said, also after its end."""

    served: Served
    stderr: Path

    def kill(self) -> None:
        """As the system ends a process: without a last word."""
        self.served.process.kill()
        self.served.process.wait()

    def stop(self) -> None:
        self.served.process.terminate()
        self.served.process.wait(20)


def bare(world: Path, db: Path, *, before: str = "") -> Bare:
    """Started and listening. ``before``: Python that its process runs first.
    Raises AssertionError with what it said, if it ends instead."""
    ready = db.with_suffix(".ready")
    ready.unlink(missing_ok=True)
    stderr = db.with_suffix(".stderr")
    code = f"{before}\n{_START}"
    # It ends by itself, too: nobody may be left to end it.
    idle = ["--idle-seconds", "60"]
    arguments = ["--world", str(world), "--db", str(db), "--ready-file", str(ready), *idle]
    with stderr.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=said, stderr=said, text=True
        )
    until = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None, stderr.read_text()
        assert time.monotonic() < until, "it does not listen"
        time.sleep(0.002)
    endpoint = json.loads(ready.read_bytes())["endpoint"]
    return Bare(Served(int(endpoint.rpartition(":")[2]), None, process), stderr)
