"""A snapshot with one fact of it made unreadable."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from model.cases import Reader
from msgspec.structs import replace
from reconciler_sandbox.state import State

from reconciler.model.actual import FactKey, Scope, Snapshot
from reconciler.model.knowledge import Unreadable
from reconciler.model.plan import Refusal
from reconciler.planner import document
from reconciler.planner.alternatives import Ways
from reconciler.planner.judge import Judge, Judgement

HIDDEN = Unreadable("hidden")
_OF_PROFILES = {
    "exists": "exists",
    "default_region": "default_region",
    "permitted_regions": "permitted_regions",
    "restrict_project_transfer": "restrict_transfer",
}
_OF_PROJECTS = ("name", "region", "mark", "pending_transfer")
"""The payer is not among them: no list shows a project without saying whom it is billed to."""


def facts(snapshot: Snapshot) -> Iterator[FactKey]:
    """Every fact of the snapshot that can be hidden, and is not yet."""
    for profile in snapshot.profiles.values():
        for attribute, field in _OF_PROFILES.items():
            if not isinstance(getattr(profile, field), Unreadable):
                yield FactKey(profile.id, attribute)
        for user in profile.memberships:
            yield FactKey(profile.id, "membership", user)
    for project in snapshot.projects.values():
        for attribute in _OF_PROJECTS:
            if not isinstance(getattr(project, attribute), Unreadable):
                yield FactKey(project.id, attribute)
        for user in snapshot.identities:
            yield FactKey(project.id, "level", user)
        if isinstance(project.pending_transfer, Unreadable):
            for user, offers in snapshot.offers.items():
                if not isinstance(offers, Unreadable):
                    yield FactKey(project.id, "offered", user)
    for project_id, why in snapshot.missing.items():
        if not isinstance(why, Unreadable):
            yield FactKey(project_id, "exists")


def without(snapshot: Snapshot, key: FactKey) -> Snapshot:
    """The same, but for the one fact."""
    subject, attribute = key.subject, key.attribute
    if subject in snapshot.profiles:
        profile = snapshot.profiles[subject]
        if attribute == "membership":
            hidden = replace(profile, memberships={**profile.memberships, key.identity: HIDDEN})
        else:
            hidden = replace(profile, **{_OF_PROFILES[attribute]: HIDDEN})
        return replace(snapshot, profiles={**snapshot.profiles, subject: hidden})
    if attribute == "level":
        return replace(snapshot, levels={**snapshot.levels, (key.identity, subject): HIDDEN})
    if attribute == "offered":
        return replace(snapshot, offers={**snapshot.offers, key.identity: HIDDEN})
    if subject in snapshot.missing:
        return replace(snapshot, missing={**snapshot.missing, subject: HIDDEN})
    if subject in snapshot.projects:
        # Who may not see the name sees no property either.
        hidden_too = {"mark": HIDDEN} if attribute == "name" else {}
        project = replace(snapshot.projects[subject], **{attribute: HIDDEN}, **hidden_too)
        return replace(snapshot, projects={**snapshot.projects, subject: project})
    return snapshot


@contextmanager
def verdicts_alone() -> Generator[None]:
    """Plans that refuse the same, but look neither for the facts that block nor for ways out: half the
    time of a plan, for a property that asks of neither."""
    whole = document._refusals
    document._refusals = _plainly
    try:
        yield
    finally:
        document._refusals = whole


def _plainly(judge: Judge, judgement: Judgement, _ways: Ways) -> Iterator[Refusal]:
    for finding in judgement.findings:
        if finding.verdict == "refused":
            yield document._refusal(judge, finding)


class Blinded(Reader):
    """Reads all but one fact."""

    def __init__(self, state: State, identities: tuple[str, ...], key: FactKey) -> None:
        super().__init__(state, identities)
        self._key = key

    def read(self, scope: Scope) -> Snapshot:
        return without(super().read(scope), self._key)


class Remembering(Reader):
    """Keeps what it has read last."""

    last: Snapshot

    def read(self, scope: Scope) -> Snapshot:
        self.last = super().read(scope)
        return self.last


class Backwards(Reader):
    """What comes first elsewhere comes last here."""

    def read(self, scope: Scope) -> Snapshot:
        snapshot = super().read(scope)
        return replace(
            snapshot,
            profiles=dict(reversed(snapshot.profiles.items())),
            projects=dict(reversed(snapshot.projects.items())),
            levels=dict(reversed(snapshot.levels.items())),
            missing=dict(reversed(snapshot.missing.items())),
        )
