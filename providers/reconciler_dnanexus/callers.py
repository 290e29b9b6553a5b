"""The identities of one run: a session for each user behind them, the default first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.provider import ProviderError
from reconciler_dnanexus import routes, wire
from reconciler_dnanexus.failures import PERMISSION_DENIED, PlatformError
from reconciler_dnanexus.session import Session


class Callers:
    """Who can be asked. Two tokens of one user are one identity: the first."""

    def __init__(self, sessions: dict[str, Session], logins: dict[str, str]) -> None:
        """``logins``: user by the name of the identity in the TOML."""
        self._sessions = sessions
        self.logins = logins
        self.users = tuple(sessions)
        self.default = self.users[0]

    def __iter__(self) -> Iterator[tuple[str, Session]]:
        return iter(self._sessions.items())

    def session(self, user: str) -> Session | None:
        return self._sessions.get(user)

    def best_for(self, payer: str) -> tuple[str, Session]:
        """Who sees most of a payer: that user itself where it is at hand, else the default."""
        user = payer if payer in self._sessions else self.default
        return user, self._sessions[user]


def meet(sessions: Sequence[tuple[str | None, Session]]) -> Callers:
    """Asks the platform, once for each, whose tokens they are; each with its name in the TOML, if it has
    one there. Raises ProviderError."""
    found: dict[str, Session] = {}
    logins: dict[str, str] = {}
    for name, session in sessions:
        user = _whoami(session)
        found.setdefault(user, session)
        if name is not None:
            logins[name] = user
    return Callers(found, logins)


def _whoami(session: Session) -> str:
    try:
        return session.read(routes.WHOAMI, {}, wire.IDENTIFIED).id
    except PlatformError as error:
        if error.type != PERMISSION_DENIED:
            raise
        raise ProviderError(
            f"the platform does not say whose token that of {session.label} is: {error.message}",
            "It needs a token of a user, made by `dx login` or in the web interface.",
            error.request_id,
        ) from None
