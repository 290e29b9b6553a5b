"""Starting, announcing and ending a server; also ``python -m reconciler_sandbox.server``.

A server that was started by a command (with ``--ready-file``) ends by itself when nobody has asked it
anything for a while.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import hashlib
import logging
import os
import resource
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from reconciler_sandbox.calls import CallLog, show
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database, Memory, Store, StoreError
from reconciler_sandbox.world import faults, reader
from reconciler_sandbox.world.model import World
from reconciler_sandbox.world.problems import WorldError
from reconciler_sandbox.world.switches import overridden

if TYPE_CHECKING:
    import uvicorn


class Options(msgspec.Struct, frozen=True):
    """``db`` None: the state is thrown away. ``port`` 0: any free one. ``log`` None: beside ``db``.
    ``faults``: a file whose faults are played in place of the world's."""

    world: Path
    db: Path | None = None
    port: int = 0
    control: bool = False
    switches: Mapping[str, object] = {}
    log: Path | None = None
    log_to_stderr: bool = False
    faults: Path | None = None
    idle_seconds: float | None = None


class Ready(msgspec.Struct, frozen=True):
    """A server that listens. ``key``: of the control routes, if they are on."""

    endpoint: str
    pid: int
    store: str
    key: str | None
    world: World


class CannotStart(Exception):
    """The message says what, where, and what to do."""


def run(options: Options, ready: Callable[[Ready], None], done: Callable[[], None] | None = None) -> None:
    """Serve until a signal or idleness ends it. ``ready`` is called once it listens, ``done`` before
    the state is let go.

    Raises CannotStart.
    """
    store = opened(options.db)
    try:
        world = prepared(options, store)
        log = _log(options, world)
        platform = Platform(world, store, log)
        key = secrets.token_hex(16) if options.control else None
        with _listening(options.port) as listener:
            endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
            told = Ready(endpoint, os.getpid(), store.id, key, world)
            gc.collect()
            gc.freeze()
            _many_connections()
            try:
                _serve(platform, options, key, listener, lambda: ready(told))
            finally:
                if done is not None:
                    done()
        log.close()
    finally:
        store.close()


def opened(db: Path | None) -> Store:
    try:
        return Memory() if db is None else Database(db)
    except StoreError as error:
        raise CannotStart(str(error)) from None


def prepared(options: Options, store: Store) -> World:
    """The kept world, else the world file's, which is then kept. Raises CannotStart."""
    try:
        # Here first, so that what is wrong on the command line is not told of the world file.
        overridden(Switches(), options.switches)
        kept = store.load()
        if kept is not None:
            if store.source() != (digest(options.world) or store.source()):
                _say(
                    f"{options.world} has changed since the state was seeded from it; the kept state is used"
                )
            kept = structs.replace(kept, switches=overridden(kept.switches, options.switches))
            return _with_faults(kept, options)
        loaded = reader.load(options.world, options.switches)
        for warning in loaded.warnings:
            _say(f"warning: {warning}")
        world = _with_faults(loaded.world, options)
        store.seed(world, digest(options.world))
    except (StoreError, WorldError) as error:
        raise CannotStart(str(error)) from None
    return world


def _with_faults(world: World, options: Options) -> World:
    """Raises WorldError."""
    if options.faults is None:
        return world
    return structs.replace(world, faults=faults.load(options.faults, world.users))


def digest(path: Path) -> str:
    """SHA-256 of a file; "" if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _log(options: Options, world: World) -> CallLog:
    path = options.log
    if path is None and options.db is not None:
        path = options.db.with_suffix(".log")
    tokens = [token.token for token in world.tokens]
    for other in (options.world, options.db, options.faults):
        if path is not None and other is not None and path.resolve() == other.resolve():
            raise CannotStart(f"{path}: the log of calls would be written into it; name another with --log")
    try:
        return CallLog(path, stderr=options.log_to_stderr, secrets=tokens)
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from None


@contextlib.contextmanager
def _listening(port: int) -> Generator[socket.socket]:
    # The protocol is named, or asyncio does not turn Nagle off, which costs 40 ms a call.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotStart(f"cannot listen on 127.0.0.1:{port}: {error}") from None
    with listener:
        yield listener


def _many_connections() -> None:
    """Each takes a descriptor, of which a process may have few unless it asks for more."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _Shown(logging.Handler):
    """What the web server has to say, where it must not wait for a reader."""

    def emit(self, record: logging.LogRecord) -> None:
        show(self.format(record).encode(errors="replace"))


def _serve(
    platform: Platform,
    options: Options,
    key: str | None,
    listener: socket.socket,
    ready: Callable[[], None],
) -> None:
    import uvicorn

    from reconciler_sandbox.connection import Connection
    from reconciler_sandbox.control import Control
    from reconciler_sandbox.http import Activity, application

    def reset() -> None:
        try:
            world = reader.load(options.world, options.switches).world
            platform.restart(_with_faults(world, options), digest(options.world))
        except (StoreError, WorldError) as error:
            raise Refused("InvalidState", str(error)) from None

    logging.getLogger().addHandler(_Shown(logging.WARNING))
    activity = Activity()
    control = None if key is None else Control(platform, key, reset)
    config = uvicorn.Config(
        application(platform, control, activity),
        http=Connection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            # Signals end it with exit code 0; uvicorn would raise them again at its end.
            yield

    asyncio.run(_until_done(Server(config), listener, activity.idle_seconds, options, ready))


async def _until_done(
    server: uvicorn.Server,
    listener: socket.socket,
    idle: Callable[[], float],
    options: Options,
    ready: Callable[[], None],
) -> None:
    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.002)
    if server.started:
        ready()
    limit = options.idle_seconds
    while not serving.done():
        await asyncio.wait([serving], timeout=None if limit is None else max(0.05, limit - idle()))
        if limit is not None and idle() >= limit:
            stop()
    await serving


def write_ready(path: Path, ready: Ready) -> None:
    """Whole or not at all, readable by its owner only. Raises CannotStart."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    content = {"endpoint": ready.endpoint, "pid": ready.pid, "store": ready.store}
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(content))
        temporary.replace(path)
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from None


def remove_ready(path: Path) -> None:
    """Only if it is still about this process."""
    try:
        if msgspec.json.decode(path.read_bytes()).get("pid") == os.getpid():
            path.unlink()
    except (OSError, msgspec.DecodeError, AttributeError):
        return


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m reconciler_sandbox.server")
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--idle-seconds", type=float)
    parser.add_argument("--ready-file", type=Path, required=True)
    given = parser.parse_args(arguments)
    options = Options(world=given.world, db=given.db, log=given.log, idle_seconds=given.idle_seconds)
    try:
        run(
            options,
            ready=lambda ready: write_ready(given.ready_file, ready),
            done=lambda: remove_ready(given.ready_file),
        )
    except CannotStart as error:
        _say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
