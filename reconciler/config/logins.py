"""Whose tokens the identities of a workspace turned out to be, told at the lines that say otherwise.

A token of somebody else would act with another person's rights: where the TOML says whose it must
be, nothing goes on. Must not know how a provider finds that out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, Severity, SourceRange

OTHER_USER = "other-user"
SAME_USER = "same-user"


def whose(workspace: Workspace, logins: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Errors and warnings about the identities at hand; ``logins``: name in ``[identities]`` → user."""
    return tuple(sorted((*_others(workspace, logins), *_same(workspace, logins)), key=_severity))


def _severity(found: Diagnostic) -> Severity:
    return found.severity


def _others(workspace: Workspace, logins: Mapping[str, str]) -> Iterator[Diagnostic]:
    spoken_of = {*workspace.users, *(one.bill_to for one in workspace.projects.values())}
    for name, user in logins.items():
        identity = workspace.identities[name]
        meant = identity.user or f"user-{name}"
        mend = f'Put a token of {meant} into {identity.token_env}, or write user = "{user}".'
        theirs = f"the token of identity {name} belongs to {user}"
        if user == meant:
            continue
        if identity.user is not None:
            place = _place(workspace, name, "user")
            yield Diagnostic("error", OTHER_USER, f"{theirs}, not to {meant}", mend, place)
        elif meant in spoken_of:
            place = _place(workspace, name, "token_env")
            yield Diagnostic("warning", OTHER_USER, f"{theirs}, and the TOML speaks of {meant}", mend, place)


def _same(workspace: Workspace, logins: Mapping[str, str]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for name, user in logins.items():
        other = first.setdefault(user, name)
        written = [workspace.identities[one].user for one in (other, name)]
        if other == name or written == [user, user]:  # what is written alike is told without a login
            continue
        place = _place(
            workspace, name, "user" if workspace.identities[name].token_env is None else "token_env"
        )
        summary = f"identities {other} and {name} are both {user}: one of them adds nothing"
        yield Diagnostic("warning", SAME_USER, summary, None, place)


def _place(workspace: Workspace, name: str, attribute: str) -> SourceRange | None:
    return workspace.sources.locate(f"identities.{name}", attribute)
