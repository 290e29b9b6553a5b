"""``[projects]`` and ``[defaults.projects]``: keys, regions, ids, and whom a project is billed to.

Runs over every project on every command: plain loops, nothing built for a project that is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.config.checks.regioncodes import retired, unknown
from reconciler.config.issue import Issue, Spot
from reconciler.model.desired import Document, Project, Region

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    defaults = document.defaults.projects
    if defaults.region is not None:
        place = ("defaults", "projects", "region")
        yield from unknown(defaults.region, place, regions)
        yield from retired(defaults.region, place, regions)
    good = {code for code, region in regions.items() if not region.retired}
    key_fits = KEY.fullmatch
    payer_given = defaults.bill_to is not None
    ids: dict[str, str] = {}
    for key, project in document.projects.items():
        if not key_fits(key):
            yield _bad_key(key)
        if project.region is not None and project.region not in good:
            yield from _region(key, project, project.region, regions)
        if project.id is not None:
            first = ids.setdefault(project.id, key)
            if first != key:
                yield _same_id(first, key, project.id)
        elif project.bill_to is None and not payer_given:
            yield _no_payer(key)
        if project.take_over is not None and not project.adopt:
            yield _take_over(key)


def _region(key: str, project: Project, code: str, regions: Mapping[str, Region]) -> Iterator[Issue]:
    place = ("projects", key, "region")
    yield from unknown(code, place, regions)
    if project.id is None and not project.adopt:
        yield from retired(code, place, regions)


def _bad_key(key: str) -> Issue:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")[:64]
    return Issue(
        "bad-key",
        f'"{key}" cannot be the address of a project',
        Spot(("projects", key), "key"),
        'An address is 1 to 64 letters, digits, _ and -; any name can be written as name = "…".',
        plain or None,
    )


def _same_id(first: str, key: str, project: str) -> Issue:
    return Issue(
        "duplicate-id",
        f"projects.{key} has the id of projects.{first}, {project}, which is written",
        Spot(("projects", key, "id")),
        "A project has one address. Remove one of the two.",
        also=Spot(("projects", first, "id")),
    )


def _no_payer(key: str) -> Issue:
    return Issue(
        "no-payer",
        f"projects.{key} has neither bill_to nor id",
        Spot(("projects", key), "key"),
        'Write whom it is billed to, bill_to = "org-…", here or in [defaults.projects]; '
        'or which project it is, id = "project-…".',
        rests_on=(("projects", key, "bill_to"), ("projects", key, "id"), ("defaults", "projects", "bill_to")),
    )


def _take_over(key: str) -> Issue:
    return Issue(
        "take-over",
        f"projects.{key}: take_over does nothing without adopt = true",
        Spot(("projects", key, "take_over"), "key"),
        "take_over names the workspace whose mark is replaced when the project is adopted.",
        rests_on=(("projects", key, "adopt"),),
    )
