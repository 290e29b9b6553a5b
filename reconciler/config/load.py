"""The way in: a path to a checked workspace."""

from __future__ import annotations

from reconciler.config.files import Found, find
from reconciler.config.reading import quickly
from reconciler.model.desired import Workspace


def load(path: str) -> Workspace:
    """The workspace at ``path``: a directory of ``*.toml`` (not recursive, in name order), or one file.

    Raises DiagnosticsError with every error and warning that there is, each with its place. Warnings
    alone are in the workspace's ``warnings``.
    """
    return load_found(path, find(path))


def load_found(path: str, found: Found) -> Workspace:
    """The same of files that were read already, or changed since. ``path`` is only shown."""
    workspace = quickly(path, found)
    if workspace is not None:
        return workspace
    from reconciler.config.examine import thoroughly

    return thoroughly(path, found)
