"""``[identities]``: each is a token's variable, a user of the sandbox, or a token and whose it must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.config.issue import Issue, Spot
from reconciler.config.logins import SAME_USER
from reconciler.model.desired import Document, Region


def check(document: Document, _: Mapping[str, Region]) -> Iterator[Issue]:
    first: dict[str, str] = {}
    for name, identity in document.identities.items():
        here = ("identities", name)
        if identity.token_env is None and identity.user is None:
            yield Issue(
                "identity",
                f"identities.{name} needs token_env or user",
                Spot(here, "key"),
                "token_env names an environment variable that holds a token; user says whose token that "
                "must be, or names a user of the sandbox.",
                rests_on=((*here, "token_env"), (*here, "user")),
            )
        if identity.user is not None and (other := first.setdefault(identity.user, name)) != name:
            yield Issue(
                SAME_USER,
                f"identities {other} and {name} are both {identity.user}: one of them adds nothing",
                Spot((*here, "user")),
                severity="warning",
            )
