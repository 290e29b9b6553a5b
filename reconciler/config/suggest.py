"""Finds the word that was probably meant. Must not know what the words are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_LONG = 200
"""Comparing is quadratic in the length: longer words are no typing mistakes of ours."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``word`` is probably a misspelling of, or None."""
    return None if len(word) > _LONG else _closest(word, tuple(known))


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches

    plain = word.strip().lower()
    for candidate in known:
        if candidate.lower() == plain and candidate != word:
            return candidate
    ends = [candidate for candidate in known if plain and candidate.endswith((":" + plain, "-" + plain))]
    near = ends[:1] if len(ends) == 1 else get_close_matches(plain, known, 1, 0.7)
    return near[0] if near and near[0] != word else None
