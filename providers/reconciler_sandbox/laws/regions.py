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
from collections.abc import Collection, Mapping

from .errors import Refused, denied, invalid
from .records import Holder, Member, Payer, Project, User
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


def region_after_update(view: View, given: Mapping[str, object], project: Project) -> str:
    """L3: a project's region is chosen at creation; no route takes it afterwards."""
    if "region" in given and view.switches.update_region == "InvalidInput":
        raise invalid("the region of a project cannot be changed", "L3")
    return project.region


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


def offer_looks_at_no_region(_view: View, _project: Project, _invitee: str) -> None:
    """L8: an offer is made whatever the regions; the payer is not known before acceptance (L7)."""


def default_is_permitted(view: View, profile: Payer, region: str) -> None:
    """L9: a profile's default region is among its own permitted regions."""
    if region not in permitted(profile):
        message = f"{region} is not among the permitted regions of {profile.id}"
        raise Refused(view.switches.default_region_error, message, "L9")


def permitted_after_update(view: View, given: Mapping[str, object], profile: Payer) -> tuple[str, ...] | None:
    """L10: permitted regions are granted by the platform's sales; no route sets them."""
    answer = view.switches.update_permitted_regions
    if "permittedRegions" in given and answer != "ignore":
        raise Refused(answer, "permitted regions are granted by the platform's sales only", "L10")
    return profile.permitted_regions


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


def cloned_within_a_region(source: Holder, destination: Holder) -> None:
    """L13: objects are cloned only between projects and containers of one region.

    The message is the platform's own, as a public report of it has it.
    """
    if source.region != destination.region:
        raise invalid("Cannot clone into a project in a different region", "L13")


def run_in_one_region(view: View, region: str, what: str, where: Collection[str]) -> None:
    """L14: what a run needs (executable, bundled objects, inputs) must be in the region of its project.

    ``where``: the regions in which ``what`` is to be had.
    """
    if region not in where:
        known = ", ".join(sorted(where)) or "none"
        message = f"{what} is not available in {region}, the region of the project (it is in: {known})"
        raise Refused(view.switches.run_region_error, message, "L14")


def region_of_data(holder: Holder) -> str:
    """L15: data is stored, and jobs run, in the region of the project; no choice is offered."""
    return holder.region


def region_of_container(owner: str) -> str:
    """L16: a container has the region of what it belongs to: a project, or an app in that region."""
    return owner


def enabled_where_permitted(view: View, payer: Payer, region: str) -> None:
    """L17: an app or global workflow is enabled only in regions permitted for its payer."""
    known_region(view, region)
    if region not in permitted(payer):
        raise denied(f"{region} is not permitted for {payer.id}, the payer of the app", "L17")


def executable_lies_there(view: View, executable: str, lies: Collection[str], region: str) -> None:
    """L18: the applet or workflow behind an app's region lies in that region."""
    if region not in lies:
        message = f"{executable} is not in {region}, the region that it is to serve"
        raise Refused(view.switches.app_applet_region_error, message, "L18")


def bundled_lie_there(view: View, bundled: str, lies: Collection[str], region: str) -> None:
    """L19: what an applet bundles lies in the applet's region."""
    if region not in lies:
        message = f"the bundled object {bundled} is not in {region}, the region of the applet"
        raise Refused(view.switches.bundled_region_error, message, "L19")


_INSTANCE_TYPE = re.compile(r"(?:(?P<cloud>azure|oci):)?mem\d+_(?:ssd|hdd)\d+(?:_[a-z0-9]+)*_x\d+")


def instance_type_of_cloud(region: str, instance_type: str) -> None:
    """L20: an instance type belongs to one cloud: ``azure:`` and ``oci:`` before it, nothing on aws."""
    match = _INSTANCE_TYPE.fullmatch(instance_type)
    if match is None or (match["cloud"] or "aws") != region.partition(":")[0]:
        raise invalid(f"{instance_type} is not an instance type of {region}", "L20")


def runs_where_it_is(view: View, payer: Payer, region: str) -> None:
    """L21: a payer's loss of a region stops nothing that is there; only new projects and payers are
    barred from it."""
    if view.switches.run_needs_permitted == "yes" and region not in permitted(payer):
        raise denied(f"{region} is not permitted for {payer.id}", "L21")


def still_enabled(view: View, payer: Payer, regions: Collection[str]) -> list[str]:
    """L21 for apps: those of the regions where an app stays enabled."""
    if view.switches.app_keeps_regions == "yes":
        return list(regions)
    return [region for region in regions if region in permitted(payer)]


def permitted(payer: Payer) -> tuple[str, ...]:
    """L22: the payer's own set counts; users' and orgs' sets are independent of each other."""
    return payer.permitted_regions or ()


def price_lists(profile: Payer) -> dict[str, object]:
    """L23: price lists are keyed by region, and only regions permitted to the profile appear."""
    regions = permitted(profile)
    if profile.pricing is None:
        return {region: {"currency": "USD"} for region in regions}
    return {region: model for region, model in profile.pricing.items() if region in regions}


def reads_org_regions(view: View, member: Member | None) -> bool:
    """L24: no route shows the permitted regions of a foreign profile, and none lists all regions.

    That members who may not bill read their organisation's regions too is inferred.
    """
    if member is None:
        return False
    return member.may_bill or view.switches.org_member_sees_regions == "yes"
