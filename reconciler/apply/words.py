"""What went wrong with a provider, in words."""

from __future__ import annotations

from reconciler.provider import ProviderError

UNREACHABLE = "the provider cannot be used any more"


def words(failure: ProviderError) -> str:
    return f"{failure.message} ({failure.advice})" if failure.advice else failure.message
