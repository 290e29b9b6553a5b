"""What the TOML contradicts in itself, found only once it is known which projects are new."""

from __future__ import annotations

from reconciler.diff.changes import Change, Create
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic


def contradiction(workspace: Workspace, change: Change) -> Diagnostic | None:
    """A new project in a region that the TOML itself leaves out of its payer's ``permitted_regions``."""
    if not isinstance(change, Create) or not isinstance(change.region, str):
        return None
    profile = workspace.profile(change.bill_to)
    if profile is None or profile.permitted_regions is None or change.region in profile.permitted_regions:
        return None
    return Diagnostic(
        "error",
        "REG102",
        f"{change.address} is to be created in {change.region}, which permitted_regions of "
        f"{change.bill_to} leaves out",
        f"Add {change.region} to permitted_regions of {change.bill_to}, or choose another region or payer.",
        workspace.sources.locate(change.address, "region"),
    )
