"""Speed of apply (``make bench-apply``): creations through the whole command, against a bare loop that makes
the same HTTP calls and nothing else, both on a fresh platform served here, in one run.

The loop makes, for each project, the calls that the command makes: the creation, on a connection of its own,
then a describe of what was created and a search for its mark; eight at once, with the same client library.
It reads the answers and looks at none. The command also reads, plans, judges, keeps its journal and reports.

Twice: at the pace that the platform allows (the command's own token bucket, on both sides), and with that
lifted on both sides, where the command's own work shows.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import urllib3
from reconciler_dnanexus.traffic import Traffic
from support.postgres import running
from tabulate import tabulate

from reconciler.ledger import Ended, Intent, Ledger, Started, open_ledger, owner_here
from reconciler.model.baseline import ResourceBaseline

COUNT = 3_000
PARALLELISM = 8
TARGET = 1.3
LEDGER_STEPS = 500
COMMAND = str(Path(sys.executable).parent / "reconciler")
UNPACED = str(Path(__file__).with_name("unpaced.py"))
TOKEN = "alice-token"
WORLD = f"""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z
[switches]
rate_limit = 0
[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
[[tokens]]
token = "{TOKEN}"
user = "user-alice"
[orgs.org-lab]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
members = {{ user-alice = {{ level = "ADMIN" }} }}
"""
FIELDS = dict.fromkeys(
    ("id", "name", "region", "billTo", "created", "level", "pendingTransfer", "properties"), True
)


class Figure(NamedTuple):
    what: str
    command: float
    loop: float
    at_most: float | None


@contextlib.contextmanager
def platform() -> Iterator[tuple[str, Path]]:
    """A fresh platform's URL, and an empty folder; ends both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "world").mkdir()
        world = folder / "world" / "world.toml"
        world.write_text(WORLD)
        command = [COMMAND, "sandbox", "serve", "--world", str(world)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1], folder
        finally:
            server.terminate()
            server.wait()


def through_the_command(count: int, *, paced: bool) -> float:
    """Seconds of the whole command, its start-up and its plan included."""
    with platform() as (url, folder):
        head = f'workspace = "bench"\n[provider]\ntype = "dnanexus"\nendpoint = "{url}"\n'
        defaults = '[defaults.projects]\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n'
        projects = "".join(f'[projects.p{n}]\nname = "p{n}"\n' for n in range(count))
        (folder / "bench.toml").write_text(head + defaults + projects)
        login = json.dumps({"auth_token_type": "Bearer", "auth_token": TOKEN})
        environ = {name: value for name, value in os.environ.items() if name != "CI"}
        program = [COMMAND] if paced else [sys.executable, UNPACED]
        start = time.perf_counter()
        done = subprocess.run(
            [*program, "apply", "--auto-approve", "-q", "--parallelism", str(PARALLELISM)],
            cwd=folder,
            env=environ | {"DX_SECURITY_CONTEXT": login},
            capture_output=True,
            text=True,
            check=False,
        )
        spent = time.perf_counter() - start
    if done.returncode or f"{count} done" not in done.stdout:
        sys.exit(f"apply: exit {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-500:]}")
    return spent


def in_a_bare_loop(count: int, *, paced: bool) -> float:
    """Seconds of the same calls."""
    traffic = Traffic()
    headers = {
        "Content-Type": "application/json",
        "DNAnexus-API": "1.0.0",
        "Accept-Encoding": "identity",
        "User-Agent": "bench",
        "Authorization": f"Bearer {TOKEN}",
    }
    alone = headers | {"Connection": "close"}
    with platform() as (url, _):
        pool = urllib3.PoolManager(maxsize=PARALLELISM, retries=False)

        def call(route: str, given: object, sent: dict[str, str] = headers) -> bytes:
            if paced:
                traffic.take()
            answer = pool.request("POST", url + route, body=json.dumps(given).encode(), headers=sent)
            assert answer.status == 200, answer.data
            return answer.data

        def one(n: int) -> None:
            mark = {"reconciler": f"bench/projects.p{n}"}
            new = {"name": f"p{n}", "region": "aws:us-east-1", "billTo": "org-lab", "properties": mark}
            made = json.loads(call("/project/new", new, alone))["id"]
            call(f"/{made}/describe", {"fields": FIELDS})
            search = {"properties": {"$or": [mark]}, "level": "VIEW", "describe": {"fields": FIELDS}}
            call("/system/findProjects", search | {"limit": 1000})

        start = time.perf_counter()
        with ThreadPoolExecutor(PARALLELISM) as crew:
            for _ in crew.map(one, range(count)):
                pass
        return time.perf_counter() - start


def of_the_ledger(ledger: Ledger) -> float:
    """Seconds a step: the intent before the call, and the outcome with the baseline after it."""
    with contextlib.closing(ledger), ledger.lock(owner_here("bench")):
        started = Started("r", "plan-1", "user-alice", "user", "host", "bench", None, LEDGER_STEPS, "t")
        ledger.begin(started)
        start = time.perf_counter()
        for n in range(LEDGER_STEPS):
            step, address, call = f"s{n}", f"projects.p{n}", f"c{n}"
            after = {"name": f"p{n}", "region": "aws:us-east-1", "bill_to": "org-lab"}
            at = "2026-01-15T09:00:00.000Z"
            ledger.append(Intent(call, "r", "plan-1", step, address, "create", "user-alice", None, after, at))
            ledger.want_lock()
            ledger.ended(
                Ended(
                    call, "r", "plan-1", step, address, "create", "done", f"project-{n}", "", None, None, at
                ),
                ResourceBaseline(f"project-{n}", after),
            )
        return (time.perf_counter() - start) / LEDGER_STEPS


def ledgers() -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", of_the_ledger(open_ledger(folder, "bench"))
    with running() as server:
        yield "PostgreSQL", of_the_ledger(open_ledger("/", "bench", server.new_room()))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    figures = [
        Figure(what, through_the_command(count, paced=paced), in_a_bare_loop(count, paced=paced), at_most)
        for what, paced, at_most in (
            ("at the platform's pace", True, TARGET),
            ("as fast as it goes", False, None),
        )
    ]
    rows = []
    for figure in figures:
        ratio = figure.command / figure.loop
        verdict = "" if figure.at_most is None else ("met" if ratio <= figure.at_most else "MISSED")
        seconds = [f"{figure.command:.1f}", f"{figure.loop:.1f}"]
        rows.append(
            [f"{count} creations, {figure.what}", *seconds, f"{ratio:.2f}", figure.at_most or "", verdict]
        )
    headers = ["work", "seconds", "bare loop", "ratio", "at most", ""]
    print(tabulate(rows, headers=headers, disable_numparse=True))
    steps = [[name, f"{1000 * seconds:.2f} ms"] for name, seconds in ledgers()]
    print()
    print(tabulate(steps, headers=["ledger", "a step"], disable_numparse=True))
    sys.exit(any(row[-1] == "MISSED" for row in rows))


if __name__ == "__main__":
    main()
