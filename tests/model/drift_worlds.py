"""Small worlds for drift, from a seed: what is wanted is applied, then changed in the TOML and there.

We are user-alice: ADMIN of org-lab and org-clinic, a member of org-guests, a stranger to user-bob.
"""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec import structs
from reconciler_sandbox.laws.effects import Put
from support.desk import EU, UK, US, Desk, a_project, pid

PERMITTED = {"org-lab": [US, EU], "org-clinic": [EU, UK], "org-guests": [US, EU], "user-alice": [US]}
POLICY = {"id": "eu", "regions": [EU], "match": {"name": "EU *"}}
Tables = dict[str, Any]


def world(rng: Random) -> tuple[list[str], Tables]:
    """Tables of projects for a world file, and what the TOML says of them at first."""
    there: list[str] = []
    wanted: Tables = {"orgs": {}, "users": {}, "projects": {}, "policies": [], "waivers": []}
    for number in range(1, rng.randint(2, 6)):
        payer = rng.choice(["org-lab", "org-lab", "org-clinic", "org-guests"])
        region = rng.choice(PERMITTED[payer])
        name = f"{rng.choice(['EU ', ''])}P{number}"
        level = rng.choice(["ADMINISTER", "ADMINISTER", "VIEW", None])
        members = {"user-bob": "ADMINISTER"} | ({"user-alice": level} if level else {})
        there.append(a_project(number, name, region, payer, members=members))
        if rng.random() < 0.75:
            keys: Tables = {"id": pid(number)}
            for key, value in (("name", name), ("region", region), ("bill_to", payer)):
                if rng.random() < 0.7:
                    keys[key] = value
            wanted["projects"][f"p{number}"] = keys
    for number in range(rng.randint(0, 2)):
        payer = rng.choice(["org-lab", "org-clinic"])
        region = rng.choice(PERMITTED[payer])
        wanted["projects"][f"new{number}"] = {"name": f"New {number}", "region": region, "bill_to": payer}
    for payer in ("org-lab", "org-clinic", "org-guests", "user-alice", "user-bob"):
        if rng.random() < 0.4:
            wanted["users" if payer[0] == "u" else "orgs"][payer] = _profile(rng, payer)
    if rng.random() < 0.5:
        wanted["policies"].append(POLICY)
        if rng.random() < 0.9:
            wanted["waivers"].append(_waiver(rng))
    return there, wanted


def _profile(rng: Random, payer: str) -> Tables:
    permitted = PERMITTED.get(payer, [US])
    table: Tables = {"default_region": rng.choice(permitted)}
    if rng.random() < 0.4:
        table["permitted_regions"] = permitted
    return table


def _waiver(rng: Random) -> Tables:
    expires = rng.choice(["2025-12-31", "2026-02-01", "2026-02-01", "2030-01-01"])
    return {
        "policy": "eu", "match": {"id": pid(rng.randint(1, 2))}, "reason": "r", "ticket": "T-1",
        "approved_by": "dpo@example.org", "expires": expires,
    }  # fmt: skip


def edited(rng: Random, wanted: Tables) -> Tables:
    """The TOML a while later."""
    found: Tables = {**wanted, **{kind: dict(wanted[kind]) for kind in ("orgs", "users", "projects")}}
    for key, table in wanted["projects"].items():
        chance = rng.random()
        if chance < 0.1:
            del found["projects"][key]
        elif chance < 0.4 and "name" in table:
            found["projects"][key] = {**table, "name": rng.choice([f"Edited {key}", "Both"])}
    for kind in ("orgs", "users"):
        for payer in wanted[kind]:
            if rng.random() < 0.3:
                found[kind][payer] = _profile(rng, payer)
    if rng.random() < 0.2:
        found["projects"]["later"] = {"name": "Later", "bill_to": "org-lab"}
    return found


def meddled(rng: Random, desk: Desk) -> None:
    """What others did at the platform meanwhile."""
    state = desk.platform.state
    for project in list(state.projects.values()):
        match rng.randint(0, 9):
            case 0:
                name = rng.choice([f"Theirs {project.id[-3:]}", "Both", f"EU {project.id[-3:]}"])
                desk.platform.change((Put(structs.replace(project, name=name)),))
            case 1:
                payer = rng.choice(["org-lab", "org-clinic", "org-guests"])
                desk.platform.change((Put(structs.replace(project, bill_to=payer)),))
            case 2:
                desk.platform.change((Put(structs.replace(project, members={"user-bob": "ADMINISTER"})),))
            case 3:
                desk.platform.change((Put(structs.replace(project, properties={})),))
            case 4 if project.members.get("user-alice") == "ADMINISTER":
                desk.call("user-alice", f"/{project.id}/destroy")
            case _:
                pass
    for org in ("org-lab", "org-clinic"):
        if rng.random() < 0.3:
            found = desk.org(org)
            change = rng.choice([{"default_region": EU}, {"permitted_regions": (EU,)}])
            desk.change(structs.replace(found, **change))
