"""The official client, `dx`, as one user of a served world."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
