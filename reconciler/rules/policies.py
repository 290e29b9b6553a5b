"""Residency policies made ready: what one of them says of one project, and what excuses it.

The keys of a match are ANDed; a name is a glob, compared with its case. Three-valued like all else:
where an attribute could not be read and would decide, that is the answer. Must not know changes.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.desired import Match, Policy, Waiver, Workspace
from reconciler.model.knowledge import Unreadable

SOON = 30
"""Days before its end in which a waiver is warned about."""

_EXACT = ("id", "bill_to", "region")
_MAGIC = re.compile(r"[*?\[]")


class Placed(Protocol):
    """What a policy looks at: a project as reported, or as a change would leave it (no id yet)."""

    @property
    def id(self) -> str | None: ...
    @property
    def name(self) -> str | Unreadable: ...
    @property
    def bill_to(self) -> str | Unreadable: ...
    @property
    def region(self) -> str | Unreadable: ...


class Place(Struct, frozen=True):
    """A project as it is at a moment that may never have been read."""

    id: str | None
    name: str | Unreadable
    bill_to: str | Unreadable
    region: str | Unreadable


class Hidden(Struct, frozen=True):
    """It cannot be told: this attribute of the project would decide, and could not be read."""

    attribute: str
    reason: str


class Violated(Struct, frozen=True):
    """``waiver`` excuses it; ``expired`` are those that once did."""

    waiver: Waiver | None = None
    expired: tuple[Waiver, ...] = ()


Found: TypeAlias = Violated | Hidden | None


class Matcher:
    """A ``match``, ready to be asked of many projects. ``names``: does a name fit? None: any does."""

    def __init__(self, match: Match) -> None:
        self.match = match
        self._exact = tuple((key, value) for key in _EXACT if (value := getattr(match, key)) is not None)
        self.names = None if match.name is None else _glob(match.name)

    def answer(self, place: Placed) -> bool | Hidden:
        """Is the project meant? False as soon as one key says so, whatever the others hide."""
        hidden: Hidden | None = None
        for key, wanted in self._exact:
            value = getattr(place, key)
            if isinstance(value, Unreadable):
                hidden = hidden or Hidden(key, value.reason)
            elif value != wanted:
                return False
        if self.names is not None:
            name = place.name
            if isinstance(name, Unreadable):
                hidden = hidden or Hidden("name", name.reason)
            elif not self.names(name):
                return False
        return hidden or True

    @property
    def keys(self) -> frozenset[str]:
        """The attributes that it looks at."""
        return frozenset(key for key in (*_EXACT, "name") if getattr(self.match, key) is not None)

    def among(self, payer: str | Unreadable, region: str | Unreadable) -> bool:
        """Could any project of that payer and region be meant? Judged without looking at one."""
        match = self.match
        return (match.bill_to is None or isinstance(payer, Unreadable) or match.bill_to == payer) and (
            match.region is None or isinstance(region, Unreadable) or match.region == region
        )


def _glob(pattern: str) -> Callable[[str], object]:
    """As ``fnmatch.fnmatchcase``; a name without wildcards is compared as it is."""
    return re.compile(fnmatch.translate(pattern)).match if _MAGIC.search(pattern) else pattern.__eq__


class Residency:
    """A policy with its waivers, on one day."""

    def __init__(self, policy: Policy, waivers: Iterable[Waiver], today: datetime.date) -> None:
        """``policy`` with its groups expanded; ``waivers`` are those of this policy. ``watches``: the
        attributes on which it hangs whether a project is meant, or excused."""
        self.policy = policy
        self.id = policy.id
        self.allowed = frozenset(policy.regions)
        self.matcher = Matcher(policy.match)
        self._by_id: defaultdict[str | None, list[tuple[Waiver, Matcher]]] = defaultdict(list)
        # The waiver that lasts longest is the one that is named.
        for waiver in sorted(waivers, key=lambda w: (-w.expires.toordinal(), w.ticket)):
            self._by_id[waiver.match.id].append((waiver, Matcher(waiver.match)))
        self._today = today
        every = (self.matcher, *(matcher for found in self._by_id.values() for _, matcher in found))
        self.watches = frozenset[str]().union(*(matcher.keys for matcher in every))

    @property
    def harmless(self) -> bool:
        """Does it speak of a region only that it allows? Then nothing can violate it."""
        return self.policy.match.region in self.allowed

    def verdict(self, place: Placed) -> Found:
        """None where the project is not meant, or is where it may be."""
        region = place.region
        if region in self.allowed or self.harmless:
            return None
        meant = self.matcher.answer(place)
        if meant is False:
            return None
        excuse = self._excuse(place)
        if isinstance(excuse, Violated) and excuse.waiver is not None:
            return excuse if meant is True and not isinstance(region, Unreadable) else None
        for unsure in (meant, excuse):
            if isinstance(unsure, Hidden):
                return unsure
        return Hidden("region", region.reason) if isinstance(region, Unreadable) else excuse

    def covers(self, place: Placed) -> tuple[bool | Hidden, ...]:
        """Whether the policy and each of its waivers mean the project: what a change of name or payer
        can bring about."""
        return (self.matcher.answer(place), *(m.answer(place) for _, m in self._concerning(place)))

    def _concerning(self, place: Placed) -> list[tuple[Waiver, Matcher]]:
        named = self._by_id.get(place.id, []) if place.id is not None else []
        return [*named, *self._by_id.get(None, ())]

    def _excuse(self, place: Placed) -> Violated | Hidden:
        hidden: Hidden | None = None
        expired: list[Waiver] = []
        for waiver, matcher in self._concerning(place):
            meant = matcher.answer(place)
            if days_left(waiver, self._today) < 0:
                expired += [waiver] if meant is True else []
            elif meant is True:
                return Violated(waiver)
            elif isinstance(meant, Hidden):
                hidden = hidden or meant
        return hidden or Violated(expired=tuple(expired))


class Policies:
    """All policies of a workspace at a moment (ms since the epoch) of the provider's clock."""

    def __init__(self, workspace: Workspace, now: int) -> None:
        self.today = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC).date()
        self.waivers = workspace.waivers
        of_policy: defaultdict[str, list[Waiver]] = defaultdict(list)
        for waiver in workspace.waivers:
            of_policy[waiver.policy].append(waiver)
        self.each = tuple(Residency(p, of_policy[p.id], self.today) for p in in_force(workspace))

    def days_left(self, waiver: Waiver) -> int:
        return days_left(waiver, self.today)


def days_left(waiver: Waiver, today: datetime.date) -> int:
    """0 on its last day; negative once it has expired."""
    return (waiver.expires - today).days


def in_force(workspace: Workspace) -> tuple[Policy, ...]:
    """The policies with their region groups expanded: what they mean, whatever the groups become."""
    groups = workspace.region_groups
    return tuple(replace(policy, regions=_codes(policy.regions, groups)) for policy in workspace.policies)


def _codes(regions: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    codes: set[str] = set()
    for region in regions:
        codes.update(groups[region[1:]] if region.startswith("@") else (region,))
    return tuple(sorted(codes))
