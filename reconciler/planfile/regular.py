"""Files that somebody else may have put there: read whole and at once, or not at all.

A device without an end, a pipe without a writer and a file that fills the memory are refused. Must not
know what is in them.
"""

from __future__ import annotations

import os
import stat


class NotRegular(OSError):
    """The path is there, but is a folder, a device, a pipe or a socket: ``str`` says which."""


class TooBig(OSError):
    """The file is bigger than what is read there can be."""


def open_regular(path: str) -> int:
    """A descriptor to read ``path`` from, which is a regular file. Raises OSError, NotRegular among them."""
    # O_NONBLOCK: opening a pipe or a device must not wait for somebody at its other end.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    raise NotRegular("a folder" if stat.S_ISDIR(mode) else "not a regular file")


def read_regular(path: str, most: int) -> bytes:
    """All of a file of at most ``most`` bytes. Raises OSError (NotRegular, TooBig), and ValueError for what
    can be no path."""
    with os.fdopen(open_regular(path), "rb") as file:
        if os.fstat(file.fileno()).st_size > most:
            raise TooBig("too big")
        data = file.read(most + 1)
    if len(data) > most:
        raise TooBig("too big")
    return data
