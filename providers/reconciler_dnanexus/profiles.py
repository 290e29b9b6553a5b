"""Payers as the platform describes them, each field by who may read it.

A user's region settings are told to that user alone; an org's to its members. Must not know projects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from reconciler.model.actual import Membership, Profile
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable
from reconciler_dnanexus import routes, wire
from reconciler_dnanexus.callers import Callers
from reconciler_dnanexus.failures import PERMISSION_DENIED, RESOURCE_NOT_FOUND, PlatformError
from reconciler_dnanexus.session import Session
from reconciler_dnanexus.wire import ProfileDescription


class _Denied(Struct, frozen=True):
    """The platform would not describe it to this caller."""


class _Unknown(Struct, frozen=True):
    """The platform says that there is no such user or org."""


def read_profile(callers: Callers, payer: str) -> Profile:
    """The payer as all identities together see it. Raises ProviderError."""
    return _org(callers, payer) if payer.startswith("org-") else _user(callers, payer)


def admin_of(callers: Callers, profile: Profile | None) -> tuple[str, Session] | None:
    """The first identity that is ADMIN of the org."""
    for user, session in callers:
        member = profile.memberships.get(user) if profile else None
        if isinstance(member, Membership) and member.level == "ADMIN":
            return user, session
    return None


def _user(callers: Callers, payer: str) -> Profile:
    user, session = callers.best_for(payer)
    told = _describe(session, payer)
    if isinstance(told, _Unknown):
        return _missing(callers, payer, user)
    only = f"only {payer} can read it"
    why = f"{only}, with a token of full scope" if user == payer else only
    if isinstance(told, _Denied):
        return Profile(payer, Unreadable(why), Unreadable(why), Unreadable(why), ABSENT, {}, user)
    default, permitted = wire.regions(told, why)
    return Profile(payer, True, default, permitted, ABSENT, {}, user, wire.priced(told, why))


def _org(callers: Callers, org: str) -> Profile:
    answers = {user: _describe(session, org) for user, session in callers}
    if all(isinstance(told, _Unknown) for told in answers.values()):
        return _missing(callers, org, callers.default)
    told = {user: one for user, one in answers.items() if isinstance(one, ProfileDescription)}
    only = f"only members of {org} can read it"
    reader = next((user for user, one in told.items() if isinstance(one.permitted_regions, list)), None)
    reader = reader or next(iter(told), callers.default)
    best = told.get(reader, ProfileDescription())
    default, permitted = wire.regions(best, only)
    return Profile(
        org,
        True if told else Unreadable(only),
        default,
        permitted,
        _restrict_transfer(told.values(), only),
        {user: _membership(one, only) for user, one in answers.items()},
        reader,
        wire.priced(best, f"only ADMINs of {org} and members who may bill to it can read it"),
    )


def _describe(session: Session, payer: str) -> ProfileDescription | _Denied | _Unknown:
    # The default fields hold all that we need; naming fields that a caller may not see could fail.
    try:
        return session.read(routes.describe(payer), {}, wire.PROFILE)
    except PlatformError as error:
        if error.type == PERMISSION_DENIED:
            return _Denied()
        if error.type == RESOURCE_NOT_FOUND:
            return _Unknown()
        raise


def _missing(callers: Callers, payer: str, read_by: str) -> Profile:
    members: dict[str, Maybe[Membership]] = {}
    if payer.startswith("org-"):
        members = dict.fromkeys(callers.users, ABSENT)
    return Profile(payer, False, ABSENT, frozenset(), ABSENT, members, read_by)


def _membership(told: ProfileDescription | _Denied | _Unknown, why: str) -> Maybe[Membership]:
    match told:
        case ProfileDescription():
            return wire.membership(told)
        case _Denied():
            return Unreadable(why)
        case _Unknown():
            # Another identity was told that the org exists: hidden from those outside it.
            return ABSENT


def _restrict_transfer(told: Iterable[ProfileDescription], why: str) -> Maybe[Literal["ADMIN", "MEMBER"]]:
    for one in told:
        if isinstance(one.policies, wire.Policies):
            match one.policies.restrict_project_transfer:
                case "ADMIN":
                    return "ADMIN"
                case "MEMBER":
                    return "MEMBER"
                case _:
                    why = wire.NOT_REPORTED.reason
    return Unreadable(why)
