"""``make prove-drift``: drift on random worlds, held against what their dumps say."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, get_args

import rtoml
from model import drift_oracle as oracle
from model import drift_worlds as worlds
from support.desk import PEOPLE, Desk

from reconciler.model.report import DriftVerdict


def one(seed: int, folder: Path) -> Counter[str]:
    """One world: counts by verdict. Raises AssertionError, naming the seed, where drift says otherwise."""
    rng = Random(seed)
    there, wanted = worlds.world(rng)
    desk = Desk.new(folder, PEOPLE + "".join(there))
    before: dict[str, Any] = {}
    if rng.random() < 0.85:
        desk.write(_toml(wanted))
        applied = desk.run("apply", "--auto-approve", "--skip-refused")
        assert applied.code in (0, 7), (seed, applied.out, applied.err)
        before = oracle.recorded(wanted, oracle.Dumped(desk.dump()))
        worlds.meddled(rng, desk)
        wanted = worlds.edited(rng, wanted)
    desk.write(_toml(wanted))
    dump = desk.dump()
    ran = desk.run("drift", "--format", "json")
    items = ran.json["items"]
    said = Counter(map(_told, items))
    expected = oracle.judged(wanted, before, oracle.Dumped(dump))
    assert said == expected, (seed, "said", said - expected, "is", expected - said)
    assert ran.code == oracle.code_of(expected), (seed, ran.code)
    assert ran.json["summary"] == dict.fromkeys(get_args(DriftVerdict), 0) | Counter(
        item["verdict"] for item in items
    ), seed
    assert desk.dump() == dump, seed
    return Counter(item["verdict"] for item in items)


def _told(item: dict[str, Any]) -> tuple[str, str | None, str]:
    """An item as the oracle tells it: of a policy that is violated by project and policy."""
    if item["policy"] is not None and item["verdict"] != "unreadable":
        return item["id"], item["policy"], item["verdict"]
    return item["address"] or item["id"], item["attribute"], item["verdict"]


def _toml(tables: dict[str, Any]) -> str:
    text = rtoml.dumps({kind: value for kind, value in tables.items() if value})
    return text.replace('expires = "', "expires = ").replace('-31"', "-31").replace('-01"', "-01")


def prove(seeds: range) -> Counter[str]:
    """Counts by verdict over all these worlds."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            found += one(seed, Path(folder, str(seed)))
    return found


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    counts = prove(range(runs))
    for verdict in get_args(DriftVerdict):
        print(f"{verdict:16} {counts[verdict]}")
    missing = set(get_args(DriftVerdict)) - set(counts)
    sys.exit(f"never said: {', '.join(sorted(missing))}" if missing else 0)
