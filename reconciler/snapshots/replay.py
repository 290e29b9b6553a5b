"""A ``Reader`` that answers from a snapshot. What that does not hold is unreadable, never absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from reconciler.model.actual import Profile, Scope, Snapshot
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.knowledge import Unreadable
from reconciler.snapshots.document import Document, snapshot_of

NOT_HELD = Unreadable("the snapshot does not hold it: take a new one with reconciler snapshot")


class Replay:
    """Satisfies ``reconciler.provider.Reader``; asks nobody."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._snapshot = snapshot_of(document)

    @property
    def endpoint(self) -> str:
        return self._document.provider.endpoint

    @property
    def address(self) -> str:
        return self._document.provider.address

    @property
    def touches(self) -> str:
        return f"from a snapshot of {self._document.created_at}: nobody is asked, and it cannot be applied"

    def identities(self) -> tuple[str, ...]:
        return self._document.identities

    def logins(self) -> Mapping[str, str]:
        return self._document.logins

    def read(self, scope: Scope) -> Snapshot:
        """What was recorded, and an unreadable entry for all else that the scope asks for."""
        held = self._snapshot
        estates, payers = set(scope.estates), {*scope.estates, *scope.profiles}
        profiles = {payer: self._unknown(payer) for payer in payers - held.profiles.keys()}
        known = held.projects.keys() | held.missing.keys()
        missing = {one: NOT_HELD for one in scope.projects if one not in known}
        return replace(
            held,
            profiles={**held.profiles, **profiles},
            missing={**held.missing, **missing},
            partial=held.partial | (estates - set(self._document.scope.estates)),
        )

    def close(self) -> None:
        """Nothing is open."""

    def _unknown(self, payer: str) -> Profile:
        members = dict.fromkeys(self._document.identities, NOT_HELD)
        return Profile(payer, NOT_HELD, NOT_HELD, NOT_HELD, NOT_HELD, {**members}, self._document.identity)


def lacking(document: Document, scope: Scope) -> Iterator[Diagnostic]:
    """Warns of marks that nobody looked for: a project that bears one may exist unseen."""
    marks = sorted(set(scope.marks) - set(document.scope.marks))
    if marks:
        summary = f"the snapshot is older than {', '.join(marks)}: a project with that mark may exist unseen"
        yield Diagnostic("warning", "snapshot", summary, "Take a new one: reconciler snapshot -o FILE")
