"""What commands that talk to a provider share: the workspace, the provider's settings, the header."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from typing import TypeVar

from msgspec.structs import replace

from reconciler import provider
from reconciler.cli import addresses
from reconciler.cli.console import Console
from reconciler.cli.exitcodes import USAGE
from reconciler.cli.stop import stop
from reconciler.ledger import Ledger, open_ledger
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.diagnostics import DiagnosticEntry, DiagnosticsError, SourceRange, error
from reconciler.model.head import Options
from reconciler.model.plan import ConfigRef, Forgotten, GitState, Plan, Source
from reconciler.provider import Reader, Settings
from reconciler.views.pages import Header, PolicyNote

SANDBOX = "sandbox"
"""The provider whose world is this machine's own: nothing outside can be harmed."""

Place = TypeVar("Place", Source, DiagnosticEntry)

_PLACES = (
    "region",
    "bill_to",
    "name",
    "id",
    "adopt",
    "recreate",
    "default_region",
    "permitted_regions",
    "max_changes",
    "max_change_percent",
    "allow_empty",
    None,
)


def load(path: str) -> Workspace:
    """The workspace at ``path``. Raises DiagnosticsError with every error that there is."""
    from reconciler import config

    return config.load(path)


def baseline(workspace: Workspace) -> Baseline:
    """What was last applied, by the workspace's ledger. Raises DiagnosticsError where it cannot be read."""
    with closing(ledger_of(workspace)) as kept:
        return kept.baseline()


def ledger_of(workspace: Workspace) -> Ledger:
    """The workspace's ledger; nothing is read yet. Raises DiagnosticsError for a wrong URL of one."""
    return open_ledger(workspace.directory, workspace.name, workspace.provider.ledger)


def want_provider(workspace: Workspace) -> None:
    """Raises DiagnosticsError, at its place, for a provider that is not installed."""
    name = workspace.provider.type
    if name not in provider.names():  # finding the place costs more than a whole plan
        provider.want(name, workspace.sources.locate("provider", "type"))


def provider_of(workspace: Workspace) -> provider.Provider:
    """The provider that the workspace names. Raises DiagnosticsError, at its place."""
    want_provider(workspace)
    return provider.find(workspace.provider.type)


def want_reproducible(workspace: Workspace, kind: provider.Provider) -> None:
    """Raises Stop where the platform has no clock of its own: then no two runs give the same bytes."""
    if not kind.reproducible():
        why = f"--reproducible needs a world with a clock of its own; {workspace.provider.type} has none"
        raise stop(USAGE, "reproducible", why)


def workspace_beside(file: str) -> str:
    """Where a saved plan is probably to be applied: here, unless only its own folder has TOML."""
    folder = os.path.dirname(file)
    here, there = (any(name.endswith(".toml") for name in os.listdir(at)) for at in (".", folder or "."))
    return folder if there and not here else "."


def accepted(workspace: Workspace) -> frozenset[Address]:
    """Addresses of payers that may be unreadable without an exit code of their own."""
    users = {f"users.{key}" for key, user in workspace.users.items() if user.unreadable == "accept"}
    orgs = {f"orgs.{key}" for key, org in workspace.orgs.items() if org.unreadable == "accept"}
    return frozenset(users | orgs)


def settings(workspace: Workspace, identity: str | None, console: Console) -> Settings:
    """What the provider needs to know. Raises Stop for an identity that is not in the TOML."""
    if identity is not None and identity not in workspace.identities:
        known = ", ".join(workspace.identities) or "none"
        raise stop(1, "unknown-identity", f'no identity "{identity}" in the TOML', f"There are: {known}.")
    return Settings(
        workspace.directory, workspace.provider, workspace.identities, os.environ, identity, console.progress
    )


def reader_for(
    user: str, workspace: Workspace, reader: Reader, console: Console
) -> tuple[Reader, str | None] | None:
    """Where the user is at hand, but not the one as whom ``reader`` acts: a reader that does, and the name of
    that identity (None: dx's own login). Raises ProviderError."""
    first, *others = reader.identities()
    if user == first or user not in others:
        return None
    name = next((name for name, whose in reader.logins().items() if whose == user), None)
    return provider_of(workspace).reader(settings(workspace, name, console)), name


def with_logins(workspace: Workspace, reader: Reader) -> Workspace:
    """The workspace with warnings about whose tokens its identities are; the first thing that is asked.

    Raises DiagnosticsError where one belongs to somebody else than the TOML says, and ProviderError.
    """
    if not workspace.identities:
        return workspace
    from reconciler import config

    found = config.whose(workspace, reader.logins())
    if any(one.severity == "error" for one in found):
        raise DiagnosticsError(found)
    return replace(workspace, warnings=(*workspace.warnings, *found)) if found else workspace


def options(workspace: Workspace, reproducible: bool = False) -> Options:
    """What a document says of this tool and of the configuration's version control."""
    return Options(version(), reproducible, None if reproducible else git_state(workspace.directory))


