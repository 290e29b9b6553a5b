"""Folders: full paths within a project or container. Must not know what lies in them.

The platform's documentation: slashes that are doubled or at the end do not count; a name has 1 to 2048
characters, none of them a control character, and is not ``.`` or ``..``; a path has less than 10 240
characters and at most 128 folders. The root is always there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from .errors import Refused, invalid
from .records import Holder

ROOT = "/"
LONGEST_NAME = 2048
LONGEST_PATH = 10_240
DEEPEST = 128


def normal(folder: str) -> str:
    """The path as the platform keeps it. Raises Refused: InvalidInput."""
    if not folder.startswith("/"):
        raise invalid(f'folder "{folder}" must begin with /')
    names = [name for name in folder.split("/") if name]
    path = "/" + "/".join(names)
    if len(path) >= LONGEST_PATH or len(names) > DEEPEST:
        raise invalid(f"a folder must have fewer than {LONGEST_PATH} characters and at most {DEEPEST} levels")
    for name in names:
        if name in (".", "..") or len(name) > LONGEST_NAME or any(letter < " " for letter in name):
            raise invalid(f'"{name[:80]}" is no name of a folder')
    return path


def missing(holder: Holder, folder: str) -> Refused:
    """The official client's tests match this message."""
    return Refused("ResourceNotFound", f'Folder "{folder}" does not exist in project "{holder.id}"')


def need(holder: Holder, folder: str) -> None:
    """Raises Refused: ResourceNotFound."""
    if folder != ROOT and folder not in holder.folders:
        raise missing(holder, folder)


def joined(folder: str, name: str) -> str:
    return f"/{name}" if folder == ROOT else f"{folder}/{name}"


def parent(folder: str) -> str:
    return folder.rpartition("/")[0] or ROOT


def name(folder: str) -> str:
    """The last name of a path; "" for the root."""
    return folder.rpartition("/")[2]


def within(folder: str, top: str) -> bool:
    """Is it this folder or one below it?"""
    return top in (ROOT, folder) or folder.startswith(f"{top}/")


def children(holder: Holder, folder: str) -> Iterator[str]:
    """The folders right below one, sorted."""
    return (path for path in holder.folders if parent(path) == folder)


def rebased(folder: str, moves: Mapping[str, str]) -> str:
    """Where a folder is after ``moves`` (new paths by old ones): the deepest move around it counts."""
    top = max((moved for moved in moves if within(folder, moved)), key=len, default=None)
    if top is None:
        return folder
    below = folder.removeprefix(top).strip("/")
    return joined(moves[top], below) if below else moves[top]


def with_folder(holder: Holder, folder: str, *, parents: bool) -> Holder:
    """The holder with that folder (a normal path), which must be there unless ``parents`` makes it.

    The same record if nothing is new. Raises Refused: ResourceNotFound.
    """
    if folder == ROOT or folder in holder.folders:
        return holder
    if not parents:
        raise missing(holder, folder)
    names = folder[1:].split("/")
    above = ("/" + "/".join(names[:depth]) for depth in range(1, len(names) + 1))
    return structs.replace(holder, folders=tuple(sorted({*holder.folders, *above})))
