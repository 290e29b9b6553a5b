"""Each region law switched off in the code of the platform, one at a time.

A mutant replaces the law's function by what a platform without that law would do. ``switch_off`` is
called when a test run begins, if LAW_OFF names a law.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from reconciler_sandbox.laws import regions
from reconciler_sandbox.laws.errors import denied

ENVIRONMENT = "LAW_OFF"

EVERYWHERE = ("aws:us-east-1", "aws:eu-central-1", "azure:westus", "aws:ap-southeast-2", "aws:eu-west-2")


def _nothing(*_given: object) -> None:
    """A check that never refuses."""


def _as_written(value: object, _switches: object) -> str:
    return str(value)


def _region_as_given(_view: object, given: Mapping[str, object], project: Any) -> str:
    return str(given.get("region", project.region))


def _default_of_the_caller(view: Any, call: Any, _payer: object) -> str:
    return str(view.users[call.user].default_region)


def _offer_needs_permission(_view: Any, project: Any, invitee: str) -> None:
    if project.region not in (_view.users[invitee].permitted_regions or ()):
        raise denied("the invitee may not use the region")


def _permitted_as_given(_view: object, given: Mapping[str, Any], profile: Any) -> object:
    wanted = given.get("permittedRegions")
    return profile.permitted_regions if wanted is None else tuple(wanted)


def _always(*_given: object) -> bool:
    return True


def _elsewhere(_holder: object) -> str:
    return "aws:ap-southeast-2"


def _only_where_permitted(_view: object, payer: Any, region: str) -> None:
    if region not in (payer.permitted_regions or ()):
        raise denied("the payer has lost the region")


def _stays_only_where_permitted(_view: object, payer: Any, where: Collection[str]) -> list[str]:
    return [region for region in where if region in (payer.permitted_regions or ())]


def _every_region(_payer: object) -> tuple[str, ...]:
    return EVERYWHERE


def _all_prices(_profile: object) -> dict[str, object]:
    return {region: {"currency": "USD"} for region in EVERYWHERE}


Mutant = Mapping[str, Callable[..., Any]]

MUTANTS: Mapping[str, Mutant] = {
    "L1": {"region_form": _as_written},
    "L2": {"known_region": _nothing},
    "L3": {"region_after_update": _region_as_given},
    "L4": {"default_region": _default_of_the_caller},
    "L5": {"creation_permitted": _nothing},
    "L6": {"rebilling_permitted": _nothing},
    "L7": {"acceptance_permitted": _nothing},
    "L8": {"offer_looks_at_no_region": _offer_needs_permission},
    "L9": {"default_is_permitted": _nothing},
    "L10": {"permitted_after_update": _permitted_as_given},
    "L11": {"only_the_user": _nothing, "only_an_org_admin": _nothing},
    "L12": {"reads_user_regions": _always},
    "L13": {"cloned_within_a_region": _nothing},
    "L14": {"run_in_one_region": _nothing},
    "L15": {"region_of_data": _elsewhere},
    "L16": {"region_of_container": _elsewhere},
    "L17": {"enabled_where_permitted": _nothing},
    "L18": {"executable_lies_there": _nothing},
    "L19": {"bundled_lie_there": _nothing},
    "L20": {"instance_type_of_cloud": _nothing},
    "L21": {"runs_where_it_is": _only_where_permitted, "still_enabled": _stays_only_where_permitted},
    "L22": {"permitted": _every_region},
    "L23": {"price_lists": _all_prices},
    "L24": {"reads_org_regions": _always},
}


def switch_off(law: str) -> None:
    for name, mutant in MUTANTS[law].items():
        assert callable(getattr(regions, name)), name
        setattr(regions, name, mutant)


def switch_off_as_asked() -> None:
    law = os.environ.get(ENVIRONMENT)
    if law:
        switch_off(law)
