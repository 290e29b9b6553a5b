"""Rules on a region's own form and name. They need no facts: the reader of the TOML judges them."""

from __future__ import annotations

from reconciler.rules.rule import REGIONS, Example, OfflineRule


class RegionForm(OfflineRule):
    """A region is written `cloud:geo`, in lower case: `aws:eu-central-1`, `azure:westeurope`.

    **Why.** The platform compares region codes exactly and answers anything else with InvalidInput.

    **How to mend it.** Write the code as `reconciler regions` lists it.
    """

    id = "REG001"
    title = "a region is cloud:geo"
    source = REGIONS
    breaks = Example(
        """\
[projects.cohort]
region  = "eu-central-1"
bill_to = "org-lab"
""",
        command="validate",
    )
    keeps = breaks.changed('"eu-central-1"', '"aws:eu-central-1"')


class RegionKnown(OfflineRule):
    """A region must be known: one of the shipped catalogue or of `[regions]` in this workspace.

    **Why.** No route of the platform lists its regions. A typing mistake in a region would otherwise
    be found only by the platform, halfway through an apply, or never.

    **How to mend it.** Correct the code, or, for a region that the platform has opened since this
    catalogue was made, add it:

        [regions."aws:ca-central-1"]
        name = "AWS Canada"
    """

    id = "REG002"
    title = "a region must be known"
    source = REGIONS
    breaks = Example(
        """\
[projects.cohort]
region  = "aws:eu-centrl-1"
bill_to = "org-lab"
""",
        command="validate",
    )
    keeps = breaks.changed("eu-centrl-1", "eu-central-1")
