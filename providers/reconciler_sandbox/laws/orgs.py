"""Routes of one organisation: describe, update, findMembers."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from . import fields, inputs, paging, regions, users
from .effects import Put
from .errors import denied, invalid, not_found
from .records import Member, Org
from .route import Route, Table
from .view import Answer, Call, Caller, View

DESCRIBE_KEYS = frozenset({"fields", "defaultFields"})
UPDATE_KEYS = frozenset({"name", "policies", "defaultRegion", "permittedRegions"})
MEMBERS_KEYS = frozenset({"id", "level", "describe", "limit", "starting"})

POLICIES = {
    "memberListVisibility": ("ADMIN", "MEMBER", "PUBLIC"),
    "restrictProjectTransfer": ("ADMIN", "MEMBER"),
}


def describe(view: View, call: Call) -> Answer:
    org = view.orgs[call.entity]
    if call.user not in org.members:
        if view.switches.org_stranger_view == "PermissionDenied":
            raise denied(f"membership of {org.id} is required")
        if view.switches.org_stranger_view == "ResourceNotFound":
            raise not_found(org.id)
    return Answer(described(view, call.caller, org, call.input))


def described(view: View, caller: Caller, org: Org, given: Mapping[str, object]) -> dict[str, object]:
    """What the caller sees of the org: keys that the caller may not see are missing."""
    full: dict[str, object] = {
        "id": org.id,
        "class": "org",
        "name": org.name,
        "handle": org.id.removeprefix("org-"),
    }
    member = org.members.get(caller.user or "")
    if member is not None:
        full |= _for_members(view, org, member)
    if regions.reads_org_regions(view, member):
        if org.permitted_regions is not None:
            full["permittedRegions"] = list(org.permitted_regions)
        if org.default_region is not None:
            full["defaultRegion"] = org.default_region
    names = fields.chosen(given, tuple(full), tuple(full), (), view.switches)
    return {name: full[name] for name in names}


def _for_members(view: View, org: Org, member: Member) -> dict[str, object]:
    full: dict[str, object] = {"level": member.level, **flags(member), "policies": dict(org.policies)}
    if member.may_bill:
        full["pricingModelsByRegion"] = regions.price_lists(org)
    if member.level == "ADMIN":
        full["admins"] = sorted(user for user, other in org.members.items() if other.level == "ADMIN")
    if view.switches.org_billable_field == "billable":
        full["billable"] = org.billable
    return full


def flags(member: Member) -> dict[str, object]:
    """A member's flags; an ADMIN's are fixed."""
    admin = member.level == "ADMIN"
    return {
        "allowBillableActivities": member.may_bill,
        "appAccess": admin or member.app_access,
        "projectAccess": member.cap,
    }


def update(view: View, call: Call) -> Answer:
    """The documentation: ADMINs only; an empty input is a legal nothing; only named policies change."""
    given, org = call.input, view.orgs[call.entity]
    region = users.default_region_input(view, given)
    name = inputs.text(given, "name", empty=False)
    policies = policies_input(given)
    regions.only_an_org_admin(view, call, org.id)
    changed = structs.replace(org, permitted_regions=regions.permitted_after_update(view, given, org))
    if name is not None:
        changed = structs.replace(changed, name=name)
    if policies is not None:
        changed = structs.replace(changed, policies=org.policies | policies)
    if region is not None:
        regions.known_region(view, region)
        regions.default_is_permitted(view, org, region)
        changed = structs.replace(changed, default_region=region)
    return Answer({"id": org.id}, () if changed == org else (Put(changed),))


def policies_input(given: Mapping[str, object]) -> dict[str, object] | None:
    """The policies that the input names, if it names any."""
    wanted = inputs.mapping(given, "policies")
    if wanted is None:
        return None
    for name, allowed in POLICIES.items():
        if name in wanted and wanted[name] not in allowed:
            raise invalid(f"policy {name} must be one of {', '.join(allowed)}")
    return dict(wanted)


def find_members(view: View, call: Call) -> Answer:
    """Members ascending by id; who may ask is the org's policy memberListVisibility."""
    org, given = view.orgs[call.entity], call.input
    ids = inputs.texts(given, "id")
    level = inputs.one_of(given, "level", ("ADMIN", "MEMBER"))
    describe = fields.embedded(given)
    most, start = paging.limit(given, view.switches), paging.start(given)
    _members_visible(org, call.user)
    found = [
        user
        for user in sorted(org.members)
        if (ids is None or user in ids)
        and (level is None or org.members[user].level == level)
        and (start is None or user >= start[1])
    ]
    results = []
    for user in found[:most]:
        entry = _member(user, org.members[user])
        if describe is not None:
            entry["describe"] = users.described(view, Caller(None), view.users[user], describe)
        results.append(entry)
    return Answer({"results": results, "next": paging.cursor(0, found[most]) if found[most:] else None})


def _members_visible(org: Org, user: str) -> None:
    member = org.members.get(user)
    visibility = org.policies.get("memberListVisibility")
    if visibility == "PUBLIC" or (member is not None and (visibility == "MEMBER" or member.level == "ADMIN")):
        return
    raise denied(f"the members of {org.id} are not visible to the caller")


def _member(user: str, member: Member) -> dict[str, object]:
    return {
        "id": user,
        "level": member.level,
        **flags(member),
        "cloudIntegrationManagement": member.level == "ADMIN",
    }


ROUTES: Table = {
    ("org-", "describe"): Route(describe, DESCRIBE_KEYS),
    ("org-", "update"): Route(update, UPDATE_KEYS),
    ("org-", "findMembers"): Route(find_members, MEMBERS_KEYS, finds=True),
}
