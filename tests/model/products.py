"""How many cases there are: all that can be told apart, those of the families, those that are judged."""

from __future__ import annotations

from model.families import FAMILIES
from model.small_scope import DEFAULTS, KINDS, LEVELS, OFFERS, SUBSETS
from tabulate import tabulate

# One world of the small scope, with every fact that any law of the calls looks at.
_ORG = len(KINDS) ** 2 * 2 * len(SUBSETS) * len(DEFAULTS)
"""Both people's membership, the transfer policy, permitted regions, default region."""
_USERS = (len(SUBSETS) * len(DEFAULTS)) ** 2
"""The settings of the two people themselves, payers or not."""
_PAYERS = (_ORG + 2) ** 2 * _USERS
"""Each payer an org, or one of the two people."""
_PROJECT = 3 * 2 * 2 * len(LEVELS) ** 2 * len(OFFERS) * 4
"""Region, payer, name (as wanted or not), both people's level, offer, mark (none, ours, another of ours,
another workspace's)."""
_HANDS = 2
_CHANGES = 3 * 3 * 3 * 3 * 2
"""Of a project: name, payer and region as they are, other, or not written; by id, mark or adoption; and
whether its payer's table asks for what is lacking."""


def full() -> int:
    return _PAYERS * (_PROJECT + _PROJECT**2) * _HANDS * _CHANGES


def canonical(name: str) -> int:
    family = next(one for one in FAMILIES if one.name == name)
    return sum(1 for index in range(family.size) if family.case(index) is not None)


def products() -> str:
    """The three products and the families that make the second and third of them. Takes a few seconds."""
    judged = {family.name: canonical(family.name) for family in FAMILIES}
    rows = [
        [family.name, " × ".join(str(len(values)) for values in family.dimensions.values()), family.size]
        for family in FAMILIES
    ]
    table = tabulate(
        [[name, factors, f"{size:,}", f"{judged[name]:,}"] for name, factors, size in rows],
        headers=("family", "values of its dimensions", "product", "judged"),
        tablefmt="github",
        colalign=("left", "left", "right", "right"),
        disable_numparse=True,
    )
    size = sum(family.size for family in FAMILIES)
    exponent = len(str(full())) - 1
    lead = full() // 10**exponent
    return (
        f"The full product: about {lead} × 10^{exponent} cases. The families, each of which varies what its\n"
        f"change hangs on: {size:,}. Judged, without those that only names tell apart: "
        f"{sum(judged.values()):,}.\n\n{table}"
    )
