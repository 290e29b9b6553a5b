"""The session of docs/apply.md: what stops an apply, and how the next one goes on; run, kept and tested.

``python -m docs.applying`` runs it, and writes the transcript into the page and what matters of it into
the README.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from docs.terminal import timeless
from support.command import environment
from support.marks import ROOT
from support.sandbox import Served, served

PAGE = ROOT / "docs" / "apply.md"
README = ROOT / "README.md"
BIN = Path(sys.executable).parent
CALLS_SECONDS = 60.0


class Part(NamedTuple):
    """One block of the page: what is typed, line by line. A line with ``&`` at its end goes on beside the
    others; the next one waits until its call is being held."""

    name: str
    lines: tuple[str, ...]


APPLY = "reconciler apply plan.json --auto-approve --parallelism 1"
PARTS = (
    Part(
        "stale",
        (
            "reconciler plan -o plan.json",
            "dx new project 'RNA-seq 2026' --region aws:us-east-1 --bill-to org-lab --brief",
            APPLY,
            "dx rmproject -y -q 'RNA-seq 2026'",
        ),
    ),
    Part("locked", (f"{APPLY} &", "reconciler apply --auto-approve")),
    Part("killed", ("kill -9 %1", "reconciler plan", APPLY, "dx find projects --brief | wc -l", APPLY)),
)

NONE: tuple[str, ...] = ()
WHOLE = ("",)
EXCERPT = {
    "stale": (NONE, WHOLE, WHOLE, WHOLE),
    "locked": (WHOLE, ("error: ",)),
    "killed": (WHOLE, ("warning: ",), ("An earlier apply", "Applied "), WHOLE, ("error: ",)),
}
"""Of what the README shows, a line typed: how the paragraphs of the answer begin that it shows."""


class Said(NamedTuple):
    line: str
    code: int
    text: str


class Terminal:
    """Types the lines in ``folder``, with both the command and dx pointed at the served platform."""

    def __init__(self, folder: Path, server: Served) -> None:
        self._folder = folder
        self._server = server
        self._beside: subprocess.Popen[str] | None = None
        url = f"http://127.0.0.1:{server.port}"
        self._environ = environment({"RECONCILER_SANDBOX": url, "NO_COLOR": "1", "COLUMNS": "100"}) | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "DX_USER_CONF_DIR": str(folder / "dx"),
            "DX_APISERVER_PROTOCOL": "http",
            "DX_APISERVER_HOST": "127.0.0.1",
            "DX_APISERVER_PORT": str(server.port),
            "DX_SECURITY_CONTEXT": json.dumps({"auth_token_type": "Bearer", "auth_token": "alice-token"}),
        }

    def type(self, line: str) -> Said:
        if line.endswith(" &"):
            self._start(line.removesuffix(" &"))
            return Said(line, 0, "")
        if line == "kill -9 %1":
            self.close()
            return Said(line, 0, "")
        done = subprocess.run(
            ["bash", "-c", f"{line} 2>&1"],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(line, done.returncode, done.stdout)

    def close(self) -> None:
        if self._beside is not None:
            self._beside.kill()
            self._beside.wait()
            self._beside = None

    def _start(self, line: str) -> None:
        """Returns once the platform holds an answer."""
        held = subprocess.DEVNULL
        self._beside = subprocess.Popen(
            line.split(), cwd=self._folder, env=self._environ, stdin=held, stdout=held, stderr=held, text=True
        )
        end = time.monotonic() + CALLS_SECONDS
        while not self._is_held():
            assert self._beside.poll() is None, "it ended, and no answer was held"
            assert time.monotonic() < end, "no answer is being held"
            time.sleep(0.05)

    def _is_held(self) -> bool:
        """A call has been carried out, and its answer is being held."""
        return any(call["fault"] for call in self._server.control("calls")["results"])


def session(folder: Path) -> Iterator[tuple[Part, list[Said]]]:
    """Each part of the page, as it was said. ``folder``: empty."""
    shutil.copytree(
        ROOT / "configs" / "quickstart",
        folder,
        ignore=shutil.ignore_patterns(".reconciler"),
        dirs_exist_ok=True,
    )
    faults = folder / "world" / "faults.toml"
    faults.write_text(_block("toml"))
    world = folder / "world" / "world.toml"
    with served(world, "--control", "--faults", str(faults)) as server:
        terminal, drawn = Terminal(folder, server), dict[str, str]()
        try:
            for part in PARTS:
                said = [terminal.type(line) for line in part.lines]
                yield (
                    part,
                    [one._replace(text=_plain(one.text, folder, drawn)) for one in said],
                )
        finally:
            terminal.close()


def _block(language: str) -> str:
    """The first block of that language on the page: what a reader writes is what the session uses."""
    found = re.search(rf"(?ms)^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def _plain(text: str, folder: Path, drawn: dict[str, str]) -> str:
    """Without what differs each time: places, times, and ids. ``drawn``: what stands for those of projects
    so far, by which it can be seen that two are not the same."""
    text = timeless(text.replace(f"{folder}/", ""))
    text = re.sub(r"locked by \S+ on \S+ \(process \d+\)", "locked by alice on laptop (process 4711)", text)
    text = re.sub(r"\b[0-9a-f]{8}(?=\)\.|\n)", "5f0c22ab", text)
    text = re.sub(r"renewed \d+ s ago", "renewed 3 s ago", text)
    text = re.sub(r"plan-[0-9a-f]{20}", "plan-0f3d5c1e9a7b42d86e15", text)
    for id in re.findall(r"project-(?!J)\w{24}", text):
        drawn.setdefault(id, f"project-K{len(drawn) + 1:023}")
        text = text.replace(id, drawn[id])
    return text


def transcript(said: list[Said]) -> str:
    lines = []
    for line, code, text in said:
        lines += [f"$ {line}", *text.strip("\n").splitlines()]
        if code:
            lines.append(f"[exit code {code}]")
    return "\n".join(lines)


def excerpt(parts: dict[str, list[Said]]) -> str:
    """What the README shows: all that is typed, and of the answers what matters."""
    lines = []
    for name, said in parts.items():
        for one, begins in zip(said, EXCERPT[name], strict=True):
            lines.append(transcript([one._replace(text=_shortened(one.text, begins))]))
    return "\n".join(lines)


def _shortened(text: str, begins: tuple[str, ...]) -> str:
    """The paragraphs that begin so; ``…`` alone on a line stands for any others."""
    paragraphs = text.strip("\n").split("\n\n")
    shown = [paragraph if paragraph.startswith(begins) else "…" for paragraph in paragraphs]
    return "\n".join(part for part, _ in groupby(shown))


def renewed(page: str, texts: dict[str, str]) -> str:
    """The page with each part between its marks anew."""
    for name, text in texts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end: {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        assert after, f"the page has no {begin} … {end}"
        page = f"{before}{begin}\n```console\n{text}\n```\n{end}{after}"
    return page


def run(folder: Path) -> dict[str, list[Said]]:
    return {part.name: said for part, said in session(folder)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        ran = run(Path(name))
    texts = {part: transcript(said) for part, said in ran.items()}
    for file, shown in ((PAGE, texts), (README, {"stopped": excerpt(ran)})):
        file.write_text(renewed(file.read_text(encoding="utf-8"), shown), encoding="utf-8")
