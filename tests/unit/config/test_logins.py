"""Whose tokens the identities turned out to be: an error where the TOML says otherwise, at its line."""

from __future__ import annotations

import pytest

from reconciler.config import whose

from .conftest import Loaded, Told

BOB = '[identities.bob]\ntoken_env = "DX_TOKEN_BOB"\n'
SURE = BOB + 'user = "user-bob"\n'


def found(loaded: Loaded, text: str, **logins: str) -> list[tuple[str, int, int, str]]:
    told = whose(loaded(text), logins)
    return [(d.severity, d.source.line, d.source.column, d.summary) for d in told if d.source]


def test_a_token_of_somebody_else_than_written_is_an_error_that_names_both(loaded: Loaded) -> None:
    assert found(loaded, SURE, bob="user-carol") == [
        ("error", 6, 8, "the token of identity bob belongs to user-carol, not to user-bob")
    ]
    (diagnostic,) = whose(loaded(SURE), {"bob": "user-carol"})
    assert diagnostic.detail == 'Put a token of user-bob into DX_TOKEN_BOB, or write user = "user-carol".'


@pytest.mark.parametrize("logins", [{}, {"bob": "user-bob"}])
def test_a_token_of_who_is_written_or_none_at_all_is_fine(loaded: Loaded, logins: dict[str, str]) -> None:
    assert found(loaded, SURE, **logins) == []


@pytest.mark.parametrize(
    "rest", ['[users.user-bob]\ndefault_region = "aws:us-east-1"', '[projects.x]\nbill_to = "user-bob"']
)
def test_a_token_of_somebody_else_than_the_toml_speaks_of_is_a_warning(loaded: Loaded, rest: str) -> None:
    assert found(loaded, BOB + rest, bob="user-carol") == [
        ("warning", 5, 13, "the token of identity bob belongs to user-carol, and the TOML speaks of user-bob")
    ]
    assert found(loaded, BOB + rest, bob="user-bob") == []


def test_a_name_that_nothing_in_the_toml_speaks_of_is_only_a_name(loaded: Loaded) -> None:
    assert found(loaded, BOB, bob="user-carol") == []


def test_two_tokens_of_one_user_are_a_warning_at_the_second(loaded: Loaded) -> None:
    text = BOB + '[identities.robert]\ntoken_env = "DX_TOKEN_ROBERT"\n'
    assert found(loaded, text, bob="user-bob", robert="user-bob") == [
        ("warning", 7, 13, "identities bob and robert are both user-bob: one of them adds nothing")
    ]


def test_a_user_that_is_written_twice_is_a_warning_told_once(loaded: Loaded, told: Told) -> None:
    text = SURE + '[identities.robert]\nuser = "user-bob"\n'
    assert [(d.severity, d.code, d.source.line, d.source.column) for d in told(text) if d.source] == [
        ("warning", "same-user", 8, 8)
    ]
    assert found(loaded, text, bob="user-bob", robert="user-bob") == []


def test_every_wrong_token_is_told_at_once_errors_first(loaded: Loaded) -> None:
    text = (
        '[identities.carol]\ntoken_env = "C"\n'
        + SURE
        + '[identities.dave]\ntoken_env = "D"\nuser = "user-dave"\n[projects.x]\nbill_to = "user-carol"\n'
    )
    told = found(loaded, text, carol="user-bob", bob="user-carol", dave="user-alice")
    assert [(severity, line) for severity, line, _, _ in told] == [
        ("error", 8),
        ("error", 11),
        ("warning", 5),
    ]
