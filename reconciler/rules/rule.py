"""What a rule is: a law of the platform or of the user's policy, with an id that never changes meaning."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

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


class Rule(ABC):
    """One rule. The docstring of each class is its page: what it checks, why, how to mend it."""

    id: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]

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
