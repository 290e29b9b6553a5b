"""The provider ``sandbox``: the embedded platform, driven by the very same client as the real one.

  RECONCILER_SANDBOX=URL     that server
  [provider] endpoint        that server
  neither                    the workspace's own, joined or started (see launch)

Nothing is imported, read or started before a reader is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from reconciler.provider import Provider, ProviderError, Reader, Settings, Writer

if TYPE_CHECKING:
    from reconciler_dnanexus.endpoint import Place
    from reconciler_dnanexus.reader import Credential, DNAnexusReader

Client = TypeVar("Client", bound="DNAnexusReader")

VARIABLE = "RECONCILER_SANDBOX"
TOUCHES = "nothing outside this machine is touched"


class SandboxProvider:
    """Satisfies ``reconciler.provider.Provider``."""

    def reader(self, settings: Settings) -> Reader:
        """Raises ProviderError where no server can be had or a setting cannot be, DiagnosticsError
        where the world file is wrong."""
        from reconciler_dnanexus.reader import DNAnexusReader

        return _opened(DNAnexusReader, settings)

    def writer(self, settings: Settings) -> Writer:
        """Raises ProviderError where no server can be had or a setting cannot be, DiagnosticsError
        where the world file is wrong."""
        from reconciler_dnanexus.steps import DNAnexusWriter

        return _opened(DNAnexusWriter, settings)

    def reproducible(self) -> bool:
        return True


def _opened(kind: type[Client], settings: Settings) -> Client:
    # The logins first: without one, no server need be started.
    credentials = _credentials(settings)
    place, name = _place(settings)
    return kind(
        place,
        credentials,
        settings.environ,
        endpoint=name,
        touches=TOUCHES,
        progress=settings.progress,
    )


def provider() -> Provider:
    """What the entry point gives."""
    return SandboxProvider()


def _place(settings: Settings) -> tuple[Place, str]:
    """Where to ask, and how plans name that: a port that changes is no name."""
    from reconciler_dnanexus.endpoint import Place, is_loopback, normal_url

    url, where = _given(settings)
    if url is not None:
        url = normal_url(url, where)
        if not is_loopback(url):
            raise ProviderError(
                f"{where} is {url}, which is not on this machine: the sandbox never is anywhere else",
                'For a platform elsewhere write type = "dnanexus" in [provider].',
            )
        return Place(url), url
    from reconciler_sandbox.launch import Launcher

    world = _world(settings)
    launcher = Launcher(Path(settings.directory), world)
    try:
        running = launcher.server()
    except ProviderError:
        _want_good(world)
        raise
    return Place(running.endpoint, lambda: launcher.again(running.store)), f"sandbox:{running.store}"


def _want_good(world: Path) -> None:
    """Raises WorldError, with every place, where it is the world file that a server cannot start from."""
    from reconciler_sandbox.world.reader import load

    load(world)


def _given(settings: Settings) -> tuple[str | None, str]:
    """The URL that is written somewhere, and where."""
    if url := settings.environ.get(VARIABLE):
        return url, VARIABLE
    return settings.table.endpoint, "[provider] endpoint"


def _world(settings: Settings) -> Path:
    if settings.table.world is None:
        raise ProviderError(
            "[provider] names no world for the sandbox to start from",
            f'Write world = "world/world.toml", or set {VARIABLE} to the URL of a running sandbox.',
        )
    path = Path(settings.directory, settings.table.world)
    if not path.is_file():
        raise ProviderError(
            f"[provider] world is {settings.table.world}, but there is no such file in the workspace",
            f"It is looked for at {path}.",
        )
    return path


class _Logins(Struct, frozen=True):
    """(token, user) of a world file, in its order. ``shown``: the file as the TOML names it."""

    shown: str
    tokens: tuple[tuple[str, str], ...]

    def of(self, user: str, where: str, name: str | None = None) -> Credential:
        """``name``: of the identity in the TOML. Raises ProviderError: the world has no token of the user."""
        from reconciler_dnanexus.login import token
        from reconciler_dnanexus.reader import Credential

        for text, owner in self.tokens:
            if owner == user:
                return Credential(f"{user} of {self.shown}", token(text, self.shown), name)
        known = ", ".join(sorted({owner for _, owner in self.tokens})) or "nobody"
        raise ProviderError(
            f"{where} is {user}, but {self.shown} has no token of that user", f"It has tokens of: {known}."
        )

    def default(self, user: str | None) -> Credential:
        if user is not None:
            return self.of(user, "[provider] user")
        if not self.tokens:
            raise ProviderError(
                f"{self.shown} has no [[tokens]]: there is nobody to act as",
                'Add [[tokens]] with token = "alice-token" and user = "user-alice".',
            )
        return self.of(self.tokens[0][1], "the first token's user")


def _logins(settings: Settings) -> _Logins:
    from reconciler_sandbox.world import tokens

    return _Logins(settings.table.world or "", tokens(_world(settings)))


def _credentials(settings: Settings) -> list[Credential]:
    """All identities at hand, the default first."""
    from reconciler_dnanexus.entry import chosen_identity, token_identities

    found = token_identities(settings)
    first: Credential | None
    try:
        logins = _logins(settings)
    except ProviderError as problem:
        # A server that somebody else runs may serve a world that we have no file of.
        if _given(settings)[0] is None:
            raise
        first = _from_environment(settings, problem)
    else:
        for name, identity in settings.identities.items():
            if identity.user is not None and name not in found:
                found[name] = logins.of(identity.user, f"[identities.{name}] user", name)
        first = logins.default(settings.table.user)
    if settings.identity is not None:
        chosen = chosen_identity(settings, found)
        return [chosen, *(one for one in (*found.values(), first) if one is not None and one is not chosen)]
    return [one for one in (first, *found.values()) if one is not None]


def _from_environment(settings: Settings, problem: ProviderError) -> Credential | None:
    """The login of the environment; dx's files are for the real platform. None where a chosen identity
    makes up for it. Raises ``problem`` where there is nobody to act as."""
    from reconciler_dnanexus.login import CONTEXT, Secret, context_token
    from reconciler_dnanexus.reader import Credential

    context = settings.environ.get(CONTEXT)
    if context:
        return Credential(CONTEXT, context_token(Secret(context), CONTEXT))
    if settings.identity is not None:
        return None
    raise ProviderError(
        f"there is no login to the sandbox: {problem.message}, and {CONTEXT} is not set",
        f"Set {CONTEXT} to one that `reconciler sandbox serve` prints, or name the world file.",
    )
