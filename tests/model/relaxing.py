"""What it means to take a blocking fact away: the platform as it would be if that fact suited the change.

The fact becomes whatever suits best, in the records of the platform: permitted regions are all regions, a
membership is ADMIN, a level is ADMINISTER, the transfer policy is MEMBER, no offer is pending, the payer is
there, the project lies where it is wanted, and is billed to one who lets it go.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.oracle import Record, with_records
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Member, Org, User
from reconciler_sandbox.state import State

from reconciler.model.desired import Project as Desired

GENEROUS = "org-generous"


def facts_of(text: str) -> tuple[str, str, str]:
    """Subject, attribute and identity of a fact's id."""
    name, _, identity = text.partition("@")
    subject, _, attribute = name.partition(".")
    return subject, attribute, identity


def relaxed(state: State, wanted: Desired, identities: tuple[str, ...], facts: Iterable[str]) -> State:
    """The platform with these facts taken away, for the sake of a project as it is wanted. Raises
    LookupError for a fact that cannot be taken away."""
    for fact in facts:
        state = with_records(state, _changed(state, wanted, identities, facts_of(fact)))
    return state


def _changed(
    state: State, wanted: Desired, identities: tuple[str, ...], fact: tuple[str, str, str]
) -> Iterable[Record]:
    subject, attribute, identity = fact
    if attribute == "exists" and not subject.startswith("project-"):
        yield _made(state, subject, identities)
    elif subject in state.projects:
        yield from _project(state, wanted, identities, fact)
    else:
        there = state.orgs.get(subject) or state.users[subject]
        yield _payer(state, there, attribute, identity)


def _made(state: State, payer: str, identities: tuple[str, ...]) -> Org | User:
    regions = tuple(state.regions)
    if payer.startswith("user-"):
        return User(payer, payer, permitted_regions=regions, default_region=regions[0])
    members = {user: Member("ADMIN", True, "ADMINISTER") for user in identities}
    policies: dict[str, object] = {"restrictProjectTransfer": "MEMBER", "memberListVisibility": "ADMIN"}
    return Org(payer, payer, members, policies, permitted_regions=regions, default_region=regions[0])


def _payer(state: State, there: Org | User, attribute: str, identity: str) -> Org | User:
    match attribute, there:
        case "permitted_regions", _:
            return replace(there, permitted_regions=tuple(state.regions))
        case "default_region", _:
            return replace(there, default_region=(there.permitted_regions or tuple(state.regions))[0])
        case "membership", Org():
            return replace(there, members={**there.members, identity: Member("ADMIN", True, "ADMINISTER")})
        case "restrict_project_transfer", Org():
            return replace(there, policies={**there.policies, "restrictProjectTransfer": "MEMBER"})
        case _:
            raise LookupError(attribute)


def _project(
    state: State, wanted: Desired, identities: tuple[str, ...], fact: tuple[str, str, str]
) -> Iterable[Record]:
    subject, attribute, identity = fact
    project = state.projects[subject]
    match attribute:
        case "level":
            yield replace(project, members={**project.members, identity: "ADMINISTER"})
        case "pending_transfer":
            yield replace(project, pending_transfer=None)
        case "region":
            yield replace(project, region=_fitting(state, wanted, project.region))
        case "bill_to":
            yield replace(_made(state, GENEROUS, ()), members={user: Member() for user in identities})
            yield replace(project, bill_to=GENEROUS)
        case _:
            raise LookupError(attribute)


def _fitting(state: State, wanted: Desired, region: str) -> str:
    """Where the TOML wants the project; if it says nothing new, where its wanted payer may have it."""
    if wanted.region not in (None, region):
        return str(wanted.region)
    payer = state.orgs.get(wanted.bill_to or "") or state.users.get(wanted.bill_to or "")
    return region if payer is None else (payer.permitted_regions or (region,))[0]
