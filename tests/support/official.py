"""The official client, `dx`, as one user of a served world."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from support.sandbox import Served

BIN = Path(sys.executable).parent


class Client:
    """`dx` as one user, with a home and a configuration of its own."""

    def __init__(self, server: Served, home: Path, user: str) -> None:
        self.server = server
        home.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DX_", "HTTP"))}
        login = {"auth_token_type": "Bearer", "auth_token": f"{user}-token"}
        self.environ = kept | {
            "HOME": str(home),
            "DX_USER_CONF_DIR": str(home / "configuration"),
            "DX_APISERVER_PROTOCOL": "http",
            "DX_APISERVER_HOST": "127.0.0.1",
            "DX_APISERVER_PORT": str(server.port),
            "DX_SECURITY_CONTEXT": json.dumps(login),
            "LC_ALL": "C.UTF-8",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(BIN / "dx"), *arguments]
        return subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )

    def python(self, code: str, **given: object) -> Any:
        """What a program with the client's Python binding leaves in ``result``, as JSON carries it.
        ``given`` is there as names."""
        program = (
            f"import json, sys\nimport dxpy\nglobals().update(json.loads(sys.argv[1]))\n"
            f"{dedent(code)}\nprint(json.dumps(result))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, json.dumps(given)],
            env=self.environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def types(self, text: str, *arguments: str) -> str:
        """`dx` on a terminal, where somebody types ``text``: the words that the terminal shows."""
        person, terminal = pty.openpty()
        try:
            process = subprocess.Popen(
                [str(BIN / "dx"), *arguments],
                env=self.environ, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            )  # fmt: skip
            os.close(terminal)
            os.write(person, text.encode())
            shown = b"".join(_until_closed(person)).decode()
            assert process.wait(timeout=60) == 0, shown
            return " ".join(shown.split())
        finally:
            os.close(person)

    def says(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def refuses(self, error: str, *arguments: str) -> str:
        """It must end with exit code 3 and name the platform's error type."""
        done = self.run(*arguments)
        assert done.returncode == 3, (done.returncode, done.stdout, done.stderr)
        assert error in done.stderr
        return done.stderr


def _until_closed(terminal: int) -> Iterator[bytes]:
    """Linux says EIO where nobody has the other end open any more."""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            return
        if not data:
            return
        yield data
