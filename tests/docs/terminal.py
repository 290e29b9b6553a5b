"""Where the lines of a page are typed.

Lines that only call ``reconciler`` are run in this process, on an embedded platform without a socket. Where
one of a session wants a shell, a server or another program that talks to the platform, it is real.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from docs.blocks import Typed, folder
from support.command import environment
from support.desk import Desk, at_a_terminal
from support.inprocess import URL
from support.marks import ROOT

BIN = Path(sys.executable).parent
SERVE = "reconciler sandbox serve"
_TALKS = re.compile(r"\b(reconciler|dx|curl)\b")
_SHELL = re.compile(r"[|<>&;$`~*\\]")
_ASKED = 'Only "yes" is accepted: '
_SERVED = re.compile(r"(?<=^listening on http://127\.0\.0\.1:)\d+|(?<=^control key )[0-9a-f]+", re.MULTILINE)
_TIMELESS = (
    (re.escape(URL), "http://127.0.0.1:8080"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8080"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-01-15T09:00:00.000Z"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-01-15 09:00 UTC"),
    (r"\d\d:\d\d:\d\d(?=\s+UTC)", "09:00:00"),
    (r"\b\d+\.\d s\b", "0.0 s"),
)


def timeless(text: str) -> str:
    """With the times and the ports of one run, whenever and wherever it was."""
    for pattern, instead in _TIMELESS:
        text = re.sub(pattern, instead, text)
    return text


class Said(NamedTuple):
    code: int
    text: str


class Terminal:
    """A new folder, and a shell in it. ``typed``: all that is going to be, by which it is known what for."""

    def __init__(self, home: Path, typed_in: str, typed: Iterable[Typed]) -> None:
        self.home = home
        self.folder = home / "workspace"
        self.folder.mkdir()
        for source, name in folder(typed_in)[0]:
            ignored = shutil.ignore_patterns(".reconciler")
            shutil.copytree(source, self.folder / name, ignore=ignored, dirs_exist_ok=True)
        self._real = any(_wants_processes(one.line) for one in typed)
        self._desk: Desk | None = None
        self._server: subprocess.Popen[str] | None = None
        self._meant: dict[str, str] = {}
        """What the page shows of a server → what it is in this run."""
        self._environ = environment({"NO_COLOR": "1", "COLUMNS": "100", "LC_ALL": "C.UTF-8"}) | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(home),
            "DX_USER_CONF_DIR": str(home / "dx"),
        }
        self._code = 0

    def type(self, typed: Typed) -> Said:
        """What it prints, timeless, on both of its streams."""
        line = typed.line
        for shown, meant in self._meant.items():
            line = line.replace(shown, meant)
        if line == "echo $?":
            return Said(0, f"{self._code}\n")
        if line.startswith(SERVE):
            said = self._served(line, typed.shown or "")
        elif line.startswith("reconciler ") and not _SHELL.search(line):
            said = self._here(line, typed.shown or "")
        elif line.startswith("make "):
            # Whoever checks a change runs these; here it must be known what they are.
            said = self._shell(line.replace("make ", "make -n ", 1), ROOT)
        else:
            said = self._shell(line, self.folder)
        self._code, text = said
        for shown, meant in self._meant.items():
            text = text.replace(meant, shown)
        text = text.replace(f"{self.folder}/", "").replace(str(self.home), "~")
        return Said(self._code, timeless(text))

    def close(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.communicate(timeout=20)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            started = json.loads((self.folder / ".reconciler" / "sandbox.json").read_text())
            os.kill(started["pid"], signal.SIGKILL)

    def _here(self, line: str, shown: str) -> Said:
        words, answer = shlex.split(line, comments=True)[1:], _answer(shown)
        if self._real:
            ran = at_a_terminal(self.folder, self._environ, *words, answer=answer)
        else:
            self._desk = self._desk or Desk(self.folder)
            ran = self._desk.typed(*words, answer=answer)
        return Said(ran.code, ran.out)

    def _shell(self, line: str, where: Path) -> Said:
        """What it exports is there for the next line."""
        kept = self.home / "environment"
        script = f"{line}\ncode=$?\nenv -0 > {shlex.quote(str(kept))}\nexit $code"
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{script}"],
            cwd=where,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self._environ = dict(one.split("=", 1) for one in kept.read_text().split("\0") if one)
        kept.unlink()  # it may hold a login
        return Said(done.returncode, done.stdout)

    def _served(self, line: str, shown: str) -> Said:
        """At a port of its own, whatever is written; a second one takes the place of the first."""
        self.close()
        words = shlex.split(re.sub(r" --port \d+", "", line), comments=True)
        self._server = subprocess.Popen(
            [str(BIN / words[0]), *words[1:]],
            cwd=self.folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._server.stdout is not None
        text = "".join(self._server.stdout.readline() for _ in range(2 if "--control" in words else 1))
        port = re.findall(r"--port (\d+)", line)
        self._meant |= dict(zip(_SERVED.findall(shown) or port, _SERVED.findall(text), strict=False))
        return Said(0, text)


def _answer(shown: str) -> str | None:
    """What the page shows as typed where the command asks."""
    _, asked, rest = shown.partition(_ASKED)
    return rest.partition("\n")[0] if asked else None


def _wants_processes(line: str) -> bool:
    shell = _SHELL.search(line) is not None or not line.startswith("reconciler ")
    return line.startswith(SERVE) or (shell and _TALKS.search(line) is not None)
