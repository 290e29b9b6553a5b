"""The reading half of the provider: actual state in bulk. It has no method that writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from reconciler.model.actual import Scope, Snapshot
from reconciler.provider import ProviderError
from reconciler_dnanexus.callers import Callers, meet
from reconciler_dnanexus.data import DataReading
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reading import Reading
from reconciler_dnanexus.session import Session
from reconciler_dnanexus.traffic import Traffic
from reconciler_dnanexus.transport import Transport

DEFAULT_PATIENCE = 60.0
PATIENCE = "RECONCILER_READ_RETRY_SECONDS"


class Credential(Struct, frozen=True):
    """A token and how to call it in messages (``dx's login``, ``identity alice``); ``name``: of the
    identity in the TOML."""

    label: str
    token: Secret
    name: str | None = None


class DNAnexusReader:
    """Satisfies ``reconciler.provider.Reader``. ``credentials`` are all identities at hand, the default
    first; ``endpoint`` is how plans name the platform. Connects to nothing before it is asked."""

    def __init__(
        self,
        place: Place,
        credentials: Sequence[Credential],
        environ: Mapping[str, str],
        *,
        endpoint: str | None = None,
        touches: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Raises ProviderError for settings of the environment that cannot be."""
        self._place = place
        self._endpoint = endpoint or place.url
        self._touches = touches
        self._progress = progress
        self._traffic = Traffic()
        self._counted = 0
        self._callers: Callers | None = None
        transport, patience = Transport(environ), _patience(environ)
        self._names = tuple(one.name for one in credentials)
        self._sessions = tuple(
            Session(
                place,
                token=one.token,
                label=one.label,
                traffic=self._traffic,
                transport=transport,
                patience=patience,
            )
            for one in credentials
        )

    @property
    def endpoint(self) -> str:
        return self._endpoint

    @property
    def address(self) -> str:
        return self._place.url

    @property
    def touches(self) -> str | None:
        return self._touches

    def identities(self) -> tuple[str, ...]:
        """User ids of the identities at hand, the default first. Raises ProviderError."""
        return self._meet().users

    def logins(self) -> Mapping[str, str]:
        """User ids by the names of the identities in the TOML. Raises ProviderError."""
        return self._meet().logins

    def read(self, scope: Scope) -> Snapshot:
        """Actual state of the scope; what may not be seen is Unreadable. Raises ProviderError."""
        started = time.monotonic()
        callers = self._meet()
        reading = Reading(callers, self._progress)
        reading.run(scope)
        data = DataReading(callers)
        data.run(scope)
        calls, self._counted = self._traffic.calls - self._counted, self._traffic.calls
        now = time.time_ns() // 1_000_000
        told = self._traffic.provider_time
        return Snapshot(
            identity=callers.default,
            identities=callers.users,
            profiles=reading.profiles,
            projects=reading.projects,
            missing=reading.missing,
            levels=reading.levels,
            partial=frozenset(reading.partial),
            offers=reading.offers,
            read_at=now,
            provider_time=now if told is None else told,
            calls=calls,
            seconds=time.monotonic() - started,
            data=data.data,
        )

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _meet(self) -> Callers:
        if self._callers is None:
            self._callers = meet(tuple(zip(self._names, self._sessions, strict=True)))
        return self._callers


def _patience(environ: Mapping[str, str]) -> float:
    written = environ.get(PATIENCE)
    if not written:
        return DEFAULT_PATIENCE
    try:
        seconds = float(written)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise ProviderError(f'{PATIENCE} is "{written}"', "It takes a number of seconds above 0.")
    return seconds
