"""Speed, as ratios measured in one run (``make bench``): machines are noisy, ratios less so.

Planning is measured as the whole command, with its start-up, against a server that replays
ready-made answers. The floor is what the same bytes cost at least: rtoml, msgspec and a comparison,
without a process, a connection or a single rule.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import replay
import rtoml
from tabulate import tabulate

COMMAND = str(Path(sys.executable).parent / "reconciler")
SIZES = (1_000, 10_000, 100_000)
TARGETS = {"--help": 15.0, "plan of 3 projects": 30.0, "plan of 100 000 projects": 5.0}


class Described(msgspec.Struct):
    id: str
    name: str
    region: str
    billTo: str
    properties: dict[str, str]


class Listed(msgspec.Struct):
    id: str
    level: str
    describe: Described


class Page(msgspec.Struct):
    results: list[Listed]
    next: str | None


def median(work: Callable[[], object], times: int) -> float:
    """Median seconds of ``times`` runs."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def run(*arguments: str, environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        arguments, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")


@contextlib.contextmanager
def estate(count: int) -> Iterator[tuple[Path, dict[str, str]]]:
    """A workspace of ``count`` projects in sync with a replaying server; ends both."""
    script = Path(__file__).with_name("replay.py")
    server = subprocess.Popen([sys.executable, str(script), str(count)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "bench.toml").write_text(replay.workspace_toml(count, endpoint))
            token = json.dumps({"auth_token_type": "Bearer", "auth_token": "bench"})
            yield Path(folder), {**os.environ, "DX_SECURITY_CONTEXT": token, "NO_COLOR": "1"}
    finally:
        server.terminate()
        server.wait()


def floor(text: str, pages: list[bytes]) -> None:
    """Read, decode, compare: nothing else."""
    wanted = rtoml.loads(text)["projects"]
    decoder = msgspec.json.Decoder(Page)
    actual = {
        listed.describe.properties["reconciler"]: listed.describe
        for page in pages
        for listed in decoder.decode(page).results
    }
    differing = 0
    for key, table in wanted.items():
        found = actual[f"bench/projects.{key}"]
        differing += (
            table["name"] != found.name or table["region"] != found.region or table["bill_to"] != found.billTo
        )
    assert differing == 0


def planning() -> Iterator[tuple[str, float, float]]:
    for count in SIZES:
        times = 3 if count == SIZES[-1] else 5
        pages = replay.pages(count)
        text = replay.workspace_toml(count, "http://127.0.0.1:1")
        least = median(lambda text=text, pages=pages: floor(text, pages), times)
        with estate(count) as (folder, environ):
            command = (COMMAND, "plan", str(folder))
            spent = median(lambda: run(*command, environ=environ), times)  # noqa: B023 - called at once
        yield f"plan of {count:,} projects".replace(",", " "), spent, least


def starting() -> Iterator[tuple[str, float, float]]:
    interpreter = median(lambda: run(sys.executable, "-c", "pass"), 11)
    yield "--help", median(lambda: run(COMMAND, "--help"), 7), interpreter
    with estate(3) as (folder, environ):
        plan = median(lambda: run(COMMAND, "plan", str(folder), environ=environ), 7)
    yield "plan of 3 projects", plan, interpreter


def main() -> None:
    missed = False
    rows = []
    for what, spent, least in (*starting(), *planning()):
        ratio, target = spent / least, TARGETS.get(what)
        verdict = "" if target is None else ("met" if ratio <= target else "MISSED")
        missed = missed or verdict == "MISSED"
        rows.append([what, f"{spent:.3f}", f"{least:.4f}", f"{ratio:.1f}", target or "", verdict])
    headers = ["work", "seconds", "floor", "ratio", "at most", ""]
    print(tabulate(rows, headers=headers, disable_numparse=True, colalign=("left", *["right"] * 4, "left")))
    print("\nfloor: python -c pass for the first two, else rtoml + msgspec + comparing the same bytes")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
