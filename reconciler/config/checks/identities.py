"""``[identities]``: each is a token's variable or a user of the sandbox, never both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.config.issue import Issue, Spot
from reconciler.model.desired import Document, Region


def check(document: Document, _: Mapping[str, Region]) -> Iterator[Issue]:
    for name, identity in document.identities.items():
        here = ("identities", name)
        if identity.token_env is None and identity.user is None:
            yield Issue(
                "identity",
                f"identities.{name} needs one of token_env and user",
                Spot(here, "key"),
                "token_env names an environment variable that holds a token, user a user of the sandbox.",
                rests_on=((*here, "token_env"), (*here, "user")),
            )
        if identity.token_env is not None and identity.user is not None:
            yield Issue(
                "identity",
                f"identities.{name} has both token_env and user",
                Spot((*here, "user"), "key"),
                "Keep token_env for a real platform, user for the sandbox.",
            )
