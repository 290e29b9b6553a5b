"""What each output format costs where everything is wrong (``make bench-outputs``): 100 000 projects, each
with another name than the TOML says, and each where a policy does not want it.

Seconds of computing, bytes and peak memory of the whole command, against the same command that writes none.
``--write``: into docs/outputs.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from run import COMMAND, estate
from tabulate import tabulate

COUNT = 100_000
PAGE = Path(__file__).parents[2] / "docs" / "outputs.md"
BOTH = ("text", "json", "ndjson", "sarif", "github", "gitlab", "junit", "markdown")
FORMATS = {"plan": (*BOTH, "terraform", "mermaid", "dot"), "drift": (*BOTH, "openmetrics", "csv")}
POLICY = """
[[policies]]
id = "nowhere"
match = { bill_to = "org-bench" }
regions = ["aws:eu-west-2"]
reason = "to have something to say of each project"
"""
HEADERS = ("command", "format", "seconds", "more than without", "MB written", "peak MB", "more than without")


def cost(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds of computing, and peak memory in MB. Ends the program where the command fails."""
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2, 3):
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def rows(count: int) -> Iterator[list[object]]:
    with estate(count) as (folder, environ):
        file = folder / "bench.toml"
        file.write_text(file.read_text().replace('name = "study', 'name = "the study') + POLICY)
        for name, formats in FORMATS.items():
            plain = [COMMAND, name, str(folder), "--quiet"]
            seconds, memory = cost(plain, environ)
            yield [name, "none", f"{seconds:.1f}", "", "", f"{memory:.0f}", ""]
            for one in formats:
                out = folder / "out"
                spent, peak = cost([*plain, "--write", f"{one}={out}"], environ)
                size = out.stat().st_size / 1e6
                yield [
                    name,
                    one,
                    f"{spent:.1f}",
                    f"{round(spent - seconds, 1) + 0.0:+.1f}",
                    f"{size:.2f}",
                    f"{peak:.0f}",
                    f"{round(peak - memory):+d}",
                ]


def main() -> None:
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), COUNT)
    found = []
    for row in rows(count):
        print(*row, flush=True)
        found.append(row)
    align = ("left", "left", *["right"] * 5)
    table = tabulate(found, headers=HEADERS, tablefmt="github", disable_numparse=True, colalign=align)
    print(table)
    if "--write" in sys.argv:
        marks = re.compile(r"(<!-- costs -->\n).*(<!-- end: costs -->)", re.DOTALL)
        PAGE.write_text(marks.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", PAGE.read_text()))


if __name__ == "__main__":
    main()
