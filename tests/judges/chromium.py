"""A real headless Chromium, spoken to over two pipes: a few lines instead of a driver to install.

Each message of the DevTools protocol is JSON and ends with a NUL byte; Chromium reads them from its
file descriptor 3 and writes to 4.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

SECONDS = 60
"""For one answer; a machine that is busy is no finding."""

_OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--no-proxy-server",
)

_WITH_PIPES = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Gives the pipes the numbers that Chromium expects, and becomes Chromium."""


def executable() -> str:
    """Of Chromium on this machine. Raises FileNotFoundError, which says what to do."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found is not None:
            return found
    raise FileNotFoundError("no Chromium is installed. On Debian: apt-get install chromium")


class Tab:
    """One page at a time. ``requests``, ``messages``: what it has asked for and said since it was opened."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self._loaded = False
        self.requests: list[str] = []
        self.messages: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            got = self._receive()
            if got.get("id") == self._last:
                assert "error" not in got, f"{method}: {got['error']}"
                answer: dict[str, Any] = got["result"]
                return answer

    def open(self, url: str) -> None:
        """Ends when everything that the page needs is there."""
        self.requests.clear()
        self.messages.clear()
        self._loaded = False
        answer = self.send("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self._until_loaded()

    def submit(self, script: str) -> None:
        """Run a script that leads to another page, and wait for that page."""
        self._loaded = False
        self.ask(script)
        self._until_loaded()

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, even where the page's own scripts are off; of a
        promise what it comes to."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def size(self, width: int, height: int = 900) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def prefer(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def scripts(self, *, on: bool) -> None:
        self.send("Emulation.setScriptExecutionDisabled", value=not on)

    def press(self, key: str, code: int) -> None:
        """One key of the keyboard, down and up; ``code`` is its virtual code on Windows."""
        text = {"text": "\r"} if key == "Enter" else {}
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", **told, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self.send("Input.insertText", text=text)

    def paper(self) -> bytes:
        """The page as PDF, as its own style for paper wants it."""
        return base64.b64decode(self.send("Page.printToPDF", preferCSSPageSize=True)["data"])

    def picture(self, top: float = 0, bottom: float | None = None) -> bytes:
        """The page as PNG, or a part of it, over its whole width."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        height = (size["height"] if bottom is None else bottom) - top
        clip = {"x": 0, "y": top, "width": size["width"], "height": height, "scale": 1}
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(answer["data"])

    def _until_loaded(self) -> None:
        while not self._loaded:
            self._receive()

    def _receive(self) -> dict[str, Any]:
        """The next message; events are noted on the way."""
        until = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"Chromium said nothing for {SECONDS} s"
            part = os.read(self._reading, 65_536)
            assert part, "Chromium has ended"
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, event: str | None, told: dict[str, Any]) -> None:
        match event:
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Log.entryAdded":
                self.messages.append(told["entry"]["text"])
            case "Runtime.consoleAPICalled":
                self.messages.append(str(told["args"]))
            case "Runtime.exceptionThrown":
                self.messages.append(str(told["exceptionDetails"]))
            case "Page.javascriptDialogOpening":
                self.messages.append(f"dialog: {told['message']}")


@contextlib.contextmanager
def chromium() -> Iterator[Tab]:
    """Started with an empty profile, ended with everything that it started."""
    to_it, from_it = os.pipe(), os.pipe()
    # Without privileges Chromium has a sandbox of its own around each page; as root it refuses to have one.
    options = [*_OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else [*_OPTIONS]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [sys.executable, "-c", _WITH_PIPES, str(to_it[0]), str(from_it[1]), executable(),
             *options, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_it[0], from_it[1]), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": profile},
        )  # fmt: skip
        os.close(to_it[0])
        os.close(from_it[1])
        try:
            yield Tab(from_it[0], to_it[1])
        finally:
            os.close(to_it[1])
            os.close(from_it[0])
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """It ends when its pipe is closed; what does not is ended with its group."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()
