"""What the rules see of the world: facts by typed questions, and every question is remembered.

The questions that a judgement asked are the facts that its steps rest on: they become the steps'
preconditions. A world may be laid over by the effects of earlier steps, so that a plan can be
walked through before anything is sent; and facts may be freed, so that it can be found out which
of them stand in the way. Must not know any rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from reconciler.diff.changes import Change
from reconciler.model.actual import NOT_READ, FactKey, Facts, FactValue, Level, Membership, Needed
from reconciler.model.desired import Workspace
from reconciler.model.knowledge import ABSENT, Absent, Maybe, Unreadable
from reconciler.rules.policies import Policies

Overlay = Mapping[FactKey, FactValue | Absent]
_NOTHING: Overlay = {}


class _Everywhere(frozenset[str]):
    """The permitted regions of a payer whose permitted regions stand in nobody's way."""

    def __contains__(self, _region: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


class World:
    """``asked`` collects the facts in question; ``wanted_levels`` (of further identities) and
    ``wanted_profiles`` (payers outside the workspace) what was never read and would have mattered.
    ``free``: facts that are taken to be whatever suits the change best. ``together``: all changes of
    the resource, of which one is judged. ``acting``: who will act, where that is nobody at hand;
    ``to_confirm`` collects those of their rights that could not be read and are taken for given."""

    def __init__(
        self,
        workspace: Workspace,
        facts: Facts,
        policies: Policies,
        overlay: Overlay = _NOTHING,
        *,
        free: Collection[FactKey] = (),
        together: tuple[Change, ...] = (),
        acting: tuple[str, ...] = (),
    ) -> None:
        self.workspace = workspace
        self.facts = facts
        self.policies = policies
        self.identities = acting or facts.snapshot.identities
        self.asked: set[FactKey] = set()
        self.to_confirm: set[tuple[FactKey, Needed]] = set()
        self.wanted_levels: set[tuple[str, str]] = set()
        self.wanted_profiles: set[str] = set()
        self._overlay = overlay
        self._free = free
        self._acting = acting
        self.together = together

    def is_free(self, key: FactKey) -> bool:
        """Is the fact to be taken as whatever suits the change best? It counts as asked."""
        self.asked.add(key)
        return key in self._free

    def value(self, key: FactKey) -> Maybe[FactValue]:
        self.asked.add(key)
        over = self._overlay.get(key)
        return self.facts.value(key) if over is None else over

    def at_hand(self, user: str) -> bool:
        """Is the user one of the identities that this run can act as?"""
        return user in self.identities

    def left_to_apply(self, key: FactKey, needs: Needed) -> bool:
        """May a right that cannot be read be taken for given, because who will act has it read at apply?"""
        if key.identity not in self._acting:
            return False
        self.to_confirm.add((key, needs))
        return True

    def exists(self, subject: str) -> bool | Unreadable:
        key = FactKey(subject, "exists")
        return True if self.is_free(key) else cast("bool | Unreadable", self.value(key))

    def permitted(self, payer: str) -> frozenset[str] | Unreadable:
        key = FactKey(payer, "permitted_regions")
        if self.is_free(key):
            return _Everywhere()
        value = self.value(key)
        return frozenset(value) if isinstance(value, tuple) else _unread(value)

    def default(self, payer: str) -> Maybe[str]:
        return cast("Maybe[str]", self.value(FactKey(payer, "default_region")))

    def membership(self, user: str, org: str) -> Maybe[Membership]:
        key = FactKey(org, "membership", user)
        if self.is_free(key):
            return Membership("ADMIN", True)
        value = self.value(key)
        # A project that is known by its id alone has no payer to ask about once it is gone.
        if value == NOT_READ and org.startswith("org-"):
            self.wanted_profiles.add(org)
        if not isinstance(value, dict):
            return cast("Absent | Unreadable", value)
        billable = bool(value["allow_billable_activities"])
        return Membership("ADMIN" if value["level"] == "ADMIN" else "MEMBER", billable)

    def restrict_transfer(self, org: str) -> Maybe[str]:
        key = FactKey(org, "restrict_project_transfer")
        return "MEMBER" if self.is_free(key) else cast("Maybe[str]", self.value(key))

    def level(self, user: str, project_id: str) -> Level | Unreadable:
        key = FactKey(project_id, "level", user)
        if self.is_free(key):
            return "ADMINISTER"
        value = self.value(key)
        if value == NOT_READ:
            self.wanted_levels.add((user, project_id))
        return cast("Level | Unreadable", value)

    def region(self, project_id: str) -> str | Unreadable:
        return cast("str | Unreadable", self.value(FactKey(project_id, "region")))

    def payer(self, project_id: str) -> str | Unreadable:
        return cast("str | Unreadable", self.value(FactKey(project_id, "bill_to")))

    def offered_to(self, project_id: str) -> Maybe[str]:
        key = FactKey(project_id, "pending_transfer")
        return ABSENT if self.is_free(key) else cast("Maybe[str]", self.value(key))

    def is_offered(self, user: str, project_id: str) -> bool | Unreadable:
        """Is the project offered to this identity?"""
        key = FactKey(project_id, "offered", user)
        return True if self.is_free(key) else cast("bool | Unreadable", self.value(key))

    def requested(self, payer: str) -> frozenset[str] | None:
        """The permitted regions that this TOML writes for the payer; None when it writes none."""
        written = self.workspace.profile(payer)
        if written is None or written.permitted_regions is None:
            return None
        return frozenset(written.permitted_regions)


def _unread(value: Maybe[FactValue]) -> Unreadable:
    return value if isinstance(value, Unreadable) else Unreadable("the platform gives none")
