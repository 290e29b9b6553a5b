"""Routes of one user: describe and update."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from . import fields, payers, regions
from .effects import Put
from .errors import denied, invalid
from .records import User
from .route import Route, Table
from .view import Answer, Call, Caller, View

PUBLIC_FIELDS = ("id", "class", "first", "middle", "last", "handle")
OWN_DEFAULTS = (
    *PUBLIC_FIELDS,
    "email",
    "billTo",
    "permittedRegions",
    "defaultRegion",
    "pricingModelsByRegion",
)
LEGACY = ("appsInstalled", "orgs", "pendingTransfers", "subscriptions")
DESCRIBE_KEYS = frozenset({"fields", "defaultFields", *LEGACY})
UPDATE_KEYS = frozenset({"defaultRegion", "billTo", "permittedRegions"})


def describe(view: View, call: Call) -> Answer:
    return Answer(described(view, call.caller, view.users[call.entity], call.input))


def described(view: View, caller: Caller, user: User, given: Mapping[str, object]) -> dict[str, object]:
    """What the caller sees of the user. For anybody else, and for a self token of less than full
    scope, the documentation grants exactly the public fields: region keys are missing, not empty."""
    own = regions.reads_user_regions(caller, user)
    full = _own(view, user) if own else _public(user)
    names = fields.chosen(
        given,
        tuple(full),
        OWN_DEFAULTS if own else PUBLIC_FIELDS,
        LEGACY if own else (),
        view.switches,
    )
    return {name: full[name] for name in names}


def _public(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "class": "user",
        "first": user.first,
        "middle": user.middle,
        "last": user.last,
        "handle": user.id.removeprefix("user-"),
    }


def _own(view: View, user: User) -> dict[str, object]:
    full = _public(user) | {"email": user.email, "billTo": user.bill_to}
    if user.permitted_regions is not None:
        full["permittedRegions"] = list(user.permitted_regions)
    if user.default_region is not None:
        full["defaultRegion"] = user.default_region
    return full | {
        "pricingModelsByRegion": regions.price_lists(user),
        "appsInstalled": list(user.installed),
        "orgs": sorted(view.orgs_of(user.id)),
        "pendingTransfers": sorted(view.offered_to(user.id)),
        "subscriptions": [],
    }


def update(view: View, call: Call) -> Answer:
    """The documentation: only by that user; permitted regions are no input."""
    given, user = call.input, view.users[call.entity]
    region = default_region_input(view, given)
    bill_to = payers.payer_input(given)
    regions.only_the_user(call, user.id)
    changed = structs.replace(user, permitted_regions=regions.permitted_after_update(view, given, user))
    if region is not None:
        regions.known_region(view, region)
        regions.default_is_permitted(view, user, region)
        changed = structs.replace(changed, default_region=region)
    if bill_to is not None:
        changed = structs.replace(changed, bill_to=_own_payer(view, call, bill_to))
    return Answer({"id": user.id}, () if changed == user else (Put(changed),))


def _own_payer(view: View, call: Call, payer: str) -> str:
    if not payer.startswith(("user-", "org-")):
        raise invalid("billTo must be the id of a user or an organisation")
    if payer.startswith("user-") and payer != call.user:
        raise denied(f"new projects of {call.user} cannot be billed to {payer}")
    return payers.billable_by_caller(view, call, payer, creating=False).id


def default_region_input(view: View, given: Mapping[str, object]) -> str | None:
    if "defaultRegion" not in given:
        return None
    return regions.region_form(given["defaultRegion"], view.switches)


ROUTES: Table = {
    ("user-", "describe"): Route(describe, DESCRIBE_KEYS, scoped=True),
    ("user-", "update"): Route(update, UPDATE_KEYS),
}
