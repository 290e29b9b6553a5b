"""Routes of one project: new, describe, update, destroy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import structs

from . import contents, inputs, jobs, payers, project_fields, project_settings, regions, rights
from .effects import Drop, Put
from .errors import Refused, denied, invalid
from .records import Payer, Project
from .route import Route, Table
from .view import Answer, Call, View

NEW_KEYS = project_settings.KEYS | {"billTo", "region", "tags", "properties", "drive", "nonce"}
UPDATE_KEYS = project_settings.KEYS | {"billTo", "version", "region"}
DESTROY_KEYS = frozenset({"terminateJobs"})


def new(view: View, call: Call) -> Answer:
    """Not idempotent and not protected by a nonce: the same request again makes another project.

    The order of the checks: shape, payer exists and may be used, region known, region permitted,
    limits of the contract.
    """
    given = call.input
    if call.caller.scope is not None:
        raise denied("a token of full scope is required")
    draft = _draft(view, call)
    asked = payers.payer_input(given)
    region = regions.region_form(given["region"], view.switches) if "region" in given else None
    payer = payers.billable_by_caller(view, call, asked or view.users[call.user].bill_to, creating=True)
    region = regions.default_region(view, call, payer) if region is None else region
    regions.known_region(view, region)
    regions.creation_permitted(view, payer, region)
    payers.within_limits(payer)
    if "containsPHI" in draft.flags:
        payers.phi_enabled(payer)
    project = structs.replace(
        draft,
        id=call.new_id("project"),
        region=region,
        bill_to=payer.id,
        members=_first_members(view, call, payer),
    )
    return Answer({"id": project.id}, (Put(project),))


def _draft(view: View, call: Call) -> Project:
    """The project as far as it does not hang on its payer."""
    given, switches = call.input, view.switches
    if "nonce" in given and switches.project_new_nonce == "InvalidInput":
        raise invalid("a project's creation takes no nonce")
    properties = inputs.properties(given, switches, deletable=False) or {}
    return Project(
        id="",
        name=inputs.need_text(given, "name"),
        region="",
        bill_to="",
        created_by=call.user,
        created=call.now,
        modified=call.now,
        members={},
        properties=cast(dict[str, str], properties),
        tags=tuple(dict.fromkeys(inputs.tags(given, switches) or ())),
        flags=project_settings.flags(given, ()),
        summary=inputs.text(given, "summary") or "",
        description=inputs.text(given, "description") or "",
        extras=project_settings.extras(given, None),
    )


def _first_members(view: View, call: Call, payer: Payer) -> dict[str, str]:
    """The documentation: the caller becomes the only member, with ADMINISTER."""
    members = {call.user: "ADMINISTER"}
    org = view.orgs.get(payer.id)
    if org is not None and view.switches.new_project_org_members == "admins":
        members |= {user: "ADMINISTER" for user, member in org.members.items() if member.level == "ADMIN"}
    return members


def describe(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    level = rights.level_of(view, call.caller, project)
    sees_transfer = level == "ADMINISTER" or rights.offered(call.caller, project)
    names = project_fields.NAMES
    if not sees_transfer:
        names = tuple(name for name in names if name != project_fields.ADMIN_ONLY)
    describer = project_fields.Describer(view, call.input, names)
    return Answer((describer.offered if sees_transfer else describer.full)(project, level))


def update(view: View, call: Call) -> Answer:
    """Settings and payer. A region is no input: it is ignored, and nothing changes (L3)."""
    given, before = call.input, view.projects[call.entity]
    region = regions.region_after_update(view, given, before)
    name = inputs.text(given, "name", empty=False)
    texts = {key: inputs.text(given, key) for key in project_settings.TEXTS}
    bill_to = payers.payer_input(given)
    flags = project_settings.flags(given, before.flags)
    extras = project_settings.extras(given, before.extras)
    if "version" in given and not inputs.is_int(given["version"]):
        raise invalid("version must be an integer")
    same = bill_to == before.bill_to

    def may() -> None:
        rights.need_level(view, call, before, "ADMINISTER")
        if bill_to is not None and not same:
            rights.may_take_billing_away(view, call, before)

    def stands() -> None:
        _version_is_current(view, given, before)
        if same and view.switches.same_bill_to == "error":
            raise invalid(f"{before.id} is billed to {bill_to} already")
        if bill_to is not None and not same:
            _no_transfer_pending(view, before)

    def pays() -> None:
        if bill_to is not None and not same:
            _may_be_rebilled(view, call, before, bill_to)
        if "containsPHI" in flags and "containsPHI" not in before.flags:
            payers.phi_enabled(payers.payer(view, bill_to or before.bill_to))

    payers.in_order(view.switches, rights=may, state=stands, payer=pays)
    changed = structs.replace(
        before,
        name=name or before.name,
        region=region,
        summary=before.summary if texts["summary"] is None else texts["summary"],
        description=before.description if texts["description"] is None else texts["description"],
        bill_to=bill_to or before.bill_to,
        flags=flags,
        extras=extras,
        pending_transfer=_pending_after(view, before, rebilled=bill_to is not None and not same),
    )
    return Answer({"id": before.id}, (Put(_stamped(changed, call)),))


def _stamped(project: Project, call: Call) -> Project:
    return structs.replace(project, version=project.version + 1, modified=call.now)


def _version_is_current(view: View, given: Mapping[str, object], project: Project) -> None:
    if "version" in given and given["version"] != project.version:
        message = f"version {given['version']} was given, but {project.id} is at version {project.version}"
        raise Refused(view.switches.version_error, message)


def _no_transfer_pending(view: View, project: Project) -> None:
    if project.pending_transfer is not None and view.switches.pending_blocks_bill_to == "InvalidState":
        raise Refused("InvalidState", f"a transfer of {project.id} to {project.pending_transfer} is pending")


def _may_be_rebilled(view: View, call: Call, project: Project, bill_to: str) -> None:
    payer = payers.billable_by_caller(view, call, bill_to, creating=False)
    regions.rebilling_permitted(view, payer, project)
    payers.within_limits(payer)


def _pending_after(view: View, project: Project, *, rebilled: bool) -> str | None:
    if rebilled and view.switches.pending_blocks_bill_to == "allow_and_cancel":
        return None
    return project.pending_transfer


def destroy(view: View, call: Call) -> Answer:
    """Final: the id is never used again, and all that is in the project goes with it.

    ``terminateJobs``: without it, jobs that have not ended are in the way.
    """
    terminate = inputs.flag(call.input, "terminateJobs") or False
    project = view.projects[call.entity]
    rights.need_level(view, call, project, "ADMINISTER")
    running = [id for _, id in view.jobs_in(project.id) if view.jobs[id].state not in jobs.ENDED]
    if running and not terminate:
        raise Refused("InvalidState", f"{project.id} has jobs that have not ended, such as {running[0]}")
    return Answer({"id": project.id}, (*contents.emptied(view, project), Drop(project)))


ROUTES: Table = {
    ("project", "new"): Route(new, NEW_KEYS),
    ("project-", "describe"): Route(
        describe, project_fields.DESCRIBE_KEYS, open=True, scoped=True, recipient=True
    ),
    ("project-", "update"): Route(update, UPDATE_KEYS, scoped=True),
    ("project-", "destroy"): Route(destroy, DESTROY_KEYS, scoped=True),
}
