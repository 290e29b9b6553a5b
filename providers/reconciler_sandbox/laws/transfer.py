"""Routes that hand a project to another user: transfer, acceptTransfer, cancelTransfer.

The platform's documentation: an offer looks at no region (the payer is not known yet); only the user
to whom the project is offered can accept, naming a payer of their own, and then the region counts.
"""

from __future__ import annotations

from msgspec import structs

from . import classes, inputs, payers, regions, rights, sharing
from .effects import Put
from .errors import Refused, denied, invalid
from .records import Project
from .route import Route, Table
from .view import Answer, Call, View

TRANSFER_KEYS = frozenset({"invitee", "suppressEmailNotification"})
ACCEPT_KEYS = frozenset({"billTo"})


def transfer(view: View, call: Call) -> Answer:
    """Offers the project to a user; payer and members stay until that user accepts."""
    given, project = call.input, view.projects[call.entity]
    if given.get("invitee") is None and "invitee" in given and _cancelled_by_null(view):
        return _cancel(view, call, project)
    invitee = inputs.need_text(given, "invitee")
    inputs.flag(given, "suppressEmailNotification")
    classes.need(invitee, "invitee", ("user",))

    def may() -> None:
        _may_offer(view, call, project)

    def stands() -> None:
        if project.pending_transfer is not None and view.switches.retransfer == "InvalidState":
            raise Refused("InvalidState", f"{project.id} is offered to {project.pending_transfer} already")

    def exists() -> None:
        regions.offer_looks_at_no_region(view, project, sharing.user_id(view, invitee))

    payers.in_order(view.switches, rights=may, state=stands, payer=exists)
    return _offered(call, project, sharing.user_id(view, invitee))


def _cancelled_by_null(view: View) -> bool:
    return view.switches.cancel_transfer == "null_invitee"


def cancel(view: View, call: Call) -> Answer:
    """A route of its own for taking an offer back; not there unless the switch says so."""
    return _cancel(view, call, view.projects[call.entity])


def _cancel(view: View, call: Call, project: Project) -> Answer:
    _may_offer(view, call, project)
    if project.pending_transfer is None:
        return Answer({"id": project.id})
    return _offered(call, project, None)


def _may_offer(view: View, call: Call, project: Project) -> None:
    rights.need_level(view, call, project, "ADMINISTER")
    rights.may_take_billing_away(view, call, project)


def _offered(call: Call, project: Project, user: str | None) -> Answer:
    changed = structs.replace(project, pending_transfer=user, modified=call.now)
    return Answer({"id": project.id}, (Put(changed),))


def accept(view: View, call: Call) -> Answer:
    """The recipient takes the project over. Former members keep their levels."""
    project = view.projects[call.entity]
    bill_to = payers.payer_input(call.input)
    if bill_to is None:
        raise invalid("billTo is required")

    def may() -> None:
        if project.pending_transfer not in (None, call.user) or call.caller.scope is not None:
            raise denied(f"{project.id} is offered to somebody else")

    def stands() -> None:
        if project.pending_transfer is None:
            raise Refused("InvalidState", f"no transfer of {project.id} is pending")
        if bill_to == project.bill_to and view.switches.accept_already_payer == "InvalidInput":
            raise invalid(f"{project.id} is billed to {bill_to} already")

    def pays() -> None:
        payer = payers.billable_by_caller(view, call, bill_to, creating=False)
        regions.acceptance_permitted(view, payer, project)
        payers.within_limits(payer)

    payers.in_order(view.switches, rights=may, state=stands, payer=pays)
    taken = structs.replace(
        project,
        bill_to=bill_to,
        members=project.members | {call.user: "ADMINISTER"},
        pending_transfer=None,
        modified=call.now,
    )
    return Answer({"id": project.id}, (Put(taken),))


ROUTES: Table = {
    ("project-", "transfer"): Route(transfer, TRANSFER_KEYS, scoped=True),
    ("project-", "cancelTransfer"): Route(
        cancel, frozenset(), scoped=True, there=lambda switches: switches.cancel_transfer == "route"
    ),
    ("project-", "acceptTransfer"): Route(accept, ACCEPT_KEYS, recipient=True),
}
