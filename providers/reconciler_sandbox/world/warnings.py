"""States that no call would let arise, but that real estates have: told, never repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reconciler_sandbox.laws import executables
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.records import App, Container, Copy, DataObject, Job, Org, Project, User

from .model import World

Payers = Mapping[str, User | Org]


def illegal_states(world: World) -> list[str]:
    """One line each; alike projects are counted."""
    payers: Payers = {**world.users, **world.orgs}
    found = []
    for payer in payers.values():
        if payer.default_region is not None and payer.default_region not in (payer.permitted_regions or ()):
            found.append(f"the default region {payer.default_region} of {payer.id} is not permitted for it")
    stranded = Counter(
        (project.region, project.bill_to)
        for project in world.projects
        if project.region not in (payers[project.bill_to].permitted_regions or ())
    )
    found += _stranded(stranded.items())
    if world.records:
        found += _of_records(world, payers)
    return found


def _stranded(counts: Iterable[tuple[tuple[str, str], int]]) -> Iterator[str]:
    for (region, payer), count in sorted(counts):
        projects = "1 project lies" if count == 1 else f"{count} projects lie"
        yield f"{projects} in {region}, which is not permitted for the payer {payer}"


def _of_records(world: World, payers: Payers) -> Iterator[str]:
    projects = {project.id: project for project in world.projects}
    places = {id: project.region for id, project in projects.items()}
    places |= {one.id: one.region for one in world.records if isinstance(one, Container)}
    lies = {one.object: places[one.holder] for one in world.records if isinstance(one, Copy)}
    for record in world.records:
        match record:
            case Container() | Job() if record.project in projects:
                yield from _elsewhere(record, projects[record.project])
            case DataObject():
                yield from _bundled(record, lies)
            case App():
                yield from _enabled(record, payers, {**places, **lies})


def _elsewhere(record: Container | Job, project: Project) -> Iterator[str]:
    if record.region != project.region:
        yield f"{record.id} lies in {record.region}, but {project.id}, its project, in {project.region}"


def _bundled(applet: DataObject, lies: Mapping[str, str]) -> Iterator[str]:
    region = lies[applet.id]
    try:
        links = executables.bundled(applet)
    except Refused as refused:
        yield f"{applet.id}: {refused.message}"
        return
    for link in links:
        if lies.get(link.id, region) != region:
            yield f"{applet.id} lies in {region}, but {link.id}, which it bundles, in {lies[link.id]}"


def _enabled(app: App, payers: Payers, lies: Mapping[str, str]) -> Iterator[str]:
    name = f"{app.series}/{app.version}"
    for region, enabled in app.regions.items():
        if region not in (payers[app.bill_to].permitted_regions or ()):
            yield f"{name} is enabled in {region}, which is not permitted for the payer {app.bill_to}"
        for id in (enabled.executable, enabled.resources):
            if id is not None and lies.get(id, region) != region:
                yield f"{name} is enabled in {region}, but {id} lies in {lies[id]}"
