"""A world file: TOML in, a World and warnings out.

Keys that nobody knows, whatever is named but not there, ids given twice, an object in two regions: errors
with their places. States that no call would let arise (a project in a region that its payer has lost,
a default region that is not permitted) exist in real estates: they are warnings, never repaired.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, structs

from . import contents, faults, references, schema, schema_data, schema_runs, warnings, whole
from .build import milliseconds
from .model import LATEST, Clock, World
from .problems import Problem, converted, worded
from .records import listed, named, table
from .switches import read as read_switches
from .tables import OrgParts, Tables
from .tables import Path as Place
from .toml import parsed, text_of

T = TypeVar("T")

_HEAD = schema.HeadTable.__struct_fields__
_KEYS = {
    *_HEAD,
    "now",
    "switches",
    "regions",
    "users",
    "tokens",
    "orgs",
    "projects",
    "bulk_projects",
    "containers",
    "contents",
    "apps",
    "series",
    "jobs",
    "nonces",
    "faults",
}


class Loaded(Struct, frozen=True):
    world: World
    warnings: tuple[str, ...]


def load(path: Path, overrides: Mapping[str, object] | None = None) -> Loaded:
    """Reads a world file; ``overrides``: switches that win over the file's. Raises WorldError."""
    text = text_of(path)
    raw = parsed(path, text)
    problems = [Problem((key,), "unknown key") for key in raw if key not in _KEYS]
    head = _head(raw, problems)
    tables = _tables(raw, head.gone, problems)
    switches = read_switches({**table(raw, "switches", problems), **(overrides or {})}, problems)
    clock = _clock(raw.get("now", "real"), head.ahead_ms, problems)
    played = faults.read(raw, tables.users, problems)
    if not problems:
        problems += references.broken(tables)
    held = contents.read(path, tables, problems) if not problems else {}
    if problems:
        raise worded(path, text, problems)
    now = int(time.time() * 1000) + clock.ms if clock.real else clock.ms
    world = whole.world(tables, head, clock, now, switches, contents=held)
    world = structs.replace(world, faults=played)
    return Loaded(world, tuple(f"{path}: {warning}" for warning in warnings.illegal_states(world)))


def _head(raw: Mapping[str, object], problems: list[Problem]) -> schema.HeadTable:
    """With what is left out where something is wrong."""
    if raw.get("format") != 1:
        problems.append(Problem(("format",), "must be 1: write format = 1 at the top"))
        return schema.HeadTable(1)
    given = {key: raw[key] for key in _HEAD if key in raw}
    return converted(given, schema.HeadTable, (), problems) or schema.HeadTable(1)


def _clock(now: object, ahead_ms: int, problems: list[Problem]) -> Clock:
    if isinstance(now, datetime):
        clock = Clock(milliseconds(now))
        if not 0 <= clock.ms <= LATEST:
            problems.append(Problem(("now",), "must be in the years 1970 to 2286"))
        if ahead_ms:
            problems.append(Problem(("ahead_ms",), 'goes with now = "real" only'))
        return clock
    if now != "real":
        problems.append(Problem(("now",), 'must be a time or "real"'))
    return Clock(ahead_ms, real=True)


def _tables(raw: Mapping[str, object], gone: tuple[str, ...], problems: list[Problem]) -> Tables:
    regions = None
    if "regions" in raw:
        regions = named(table(raw, "regions", problems), ("regions",), schema.RegionTable, problems)
    held: dict[Place, list[schema_data.ObjectTable]] = {}
    return Tables(
        regions=regions,
        users=named(table(raw, "users", problems), ("users",), schema.UserTable, problems),
        tokens=listed(raw, "tokens", schema.TokenTable, problems),
        orgs=_orgs(table(raw, "orgs", problems), problems),
        projects=_holders(raw, "projects", schema.ProjectTable, held, problems),
        bulks=listed(raw, "bulk_projects", schema.BulkTable, problems),
        held=held,
        containers=_holders(raw, "containers", schema_data.ContainerTable, held, problems),
        contents=listed(raw, "contents", schema_data.ContentTable, problems),
        apps=listed(raw, "apps", schema_runs.AppTable, problems),
        series=named(table(raw, "series", problems), ("series",), schema_runs.SeriesTable, problems),
        jobs=listed(raw, "jobs", schema_runs.JobTable, problems),
        nonces=listed(raw, "nonces", schema_runs.NonceTable, problems),
        gone=gone,
    )


def _holders(
    raw: Mapping[str, object],
    key: str,
    kind: type[T],
    held: dict[Place, list[schema_data.ObjectTable]],
    problems: list[Problem],
) -> list[T]:
    """As ``listed``; the objects in each table are taken out of it, and put into ``held``."""
    entries = raw.get(key, [])
    bare: object = entries
    if isinstance(entries, list) and any(isinstance(entry, dict) and "objects" in entry for entry in entries):
        bare = []
        for index, entry in enumerate(entries):
            rest = entry
            if isinstance(entry, dict) and "objects" in entry:
                path: Place = (key, index)
                held[path] = listed(entry, "objects", schema_data.ObjectTable, problems, path)
                rest = {name: value for name, value in entry.items() if name != "objects"}
            bare.append(rest)
    return listed({key: bare}, key, kind, problems)


def _orgs(table: Mapping[str, object], problems: list[Problem]) -> dict[str, OrgParts]:
    found: dict[str, OrgParts] = {}
    for org, value in table.items():
        rest = dict(value) if isinstance(value, dict) else value
        raw_members = rest.pop("members", {}) if isinstance(rest, dict) else {}
        if not isinstance(raw_members, dict):
            problems.append(Problem(("orgs", org, "members"), "must be a table"))
            continue
        members = named(raw_members, ("orgs", org, "members"), schema.MemberTable, problems)
        record = converted(rest, schema.OrgTable, ("orgs", org), problems)
        if record is not None:
            found[org] = OrgParts(record, members)
    return found
