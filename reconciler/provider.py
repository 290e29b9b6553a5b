"""What a provider is, and how one is found.

A provider reads in bulk and carries out single steps; it knows nothing of TOML, rules or plans
beyond the step handed to it. Reading and writing are two classes on purpose: a command that must
not write (``plan``, ``drift``) is handed an object that has no method to write with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Protocol

from msgspec import Struct

from reconciler.model.actual import Scope, Snapshot
from reconciler.model.desired import IdentityTable, ProviderTable
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, SourceRange
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Step

ENTRY_POINT_GROUP = "reconciler.providers"


class ProviderError(Exception):
    """The provider could not be asked, or answered with something that cannot be used.

    ``message`` says what happened and where; ``advice`` what to do; ``request_id`` is the
    platform's own id of the failing call. Nothing was changed by the call that raised it.
    """

    def __init__(self, message: str, advice: str | None = None, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.request_id = request_id


class Settings(Struct, frozen=True):
    """What a provider needs to know of the workspace that it serves.

    ``directory`` is the absolute path of the workspace; ``identity`` the name of the
    ``[identities]`` entry to act as by default (None: the login at hand); ``progress`` takes one
    short line about what is being read (for a terminal).
    """

    directory: str
    table: ProviderTable
    identities: dict[str, IdentityTable]
    environ: Mapping[str, str]
    identity: str | None = None
    progress: Callable[[str], None] | None = None


class Reader(Protocol):
    """Reads only. ``endpoint`` names the platform in plans (never a token or a changing port)."""

    @property
    def endpoint(self) -> str: ...

    @property
    def address(self) -> str:
        """The URL that is really talked to, for the first line of a command's output."""
        ...

    @property
    def touches(self) -> str | None:
        """A sentence about what using it can touch, or None ("nothing outside this machine is touched")."""
        ...

    def identities(self) -> tuple[str, ...]:
        """User ids of the identities at hand, the default first. Raises ProviderError."""
        ...

    def logins(self) -> Mapping[str, str]:
        """The user ids of those of ``Settings.identities`` that are at hand, by name. Raises
        ProviderError."""
        ...

    def read(self, scope: Scope) -> Snapshot:
        """Actual state of the scope. Raises ProviderError; what one identity may not see is
        Unreadable in the snapshot, never an error."""
        ...

    def close(self) -> None: ...


class Writer(Reader, Protocol):
    def execute(self, step: Step, before_sending: Callable[[], None] = ...) -> Outcome:
        """Send the one call that the step stands for, at most once. Never raises for what the
        platform answers; the caller reads back.

        ``before_sending`` is called at the last moment before each sending (a call that the platform counted
        away is sent again); what it raises comes out, and nothing is sent."""
        ...


class Provider(Protocol):
    """What an entry point of the group ``reconciler.providers`` gives."""

    def reader(self, settings: Settings) -> Reader:
        """Raises ProviderError; DiagnosticsError, with places, where a file that the provider needs is
        wrong. So does ``writer``."""
        ...

    def writer(self, settings: Settings) -> Writer: ...

    def reproducible(self) -> bool:
        """Does it tell the time of a world of its own, so that the same input gives the same bytes?"""
        ...


def names() -> tuple[str, ...]:
    """Names of the installed providers, sorted."""
    return tuple(sorted(point.name for point in entry_points(group=ENTRY_POINT_GROUP)))


def want(name: str, place: SourceRange | None = None) -> None:
    """Raises DiagnosticsError, at ``place``, unless a provider of that name is installed."""
    from difflib import get_close_matches

    known = names()
    if name not in known:
        summary = f'unknown provider "{name}"'
        detail = f"Installed providers: {', '.join(known) or 'none'}."
        meant = next(iter(get_close_matches(name, known, 1)), None)
        raise DiagnosticsError((Diagnostic("error", "unknown-provider", summary, detail, place, meant),))


def find(name: str, place: SourceRange | None = None) -> Provider:
    """The provider of that name. Raises DiagnosticsError as ``want`` does."""
    want(name, place)
    (point,) = entry_points(group=ENTRY_POINT_GROUP, name=name)
    provider: Provider = point.load()()
    return provider
