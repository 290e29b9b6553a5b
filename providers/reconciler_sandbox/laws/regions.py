"""The region laws L1 to L24, as far as the routes that are here can break them: one function each.

Source of all, unless a docstring says otherwise: the platform's documentation page on regions. Laws
without a function, because keeping them means not having something:

L8   offering a transfer does not look at regions: ``transfer`` calls nothing in here.
L21  losing a permitted region moves, stops and destroys nothing: the sales desk's grant only
     changes the profile.
L24  no route lists all regions, nor the permitted regions of a foreign profile.

(L13 to L20 speak of cloning, running and apps.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import Refused, denied, invalid
from .records import Payer, Project, User
from .rights import need_admin
from .switches import Switches
from .view import Call, Caller, View

_FORM = re.compile(r"(aws|azure|oci):[a-z0-9-]+")


def region_form(value: object, switches: Switches) -> str:
    """L1: a region is a string ``cloud:geo`` with the cloud aws, azure or oci, in lower case."""
    if not isinstance(value, str):
        raise invalid("region must be a string", "L1")
    region = value.lower() if switches.region_case == "fold" else value
    if not _FORM.fullmatch(region):
        raise invalid(f'"{value}" is not a region of the form cloud:geo', "L1")
    return region


def known_region(view: View, region: str) -> None:
    """L2: a region must be one that the platform knows (the official client's tests rely on it)."""
    if region not in view.regions:
        raise invalid(f"{region} is not a region of this platform", "L2")


def a_region_never_changes(view: View, given: Mapping[str, object]) -> None:
    """L3: a project's region is chosen at creation; no route takes it afterwards."""
    if "region" in given and view.switches.update_region == "InvalidInput":
        raise invalid("the region of a project cannot be changed", "L3")


def default_region(view: View, call: Call, payer: Payer) -> str:
    """L4: a creation without a region gets the default region of the payer, not of the caller.

    Whose default it is, is remembered from the documentation of ``/project/new``.
    """
    switches = view.switches
    profile = payer if switches.default_region_of == "payer" else view.users[call.user]
    if profile.default_region is not None:
        return profile.default_region
    if switches.no_default_region == "aws:us-east-1":
        return "aws:us-east-1"
    if switches.no_default_region == "first_permitted" and payer.permitted_regions:
        return payer.permitted_regions[0]
    raise invalid(f"no region was given and {profile.id} has no default region", "L4")


def creation_permitted(view: View, payer: Payer, region: str) -> None:
    """L5: a new project's region is among the permitted regions of its payer (L22: not the caller's).

    The answer, PermissionDenied, is what the official client's build of an app meets.
    """
    if region not in permitted(payer):
        raise denied(f"{payer.id} may not create projects in {region}", "L5")
    wanted = view.switches.retired_regions
    if view.regions[region].retired and wanted != "allow":
        raise Refused(wanted, f"{region} is retired: no project can be created there", "L5")


def rebilling_permitted(view: View, payer: Payer, project: Project) -> None:
    """L6: a project changes its payer only to one for whom its region is permitted."""
    _may_pay_in(view, payer, project, "L6")


def acceptance_permitted(view: View, payer: Payer, project: Project) -> None:
    """L7: a transfer is accepted only with a payer for whom the project's region is permitted."""
    _may_pay_in(view, payer, project, "L7")


def _may_pay_in(view: View, payer: Payer, project: Project, law: str) -> None:
    if project.region not in permitted(payer):
        message = f"{project.id} lies in {project.region}, which is not permitted for {payer.id}"
        raise Refused(view.switches.bill_to_region_error, message, law)


def default_is_permitted(view: View, profile: Payer, region: str) -> None:
    """L9: a profile's default region is among its own permitted regions."""
    if region not in permitted(profile):
        message = f"{region} is not among the permitted regions of {profile.id}"
        raise Refused(view.switches.default_region_error, message, "L9")


def permitted_regions_are_sales_only(view: View, given: Mapping[str, object]) -> None:
    """L10: permitted regions are granted by the platform's sales; no route sets them."""
    answer = view.switches.update_permitted_regions
    if "permittedRegions" in given and answer != "ignore":
        raise Refused(answer, "permitted regions are granted by the platform's sales only", "L10")


def only_the_user(call: Call, user: str) -> None:
    """L11, first half: a user's default region (and the rest of the profile) is that user's alone."""
    if call.user != user or call.caller.scope is not None:
        raise denied(f"only {user} may change these settings", "L11")


def only_an_org_admin(view: View, call: Call, org: str) -> None:
    """L11, second half: an org's default region is set by its ADMINs only."""
    try:
        need_admin(view.orgs[org], call.user)
    except Refused as refused:
        raise denied(refused.message, "L11") from None


def reads_user_regions(caller: Caller, user: User) -> bool:
    """L12: a user's region fields are readable by that user alone, with a full-scope token."""
    return caller.user == user.id and caller.scope is None


def permitted(payer: Payer) -> tuple[str, ...]:
    """L22: the payer's own set counts; users' and orgs' sets are independent of each other."""
    return payer.permitted_regions or ()


def price_lists(profile: Payer) -> dict[str, object]:
    """L23: price lists are keyed by region, and only regions permitted to the profile appear."""
    regions = permitted(profile)
    if profile.pricing is None:
        return {region: {"currency": "USD"} for region in regions}
    return {region: model for region, model in profile.pricing.items() if region in regions}