def version() -> str:
    """The installed version of the tool."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("region-reconciler")
    except PackageNotFoundError:
        return "unknown"


def git_state(directory: str) -> GitState | None:
    """Commit and cleanness of the configuration; None where it is in no git repository."""
    if not any(os.path.exists(os.path.join(folder, ".git")) for folder in _upwards(directory)):
        return None
    commit = _git(directory, "rev-parse", "HEAD")
    changes = _git(directory, "status", "--porcelain", "--", ".")
    return None if commit is None or changes is None else GitState(commit, bool(changes))


def _upwards(folder: str) -> list[str]:
    folders = [folder]
    while (parent := os.path.dirname(folders[-1])) != folders[-1]:
        folders.append(parent)
    return folders


def _git(directory: str, *arguments: str) -> str | None:
    """What git prints; None where it is not installed or fails. A repository's own hooks are not run."""
    import subprocess

    command = ["git", "-C", directory, "-c", "core.fsmonitor=false", "--no-optional-locks", *arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def header(plan: Plan, reader: Reader | None = None) -> Header:
    """The first line for a plan just made by ``reader``, or for a saved one."""
    where, touches = plan.provider.endpoint, None
    if reader is not None:
        # A reproducible plan names the kind of its platform alone; so does its text.
        where = where if where == plan.provider.type else reader.address
        touches = reader.touches
    return Header(plan.provider.type, where, plan.identity, plan.workspace, touches, acting=plan.apply_as)


def locator(workspace: Workspace, plan: Plan) -> Callable[[str, int, int], SourceRange | None]:
    """Finds the source line of a refusal's place, asking only for addresses that are refused."""
    by_place = {
        (refusal.source.file, refusal.source.line, refusal.source.column): refusal.address
        for refusal in plan.refusals
        if refusal.source is not None
    }

    def locate(file: str, line: int, column: int) -> SourceRange | None:
        address = by_place.get((file, line, column))
        for attribute in _PLACES if address else ():
            found = workspace.sources.locate(address or "", attribute)
            if found is not None and (found.line, found.column) == (line, column):
                return SourceRange(file, line, column, found.length, found.snippet)
        return None

    return locate


def places(workspace: Workspace) -> Callable[[Address | None, str | None], SourceRange | None]:
    """Finds an address and one of its attributes in the TOML; None has no place."""

    def locate(address: Address | None, attribute: str | None) -> SourceRange | None:
        return None if address is None else workspace.sources.locate(address, attribute)

    return locate


def linker(workspace: Workspace, made_of: ConfigRef, template: str) -> Callable[[SourceRange], str]:
    """Makes the address of a line of the TOML from a template with {commit}, {file} and {line}. Raises
    DiagnosticsError where the commit is wanted and none is known."""
    if made_of.git is None and "{commit}" in template:
        raise error("no-commit", "--link-template has {commit}, but the TOML is in no git repository")
    commit = made_of.git.commit if made_of.git else ""
    folder = workspace.shown if os.path.isdir(workspace.shown) else os.path.dirname(workspace.shown)

    def link(source: SourceRange) -> str:
        from urllib.parse import quote

        file = quote(os.path.relpath(source.file, folder or "."))
        return template.format(commit=commit, file=file, line=source.line)

    return link


def portable(plan: Plan, workspace: Workspace) -> Plan:
    """The plan with its places relative to the workspace, wherever the checkout lies."""
    shown = workspace.shown
    folder = shown if os.path.isdir(shown) else os.path.dirname(shown)

    def relative(place: Place) -> Place:
        return (
            place if place.file is None else replace(place, file=os.path.relpath(place.file, folder or "."))
        )

    return replace(
        plan,
        refusals=tuple(
            replace(refusal, source=refusal.source and relative(refusal.source)) for refusal in plan.refusals
        ),
        warnings=tuple(map(relative, plan.warnings)),
    )


def policy_notes(workspace: Workspace, violated: Collection[str]) -> dict[str, PolicyNote]:
    """What is to be said of the policies that are ``violated``, by their ids."""
    return {
        policy.id: PolicyNote(
            ", ".join(policy.regions), policy.reason, workspace.sources.locate(f"policies.{policy.id}")
        )
        for policy in workspace.policies
        if policy.id in violated
    }


def names(snapshot: Snapshot, plan: Plan) -> dict[str, str]:
    """Names of the projects that violate a policy, as far as they could be read."""
    found = (snapshot.projects.get(violation.project) for violation in plan.violations)
    return {p.id: p.name for p in found if p is not None and isinstance(p.name, str)}


def recorded(workspace: Workspace, baseline: Baseline) -> tuple[Forgotten, ...]:
    """What has left the TOML and was told by an earlier apply."""
    there = {*addresses.known(workspace), *workspace.moved}
    return tuple(Forgotten(a, i) for a, i in sorted(baseline.forgotten.items()) if a not in there)


def titles(plan: Plan) -> dict[str, str]:
    """Titles of the rules that refuse something in the plan."""
    return titles_of(refusal.rule for refusal in plan.refusals)


def titles_of(names: Iterable[str]) -> dict[str, str]:
    """Titles of these rules."""
    from reconciler import rules

    found = {name: rules.find(name) for name in names}
    return {name: rule.title for name, rule in found.items() if rule is not None}
