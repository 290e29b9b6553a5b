"""The rows of ``regions``: the catalogue, and what a payer has in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reconciler.model.actual import Profile, Snapshot
from reconciler.model.desired import Region
from reconciler.model.knowledge import Absent, Unreadable
from reconciler.views.pages import Header, RegionRow, RegionsPage

_CLOUDS = {"aws": "AWS", "azure": "Azure", "oci": "OCI"}


def page_of(
    catalogue: Mapping[str, Region],
    profile: Profile | None = None,
    snapshot: Snapshot | None = None,
    header: Header | None = None,
) -> RegionsPage:
    """A row a region of the catalogue, and of what else the payer has."""
    if profile is None or snapshot is None:
        return RegionsPage(tuple(_row(code, catalogue) for code in catalogue))
    billed = [project for project in snapshot.projects.values() if project.bill_to == profile.id]
    projects = Counter(project.region for project in billed if isinstance(project.region, str))
    permitted = None if isinstance(profile.permitted_regions, Unreadable) else profile.permitted_regions
    default = profile.default_region
    known_default = None if isinstance(default, Unreadable) else default
    priced = profile.priced_regions
    rows = []
    for code in sorted({*catalogue, *projects, *(permitted or ())}):
        row = _row(code, catalogue)
        rows.append(
            RegionRow(
                row.provider,
                code,
                row.name,
                row.status,
                None if permitted is None else code in permitted,
                None if known_default is None else code == known_default,
                None if isinstance(priced, Unreadable) else code in priced,
                projects[code],
            )
        )
    return RegionsPage(tuple(rows), profile.id, tuple(_notes(profile, snapshot)), header)


def _row(code: str, catalogue: Mapping[str, Region]) -> RegionRow:
    cloud = code.partition(":")[0]
    region = catalogue.get(code)
    if region is None:
        return RegionRow(_CLOUDS.get(cloud, cloud), code, "", "unknown")
    return RegionRow(_CLOUDS.get(cloud, cloud), code, region.name, "retired" if region.retired else "known")


def _notes(profile: Profile, snapshot: Snapshot) -> list[str]:
    notes = []
    if isinstance(profile.permitted_regions, Unreadable):
        notes.append(f"permitted regions are unreadable: {profile.permitted_regions.reason}")
    if isinstance(profile.default_region, Unreadable):
        notes.append(f"the default region is unreadable: {profile.default_region.reason}")
    elif isinstance(profile.default_region, Absent):
        notes.append("no default region is set")
    if isinstance(profile.priced_regions, Unreadable):
        notes.append(f"price lists are unreadable: {profile.priced_regions.reason}")
    if profile.id in snapshot.partial:
        notes.append("its list of projects may be incomplete: these are the ones that can be seen")
    return notes
