"""A world file: TOML in, a World and warnings out.

Keys that nobody knows, users, orgs and regions that are named but not there, ids given twice: errors
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

from . import build, faults, references, schema
from .model import LATEST, Clock, World
from .problems import Problem, converted, worded
from .switches import read as read_switches
from .toml import parsed, text_of

T = TypeVar("T")

_HEAD = ("format", "seed")
_TABLES = ("switches", "regions", "users", "tokens", "orgs", "projects", "bulk_projects")
_LATER = ("apps", "jobs", "nonces")


class Loaded(Struct, frozen=True):
    world: World
    warnings: tuple[str, ...]


def load(path: Path, overrides: Mapping[str, object] | None = None) -> Loaded:
    """Reads a world file; ``overrides``: switches that win over the file's. Raises WorldError."""
    text = text_of(path)
    raw = parsed(path, text)
    problems: list[Problem] = []
    tables = _tables(raw, problems)
    head = _head(raw, problems)
    switches = read_switches({**_table(raw, "switches", problems), **(overrides or {})}, problems)
    clock = _clock(raw.get("now", "real"), problems)
    played = faults.read(raw, tables.users, problems)
    if not problems:
        problems += references.broken(tables)
    if problems or head is None:
        raise worded(path, text, problems)
    now = int(time.time() * 1000) if clock.real else clock.ms
    world = structs.replace(build.world(tables, head.seed, clock, now, switches), faults=played)
    return Loaded(world, tuple(f"{path}: {warning}" for warning in references.illegal_states(world)))


def tokens(path: Path) -> tuple[tuple[str, str], ...]:
    """(token, user) of every login in a world file, in its order; the rest is not looked at.

    Raises WorldError.
    """
    text = text_of(path)
    problems: list[Problem] = []
    found = _list(parsed(path, text), "tokens", schema.TokenTable, problems)
    if problems:
        raise worded(path, text, problems)
    return tuple((entry.token, entry.user) for entry in found)


def _head(raw: Mapping[str, object], problems: list[Problem]) -> schema.HeadTable | None:
    if raw.get("format") != 1:
        problems.append(Problem(("format",), "must be 1: write format = 1 at the top"))
        return None
    return converted({key: raw[key] for key in _HEAD if key in raw}, schema.HeadTable, (), problems)


def _clock(now: object, problems: list[Problem]) -> Clock:
    if isinstance(now, datetime):
        clock = Clock(build.milliseconds(now))
        if not 0 <= clock.ms <= LATEST:
            problems.append(Problem(("now",), "must be in the years 1970 to 2286"))
        return clock
    if now != "real":
        problems.append(Problem(("now",), 'must be a time or "real"'))
    return Clock(0, real=True)


def _tables(raw: Mapping[str, object], problems: list[Problem]) -> build.Tables:
    for key in raw:
        if key in _LATER:
            problems.append(Problem((key,), "not supported yet"))
        elif key not in (*_TABLES, *_HEAD, "now", "faults"):
            problems.append(Problem((key,), "unknown key"))
    regions = None
    if "regions" in raw:
        regions = _named(_table(raw, "regions", problems), ("regions",), schema.RegionTable, problems)
    return build.Tables(
        regions=regions,
        users=_named(_table(raw, "users", problems), ("users",), schema.UserTable, problems),
        tokens=_list(raw, "tokens", schema.TokenTable, problems),
        orgs=_orgs(_table(raw, "orgs", problems), problems),
        projects=_list(raw, "projects", schema.ProjectTable, problems),
        bulks=_list(raw, "bulk_projects", schema.BulkTable, problems),
    )


def _table(raw: Mapping[str, object], key: str, problems: list[Problem]) -> Mapping[str, object]:
    table = raw.get(key, {})
    if isinstance(table, dict):
        return table
    problems.append(Problem((key,), "must be a table"))
    return {}


def _named(
    table: Mapping[str, object], path: tuple[str, ...], kind: type[T], problems: list[Problem]
) -> dict[str, T]:
    """One record a key; converted one by one, so that an error has a path."""
    found = {name: converted(value, kind, (*path, name), problems) for name, value in table.items()}
    return {name: record for name, record in found.items() if record is not None}


def _list(raw: Mapping[str, object], key: str, kind: type[T], problems: list[Problem]) -> list[T]:
    entries = raw.get(key, [])
    if not isinstance(entries, list):
        problems.append(Problem((key,), "must be an array of tables"))
        return []
    found = [converted(entry, kind, (key, index), problems) for index, entry in enumerate(entries)]
    return [record for record in found if record is not None]


def _orgs(table: Mapping[str, object], problems: list[Problem]) -> dict[str, build.OrgParts]:
    found: dict[str, build.OrgParts] = {}
    for org, value in table.items():
        rest = dict(value) if isinstance(value, dict) else value
        raw_members = rest.pop("members", {}) if isinstance(rest, dict) else {}
        if not isinstance(raw_members, dict):
            problems.append(Problem(("orgs", org, "members"), "must be a table"))
            continue
        members = _named(raw_members, ("orgs", org, "members"), schema.MemberTable, problems)
        record = converted(rest, schema.OrgTable, ("orgs", org), problems)
        if record is not None:
            found[org] = build.OrgParts(record, members)
    return found
