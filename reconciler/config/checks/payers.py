"""``[orgs]`` and ``[users]``: their keys, their regions, and REG104 where both are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.config.checks.regioncodes import retired, unknown
from reconciler.config.issue import Issue, Path, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, Profile, Region

_TABLES = (("orgs", "org-", "an org"), ("users", "user-", "a user"))
_KEY = re.compile(r"[A-Za-z0-9_.]+")


def check(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    for table, prefix, kind in _TABLES:
        profiles = document.orgs if table == "orgs" else document.users
        for key, profile in profiles.items():
            yield from _key(table, key, prefix, kind)
            yield from _regions(profile, (table, key), regions)


def _key(table: str, key: str, prefix: str, kind: str) -> Iterator[Issue]:
    if key.startswith(prefix) and _KEY.fullmatch(key[len(prefix) :]):
        return
    other = next((name for name, start, _ in _TABLES if name != table and key.startswith(start)), None)
    moved = f" {key} belongs under [{other}]." if other else ""
    meant = prefix + key if _KEY.fullmatch(key) and not other else None
    yield Issue(
        "bad-key",
        f'"{key}" is not {kind}: the keys of [{table}] are {prefix}…',
        Spot((table, key), "key"),
        f"Letters, digits, dots and underscores may follow {prefix}.{moved}",
        closest(key, (meant,)) if meant else None,
    )


def _regions(profile: Profile, here: Path, regions: Mapping[str, Region]) -> Iterator[Issue]:
    permitted = profile.permitted_regions
    for index, code in enumerate(permitted or ()):
        yield from unknown(code, (*here, "permitted_regions", index), regions)
    default = profile.default_region
    if default is None:
        return
    place = (*here, "default_region")
    wrong = tuple(unknown(default, place, regions))
    yield from wrong
    yield from retired(default, place, regions)
    if permitted is not None and default not in permitted and not wrong:
        yield Issue(
            "REG104",
            f"default_region {default} is not among permitted_regions of {here[1]}",
            Spot(place),
            f"permitted_regions has {', '.join(permitted) or 'none'}: add {default} or choose one of them.",
            closest(default, permitted),
            rests_on=((*here, "permitted_regions"),),
        )
