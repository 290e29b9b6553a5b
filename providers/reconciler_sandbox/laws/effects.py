"""What a call changes: small frozen records, applied by others after the laws have answered.

Must not know how they are applied or kept.
"""

from __future__ import annotations

from msgspec import Struct

from .records import Org, Project, User


class PutProject(Struct, frozen=True):
    """The project is now this record; new if its id is."""

    project: Project


class DropProject(Struct, frozen=True):
    id: str


class PutUser(Struct, frozen=True):
    user: User


class PutOrg(Struct, frozen=True):
    org: Org


Effect = PutProject | DropProject | PutUser | PutOrg
