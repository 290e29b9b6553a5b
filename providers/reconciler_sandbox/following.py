"""What is written to a file, as it is written. Must not know what it means."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import BinaryIO

EVERY_S = 0.1


def follow(path: Path, out: BinaryIO) -> None:
    """Copies all of the file, then what is added to it, for ever.

    The file need not be there yet; one that takes its place, or that is cut off, is read from its
    beginning.
    """
    while True:
        try:
            with path.open("rb") as file:
                while _is_still(path, file):
                    _copy(file, out)
                    time.sleep(EVERY_S)
                _copy(file, out)
        except FileNotFoundError:
            time.sleep(EVERY_S)


def _copy(file: BinaryIO, out: BinaryIO) -> None:
    while data := file.read(65_536):
        out.write(data)
    out.flush()


def _is_still(path: Path, file: BinaryIO) -> bool:
    now, opened = path.stat(), os.fstat(file.fileno())
    return os.path.samestat(now, opened) and now.st_size >= file.tell()
