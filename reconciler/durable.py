"""Files that survive a crash: made or replaced whole or not at all, and on the disk when a call returns.

Must not know what the bytes mean.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Mapping


class NotAFile(OSError):
    """The path is there, but is a folder, a device, a pipe or a socket."""


def replace(path: str, data: bytes, mode: int = 0o600) -> None:
    """``stream`` of one piece."""
    stream(path, (data,), mode)


def stream(path: str, pieces: Iterable[bytes], mode: int = 0o600) -> None:
    """Make ``pieces`` the whole content of ``path``, with the permissions ``mode``.

    A reader sees the old content or the new one, never a mixture; a symbolic link is followed.
    Raises OSError (NotAFile where the path is no regular file); the old content then stays.
    """
    target = os.path.realpath(path)
    _want_regular(target)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        _write_new(temporary, pieces, mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def want_writable(path: str) -> None:
    """Raises OSError where ``stream`` could not make or replace ``path``, as far as can be told without
    writing."""
    target = os.path.realpath(path)
    _want_regular(target)
    folder = os.path.dirname(target)
    if not stat.S_ISDIR(os.stat(folder).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def create(folder: str, files: Mapping[str, bytes]) -> None:
    """Make these files (name → content) in ``folder``, which is made too; none that is there is overwritten.

    They appear in their order, each whole. Raises OSError (FileExistsError with the path that is taken); none
    of them is there then.
    """
    os.makedirs(folder, exist_ok=True)
    ready: list[tuple[str, str]] = []
    made: list[str] = []
    try:
        for name, data in files.items():
            ready.append((os.path.join(folder, f".{name[:100]}.{secrets.token_hex(6)}.tmp"), name))
            _write_new(ready[-1][0], (data,), 0o666)
        for temporary, name in ready:
            target = os.path.join(folder, name)
            os.link(temporary, target)  # a rename would overwrite
            made.append(target)
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                os.unlink(path)
        raise
    finally:
        for temporary, _ in ready:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Wait until the names in ``folder`` (a rename, a removal) are on the disk."""
    handle = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _want_regular(target: str) -> None:
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise NotAFile("is a folder" if stat.S_ISDIR(mode) else "is not a regular file")


def _write_new(path: str, pieces: Iterable[bytes], mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(handle, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(handle)
