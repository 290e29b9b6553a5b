"""What drift has to say of a world, judged from its dump: no line of the client, or of what drift judges by.

A verdict is (what it is about, attribute, verdict), counted; see ``drift_worlds`` for who we are there.
"""

from __future__ import annotations

import datetime
import fnmatch
import tomllib
from collections import Counter
from typing import Any

Tables = dict[str, Any]
Told = Counter[tuple[str, str | None, str]]

ME = "user-alice"
MARK = "reconciler"
SOON = datetime.date(2026, 1, 15) + datetime.timedelta(days=30)
HIDDEN = object()


class Dumped:
    """A world by its dump, and what user-alice may see of it."""

    def __init__(self, text: str) -> None:
        found = tomllib.loads(text)
        self.payers = found.get("orgs", {}) | found.get("users", {})
        self.projects = {one["id"]: one for one in found.get("projects", [])}

    def whole(self, payer: str) -> bool:
        """Is every project of the payer listed?"""
        member = self.payers.get(payer, {}).get("members", {}).get(ME, {})
        return bool(payer.startswith("org-") and member.get("level") == "ADMIN")

    def shared(self, project: Tables) -> bool:
        return ME in project.get("members", {})

    def seen(self, project: Tables, payers: set[str]) -> bool:
        listed = project["bill_to"] in payers and self.whole(project["bill_to"])
        return self.shared(project) or listed

    def setting(self, payer: str, attribute: str) -> object:
        told = self.payers[payer]
        member = payer == ME or ME in told.get("members", {})
        value = told.get(attribute)
        return HIDDEN if not member else sorted(value) if isinstance(value, list) else value


def payers_of(wanted: Tables) -> set[str]:
    return {*wanted["orgs"], *wanted["users"]} | {
        one["bill_to"] for one in wanted["projects"].values() if "bill_to" in one
    }


def recorded(wanted: Tables, dumped: Dumped) -> Tables:
    """The baseline that an apply of ``wanted`` leaves: what was then as written, and could be read."""
    found: Tables = {}
    for kind in ("orgs", "users"):
        for payer, table in wanted[kind].items():
            values = {k: sorted(v) if isinstance(v, list) else v for k, v in table.items()}
            same = {k: v for k, v in values.items() if dumped.setting(payer, k) == v}
            found[f"{kind}.{payer}"] = (payer, same)
    for key, table in wanted["projects"].items():
        for project in dumped.projects.values():
            mark = project.get("properties", {}).get(MARK)
            if table.get("id", project["id"]) != project["id"] or not dumped.seen(project, payers_of(wanted)):
                continue
            if "id" not in table and mark != f"lab/projects.{key}":
                continue
            same = {k: v for k, v in table.items() if k != "id" and project[k] == v}
            if "id" not in table:
                same["mark"] = mark
            found[f"projects.{key}"] = (project["id"], same)
    return found


def judged(wanted: Tables, before: Tables, dumped: Dumped) -> Told:
    """All that drift has to say."""
    told: Told = Counter()
    payers = payers_of(wanted)
    known = {id_ for address, (id_, _) in before.items() if address.startswith("projects.")}
    for kind in ("orgs", "users"):
        for payer, table in wanted[kind].items():
            address = f"{kind}.{payer}"
            values = before.get(address, (None, {}))[1]
            for key, value in table.items():
                want = sorted(value) if isinstance(value, list) else value
                told[address, key, three_way(values.get(key), want, dumped.setting(payer, key))] += 1
    ours: set[str] = set()
    for key, table in wanted["projects"].items():
        address = f"projects.{key}"
        project = _whose(address, table, before, dumped, payers=payers, told=told)
        if project is None:
            continue
        ours.add(project["id"])
        id_, values = before.get(address, (None, {}))
        values = values if id_ == project["id"] else {}
        for attribute in ("name", "region", "bill_to"):
            if attribute in table:
                verdict = three_way(values.get(attribute), table[attribute], project[attribute])
                told[address, attribute, verdict] += 1
    there = [p for p in dumped.projects.values() if dumped.seen(p, payers)]
    named = {table.get("id") for table in wanted["projects"].values()}
    for project in there:
        if project["id"] not in ours and project["id"] not in named and project["bill_to"] in payers:
            told[project["id"], None, "unmanaged"] += 1
    for policy in wanted["policies"]:
        estate = [p for p in there if p["bill_to"] in payers or p["id"] in known | ours]
        _residency(policy, wanted["waivers"], estate, told)
        for payer in payers:
            if not dumped.whole(payer):
                told[f"policies.{policy['id']}", f"{payer}.estate", "unreadable"] += 1
    return told


def three_way(before: object, want: object, there: object) -> str:
    if there is HIDDEN:
        return "unreadable"
    if want == there:
        return "in_sync" if before in (None, want) else "converged"
    if before is None or before == there:
        return "pending"
    return "drifted" if before == want else "conflict"


def _whose(
    address: str, table: Tables, before: Tables, dumped: Dumped, *, payers: set[str], told: Told
) -> Tables | None:
    """The project that the address is; where there is none, that is told."""
    mark = f"lab/{address}"
    if "id" in table:
        id_: str | None = table["id"]
    else:
        for project in dumped.projects.values():
            held = project.get("properties", {}).get(MARK) == mark and dumped.shared(project)
            if held and (project["bill_to"] in payers or project["id"] == before.get(address, ("",))[0]):
                return project
        id_ = before.get(address, (None,))[0]
    project = dumped.projects.get(id_ or "")
    if id_ is None:
        told[address, None, "pending"] += 1
    elif project is None:
        told[address, None, "destroyed" if address in before else "pending"] += 1
    elif not dumped.seen(project, payers):
        told[address, "exists", "unreadable"] += 1
    else:
        if "id" not in table:
            told[address, "mark", "drifted" if dumped.shared(project) else "unreadable"] += 1
        return project
    return None


def _residency(policy: Tables, waivers: list[Tables], estate: list[Tables], told: Told) -> None:
    for project in estate:
        if project["region"] in policy["regions"]:
            continue
        if not fnmatch.fnmatchcase(project["name"], policy["match"]["name"]):
            continue
        ends = [
            datetime.date.fromisoformat(w["expires"]) for w in waivers if w["match"]["id"] == project["id"]
        ]
        verdict = "violation" if not ends else "waiver_expiring" if ends[0] <= SOON else None
        if ends and ends[0] < datetime.date(2026, 1, 15):
            verdict = "waiver_expired"
        if verdict is not None:
            told[project["id"], policy["id"], verdict] += 1


def code_of(told: Told) -> int:
    """The exit code of such a list."""
    verdicts = {verdict for _, _, verdict in told}
    for code, some in (
        (3, {"violation", "waiver_expired"}),
        (2, {"drifted", "conflict", "destroyed", "pending"}),
        (7, {"unreadable"}),
    ):
        if verdicts & some:
            return code
    return 0
