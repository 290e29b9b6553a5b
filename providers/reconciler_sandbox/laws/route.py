"""What the router knows of a route; each module of laws names its own routes in a table ``ROUTES``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from .switches import Switches
from .view import Answer, Call, View

Law = Callable[[View, Call], Answer]

Name = tuple[str, str]
"""A family and a method. The family is a class, such as ``project``, for a route without an id
(``/project/new``), and with a dash, such as ``project-``, for a route of one entity."""


class Route(Struct, frozen=True):
    """``keys``: the known input keys (None: the keys are data). ``open``: for the anonymous user
    too. ``scoped``: for tokens of less than full scope too. ``finds``: shows writes late if the
    world says so. ``recipient``: a pending transfer is enough to see the project; ``payer``: so is
    paying for it. ``there``: is there such a route, under these switches (None: always)? ``nonce``: the
    same call with the same nonce gets the same answer. ``any_body``: the input may be any JSON, which
    the law finds in ``call.given``."""

    law: Law
    keys: frozenset[str] | None
    open: bool = False
    scoped: bool = False
    finds: bool = False
    recipient: bool = False
    payer: bool = False
    there: Callable[[Switches], bool] | None = None
    nonce: bool = False
    any_body: bool = False


Table = Mapping[Name, Route]


def for_each(families: Iterable[str], method: str, route: Route) -> dict[Name, Route]:
    """The same route for several families."""
    return {(family, method): route for family in families}
