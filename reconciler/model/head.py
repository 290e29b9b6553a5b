"""What the head of every document says: who made it, when, of which configuration, at what cost."""

from __future__ import annotations

from msgspec import Struct

from reconciler.model.actual import Snapshot
from reconciler.model.desired import Workspace
from reconciler.model.moment import rfc3339
from reconciler.model.plan import ConfigRef, FileDigest, GitState, ProviderRef, ReadCost, Tool

PROGRAM = "reconciler"


class Options(Struct, frozen=True):
    """``version`` is the tool's own. ``reproducible``: the same input gives the same bytes, so nothing
    of this machine, this moment or this build may show."""

    version: str
    reproducible: bool = False
    git: GitState | None = None


class Head(Struct, frozen=True):
    """The values that plans and drift reports have in common. ``read_at``: ms since the epoch."""

    created_at: str
    read_at: int
    tool: Tool
    provider: ProviderRef
    config: ConfigRef
    read: ReadCost


def head(workspace: Workspace, snapshot: Snapshot, endpoint: str, options: Options) -> Head:
    plain = options.reproducible
    now = snapshot.provider_time if plain else snapshot.read_at
    files = tuple(FileDigest(file.path, file.sha256) for file in workspace.files)
    return Head(
        created_at=rfc3339(now),
        read_at=now,
        tool=Tool(PROGRAM, "0" if plain else options.version),
        # A store's id differs on each machine: a reproducible document names the kind only.
        provider=ProviderRef(workspace.provider.type, workspace.provider.type if plain else endpoint),
        config=ConfigRef(workspace.digest, files, None if plain else options.git),
        read=ReadCost(
            snapshot.calls,
            0.0 if plain else round(snapshot.seconds, 3),
            tuple(sorted(snapshot.partial)),
        ),
    )
