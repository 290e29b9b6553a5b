"""The provider ``dnanexus``: which platform and which identities, from dx's login and the TOML.

Nothing is imported or read before a reader is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.provider import Provider, ProviderError, Reader, Settings, Writer

if TYPE_CHECKING:
    from reconciler_dnanexus.endpoint import Place
    from reconciler_dnanexus.login import Login
    from reconciler_dnanexus.reader import Credential


class DNAnexusProvider:
    """Satisfies ``reconciler.provider.Provider``."""

    def reader(self, settings: Settings) -> Reader:
        """Raises ProviderError where there is no login or a setting cannot be."""
        from reconciler_dnanexus.reader import DNAnexusReader

        place, credentials = _resolve(settings)
        return DNAnexusReader(place, credentials, settings.environ, progress=settings.progress)

    def writer(self, settings: Settings) -> Writer:
        """Raises ProviderError where there is no login or a setting cannot be."""
        from reconciler_dnanexus.steps import DNAnexusWriter

        place, credentials = _resolve(settings)
        return DNAnexusWriter(place, credentials, settings.environ, progress=settings.progress)

    def reproducible(self) -> bool:
        return False


def provider() -> Provider:
    """What the entry point gives."""
    return DNAnexusProvider()


def _resolve(settings: Settings) -> tuple[Place, list[Credential]]:
    from reconciler_dnanexus.endpoint import Place, normal_url
    from reconciler_dnanexus.login import read_login

    _no_users_alone(settings)
    login = read_login(settings.environ)
    if settings.table.endpoint is not None:
        url = normal_url(settings.table.endpoint, "[provider] endpoint")
    else:
        url = normal_url(login.endpoint, "the server of dx's configuration (DX_APISERVER_…)")
    return Place(url), _credentials(settings, login)


def _no_users_alone(settings: Settings) -> None:
    named = ["[provider] user"] if settings.table.user is not None else []
    named += [
        f"[identities.{name}] user"
        for name, one in settings.identities.items()
        if one.user is not None and one.token_env is None
    ]
    if named:
        raise ProviderError(
            f'{", ".join(named)}: a user alone is a login on the sandbox only, and this is "dnanexus"',
            'Write token_env = "DX_TOKEN_…", the environment variable that holds the user\'s token.',
        )


def _credentials(settings: Settings, login: Login) -> list[Credential]:
    """All identities at hand, the default first."""
    from reconciler_dnanexus.login import login_token
    from reconciler_dnanexus.reader import Credential

    named = token_identities(settings)
    label = f"dx's login ({login.found_in})"
    if settings.identity is None:
        return [Credential(label, login_token(login)), *named.values()]
    chosen = chosen_identity(settings, named)
    credentials = [chosen, *(one for one in named.values() if one is not chosen)]
    try:
        credentials.append(Credential(label, login_token(login)))
    except ProviderError:
        # With --identity dx's own login is one more identity, not a need.
        return credentials
    return credentials


def token_identities(settings: Settings) -> dict[str, Credential]:
    """The ``[identities]`` whose environment variable is set, by name."""
    from reconciler_dnanexus.login import token
    from reconciler_dnanexus.reader import Credential

    found: dict[str, Credential] = {}
    for name, identity in settings.identities.items():
        variable = identity.token_env
        if variable and (text := settings.environ.get(variable)):
            found[name] = Credential(f"identity {name} ({variable})", token(text, variable), name)
    return found


def chosen_identity(settings: Settings, found: dict[str, Credential]) -> Credential:
    """The identity that ``settings.identity`` names. Raises ProviderError where it is not at hand."""
    name = settings.identity or ""
    if name in found:
        return found[name]
    identity = settings.identities.get(name)
    if identity is None:
        known = ", ".join(sorted(settings.identities)) or "none"
        raise ProviderError(f'there is no identity "{name}" in the TOML', f"[identities] has: {known}.")
    if identity.token_env is None:
        raise ProviderError(
            f"[identities.{name}] says nothing of a token", f'Write token_env = "DX_TOKEN_{name.upper()}".'
        )
    raise ProviderError(
        f"identity {name} is not at hand: the environment variable {identity.token_env} is not set",
        f"Set {identity.token_env} to a token of that user.",
    )
