"""``[[moved]]``: an old address leads to one that there is, by one way only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.config.checks.projects import KEY
from reconciler.config.issue import Issue, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, Moved, Region

_TABLE = "projects."


def check(document: Document, _: Mapping[str, Region]) -> Iterator[Issue]:
    firsts: dict[str, int] = {}
    targets: dict[str, int] = {}
    addresses = {_TABLE + key for key in document.projects} if document.moved else set()
    for index, move in enumerate(document.moved):
        wrong = tuple(_no_address(move, index))
        yield from wrong
        if wrong:
            continue
        first = firsts.setdefault(move.from_, index)
        if first != index:
            yield _twice("from", move.from_, first, index)
        target = targets.setdefault(move.to, index)
        if target != index and first == index:
            yield _twice("to", move.to, target, index)
        if move.from_ in addresses:
            yield _still_there(move.from_, index)
    yield from _ends(document, firsts, addresses)


def resolved(moves: Sequence[Moved]) -> dict[str, str]:
    """Old address → the last of its chain. Only for moves that ``check`` found nothing wrong with."""
    step = {move.from_: move.to for move in moves}
    last: dict[str, str] = {}
    for old in step:
        chain = []
        at = old
        while at in step and at not in last:
            chain.append(at)
            at = step[at]
        last.update(dict.fromkeys(chain, last.get(at, at)))
    return last


def _no_address(move: Moved, index: int) -> Iterator[Issue]:
    for name, address in (("from", move.from_), ("to", move.to)):
        if address.startswith(_TABLE) and KEY.fullmatch(address[len(_TABLE) :]):
            continue
        yield Issue(
            "moved",
            f'{name} = "{address}" is not the address of a project',
            Spot(("moved", index, name)),
            "Only projects are moved: an address is projects.KEY.",
            _TABLE + address if KEY.fullmatch(address) else None,
        )


def _twice(name: str, address: str, first: int, index: int) -> Issue:
    what = f"{address} is moved twice" if name == "from" else f"two addresses are moved to {address}"
    return Issue(
        "moved",
        f"{what}; the other [[moved]] is",
        Spot(("moved", index, name)),
        "Keep the one that says where the project is now.",
        also=Spot(("moved", first, name)),
    )


def _still_there(address: str, index: int) -> Issue:
    return Issue(
        "moved",
        f"{address} is moved away, but it is still defined",
        Spot(("moved", index, "from")),
        "Rename the table to the new address, or remove this [[moved]].",
        also=Spot(tuple(address.split(".", 1)), "key"),
    )


def _ends(document: Document, firsts: Mapping[str, int], addresses: set[str]) -> Iterator[Issue]:
    """Each chain must end at an address that there is; a circle is told once."""
    seen: set[str] = set()
    for start, index in firsts.items():
        target = document.moved[index].to
        if target not in firsts and target not in addresses:
            yield _nowhere(target, index, addresses)
        chain: dict[str, None] = {}
        at = start
        while at in firsts and at not in seen:
            seen.add(at)
            chain[at] = None
            at = document.moved[firsts[at]].to
        if at in chain:
            addresses_of_it = list(chain)
            yield _circle(addresses_of_it[addresses_of_it.index(at) :], firsts[at])


def _circle(addresses: Sequence[str], index: int) -> Issue:
    return Issue(
        "moved",
        f"these moves go round in a circle: {' → '.join((*addresses, addresses[0]))}",
        Spot(("moved", index, "to")),
        "One of them must go.",
    )


def _nowhere(target: str, index: int, addresses: set[str]) -> Issue:
    near = closest(
        target.removeprefix(_TABLE), [address.removeprefix(_TABLE) for address in sorted(addresses)]
    )
    return Issue(
        "moved",
        f"{target} is not defined",
        Spot(("moved", index, "to")),
        "A [[moved]] leads to an address of this workspace; remove it if the project is no longer managed.",
        near and _TABLE + near,
        rests_on=(("projects", target.removeprefix(_TABLE)), ("moved",)),
    )
