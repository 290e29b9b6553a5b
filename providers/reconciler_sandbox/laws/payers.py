"""Who may be billed, by whom, and what a payer's contract lacks.

The platform's documentation: a payer is the caller or an org where the caller may do billable
activities; whether an org has a billing account is the platform's sales' doing and is not readable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import classes, inputs
from .errors import Refused, denied, invalid, not_found
from .records import Payer
from .switches import Switches
from .view import Call, View

Check = Callable[[], None]


def in_order(switches: Switches, *, rights: Check, state: Check, payer: Check) -> None:
    """Run the three groups of checks in the order that decides which error is reported."""
    order = {
        "state_before_payer": (rights, state, payer),
        "rights_last": (state, payer, rights),
        "payer_first": (payer, rights, state),
    }
    for check in order[switches.check_order]:
        check()


def payer_input(given: Mapping[str, object]) -> str | None:
    """``billTo``: the id of a user or an organisation, as far as its form goes."""
    payer = inputs.text(given, "billTo", empty=False)
    if payer is not None:
        classes.need(payer, "billTo", ("user", "org"))
    return payer


def billable_by_caller(view: View, call: Call, payer: str, *, creating: bool) -> Payer:
    """The payer, if it exists and the caller may bill to it and it can be billed at all."""
    found: Payer
    if payer.startswith("org-"):
        found = _org(view, call, payer)
    elif payer == call.user:
        found = view.users[payer]
    elif payer in view.users:
        raise Refused(view.switches.foreign_user_bill_to, f"a project cannot be billed to {payer} by others")
    elif payer.startswith("user-") and creating and view.switches.unknown_user_bill_to == "ResourceNotFound":
        raise not_found(payer)
    else:
        raise invalid(f"billTo {payer} is neither the caller nor an organisation")
    if not found.billable:
        raise Refused(view.switches.non_billable_error, f"{payer} has no billing account")
    return found


def _org(view: View, call: Call, payer: str) -> Payer:
    org = view.orgs.get(payer)
    if org is None:
        raise not_found(payer)
    member = org.members.get(call.user)
    if member is None or not member.may_bill:
        raise denied(f"billable activities of {payer} are not allowed to the caller")
    return org


def payer(view: View, id: str) -> Payer:
    """Who is billed: a user or an organisation that is there."""
    return view.orgs[id] if id in view.orgs else view.users[id]


def within_limits(payer: Payer) -> None:
    """The limits of a contract, looked at last."""
    if payer.expired:
        raise Refused("OrgExpired", f"{payer.id} has expired")
    if payer.spending == "exceeded":
        raise Refused("SpendingLimitExceeded", f"the spending limit of {payer.id} is reached")


def phi_enabled(payer: Payer) -> None:
    """The official client's tests match the beginning of this message."""
    if not payer.phi:
        raise denied(f"PHI features must be enabled for {payer.id}")
