"""What applets, workflows and their runs share: where things lie, bundled objects, instance types.

Must not know how an executable is made or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import holders, inputs, links, regions
from .errors import Refused, invalid
from .records import DataObject, Project, copy_id
from .view import Call, View


def bundled(applet: DataObject) -> list[links.Link]:
    return bundled_by(applet.spec)


def bundled_by(spec: Mapping[str, object]) -> list[links.Link]:
    """The objects that an applet of this specification bundles: ``runSpec.bundledDepends``, an array of
    hashes ``{"name", "id": link}``. Raises Refused for another shape."""
    entries = _run_spec(spec).get("bundledDepends", [])
    if not isinstance(entries, list):
        raise invalid("bundledDepends must be an array of hashes")
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or "id" not in entry:
            raise invalid("each of bundledDepends must be a hash with id")
        link = links.target(entry["id"])
        if link is None:
            raise invalid("the id of each of bundledDepends must be a link to a data object")
        found.append(link)
    return found


def requirements(spec: Mapping[str, object]) -> Mapping[str, object]:
    """``runSpec.systemRequirements`` of a specification whose shape is right."""
    found = _run_spec(spec).get("systemRequirements")
    return found if isinstance(found, dict) else {}


def _run_spec(spec: Mapping[str, object]) -> Mapping[str, object]:
    found = spec.get("runSpec")
    return found if isinstance(found, dict) else {}


def seen_in(view: View, call: Call, link: links.Link) -> dict[str, str]:
    """Where the caller finds a linked object: regions by the ids of what holds it. Raises Refused."""
    holders.see_object(view, call, link.id)
    places = {
        copy.holder: holders.holder(view, copy.holder).region
        for copy in holders.visible_copies(view, call, link.id)
        if link.project in (None, copy.holder)
    }
    if not places:
        raise Refused("ResourceNotFound", f"The entity {link.id} could not be found in {link.project}")
    return places


def lies_in(view: View, object: str) -> set[str]:
    """The regions of an object, whoever asks: those who may use an app need not see what is behind it."""
    return {holders.holder(view, held).region for held in view.holders_of(object)}


def instance_types(region: str, requirements: Mapping[str, object] | None) -> None:
    """L20 for a hash ``{entry point: {"instanceType": …, …}}``. Raises Refused for another shape too."""
    for entry, wanted in (requirements or {}).items():
        if not isinstance(wanted, dict):
            raise invalid(f'the system requirements of "{entry}" must be a hash')
        instance_type = inputs.text(wanted, "instanceType")
        if instance_type is not None:
            regions.instance_type_of_cloud(region, instance_type)


def hashes(given: Mapping[str, object], key: str) -> list[dict[str, object]] | None:
    """The array of hashes at ``key``; None where the key is missing or null."""
    value = given.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{key} must be an array of hashes")
    return value


def name_in(view: View, object: str, project: str) -> str:
    """The name of an object: the one that it has in the project, else any."""
    held = view.holders_of(object)
    return view.copies[copy_id(object, project if project in held else min(held))].name


def unrestricted(view: View, places: Iterable[str], project: str) -> bool:
    """May results of what lies in ``places`` go to the project? Not from restricted projects elsewhere."""
    return any(held == project or not _restricted(view.projects.get(held)) for held in places)


def _restricted(project: Project | None) -> bool:
    return project is not None and "restricted" in project.flags
