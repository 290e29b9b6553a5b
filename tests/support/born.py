"""The command as a process of its own, without the time that an interpreter takes to start and to import.

It is forked off a process that has imported every module and has run nothing: with the folder, the
environment and the streams that it is given. The rest is the same, from the arguments to the
exit code. What is about the start itself, a terminal or a signal runs the installed command.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

from support.command import Ran
from support.tokens import no_token_in, shows_a_world

_LARGEST = 1 << 20
_LIMIT_SECONDS = 60.0


def run(arguments: Sequence[str], folder: Path, environ: Mapping[str, str], stdin: str = "") -> Ran:
    """What the command did, without a terminal. Raises TimeoutError, once it is dead."""
    asked = json.dumps({"argv": list(arguments), "folder": str(folder), "environ": dict(environ)})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        with ours, theirs:
            ours.settimeout(_LIMIT_SECONDS)
            files = [stream.fileno() for stream in (given, out, err, theirs)]
            socket.send_fds(_mother(), [asked.encode()], files)
            theirs.close()
            pid = int(ours.recv(64))
            try:
                code = int(ours.recv(64))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise TimeoutError(f"{arguments} did not end; so far: {_text(out)}{_text(err)}") from None
        ran = Ran(code, _text(out), _text(err))
    if not shows_a_world(arguments):
        no_token_in(f"the output of {arguments}", ran.out, ran.err)
    return ran


def _text(file: IO[bytes]) -> str:
    """As a text pipe gives it."""
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n").replace("\r", "\n")


@cache
def _mother() -> socket.socket:
    """The socket of the process that gives birth; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "support.born", str(theirs.fileno())]
    # In a group of its own: a Ctrl-C at the terminal is for the tests.
    process = subprocess.Popen(
        command, pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path}, start_new_session=True
    )
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


class Mother:
    """Waits for what is asked, gives birth, and tells of each child its process id and how it ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._doors = selectors.DefaultSelector()
        self._doors.register(asked, selectors.EVENT_READ)

    def live(self) -> None:
        while True:
            for key, _ in self._doors.select():
                if key.fileobj is not self._asked:
                    self._bury(key.fd, *key.data)
                elif not self._bear():
                    return

    def _bear(self) -> bool:
        """False: nobody asks any more."""
        message, files, _, _ = socket.recv_fds(self._asked, _LARGEST, 4, socket.MSG_CMSG_CLOEXEC)
        if not message:
            return False
        stdin, out, err, told = files
        child = os.fork()
        if child == 0:
            _be(json.loads(message), (stdin, out, err))
        for file in (stdin, out, err):
            os.close(file)
        answer = socket.socket(fileno=told)
        answer.send(str(child).encode())
        self._doors.register(os.pidfd_open(child), selectors.EVENT_READ, (child, answer))
        return True

    def _bury(self, gone: int, child: int, answer: socket.socket) -> None:
        self._doors.unregister(gone)
        os.close(gone)
        with answer:
            answer.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _be(asked: dict[str, object], streams: tuple[int, int, int]) -> None:
    """Become the command; SystemExit carries its exit code to the end of the interpreter."""
    from reconciler.cli import main

    for number, file in enumerate(streams):
        os.dup2(file, number)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = ["reconciler", *_words(asked["argv"])]
    os.chdir(str(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["environ"])  # type: ignore[arg-type]
    time.tzset()
    main()


def _words(found: object) -> list[str]:
    assert isinstance(found, list)
    return [str(word) for word in found]


def _import_all() -> None:
    import reconciler_dnanexus

    import reconciler

    for package in (reconciler, reconciler_dnanexus):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    for name in (
        "reconciler_sandbox.entry",
        "reconciler_sandbox.commands",
        "reconciler_sandbox.launch",
        "psycopg",
    ):
        import_module(name)


if __name__ == "__main__":
    _import_all()
    assert threading.active_count() == 1, "a fork copies no other thread"
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        Mother(asked).live()
