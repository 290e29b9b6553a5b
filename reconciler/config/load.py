"""The way in: a path to a checked workspace."""

from __future__ import annotations

from reconciler.config.files import find
from reconciler.config.reading import quickly
from reconciler.model.desired import Workspace


def load(path: str) -> Workspace:
    """The workspace at ``path``: a directory of ``*.toml`` (not recursive, in name order), or one file.

    Raises DiagnosticsError with every error and warning that there is, each with its place. Warnings
    alone are in the workspace's ``warnings``.
    """
    found = find(path)
    workspace = quickly(path, found)
    if workspace is not None:
        return workspace
    from reconciler.config.examine import thoroughly

    return thoroughly(path, found)
