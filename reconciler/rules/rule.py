"""What a rule is: a law of the platform or of the user's policy, with an id that never changes meaning."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from reconciler.diff.changes import Change
from reconciler.rules.finding import Finding
from reconciler.rules.world import World

REGIONS = "https://documentation.dnanexus.com/developer/api/regions"
PROJECTS = "https://documentation.dnanexus.com/developer/api/data-containers/projects"
PERMISSIONS = (
    "https://documentation.dnanexus.com/developer/api/data-containers/project-permissions-and-sharing"
)
ORGS = "https://documentation.dnanexus.com/developer/api/organizations"
USERS = "https://documentation.dnanexus.com/developer/api/users"
POLICIES = "[[policies]] and [[waivers]] of the workspace"
GUARDS = "[guards] of the workspace"


class Example(Struct, frozen=True):
    """A configuration that breaks a rule, or keeps it. ``toml`` holds only the tables that matter, to be
    read after a head with ``workspace`` and ``[provider]``; ``world`` what a small common world lacks, in
    the format of world files; ``command`` is the one that shows it, without the program's name."""

    toml: str
    world: str = ""
    command: str = "plan"

    def changed(self, old: str, new: str) -> Example:
        """The same with ``old``, which stands in it once, replaced: in the TOML or in the command."""
        return replace(self, toml=self.toml.replace(old, new), command=self.command.replace(old, new))


class Rule(ABC):
    """One rule. The docstring of each class is its page: what it checks, why, how to mend it. ``breaks``
    and ``keeps`` are one small edit apart; the tests run both."""

    id: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    """Where the law is written: a page of the platform's documentation, or tables of the workspace."""
    breaks: ClassVar[Example]
    keeps: ClassVar[Example]

    @abstractmethod
    def check(self, change: Change, world: World) -> Iterable[Finding]:
        """Findings on one change; none means that this rule has nothing against it."""

    @property
    def text(self) -> str:
        return inspect.cleandoc(type(self).__doc__ or "")


class OfflineRule(Rule):
    """A rule that needs no facts: the reader of the TOML judges it before any plan is made."""

    def check(self, change: Change, world: World) -> Iterable[Finding]:  # noqa: ARG002 - nothing is left to judge
        return ()
