"""What a drift run found is remembered without the lock, and stops nobody who has it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from reconciler.ledger import Ledger, tables
from reconciler.model.report import Seen
from tests.unit.ledger.samples import BASELINE, INTENT, OWNER, STARTED, Place

SEEN = Seen("2026-11-20T17:03:00.000Z", 2, ("aa", "bb"), "said")


def test_nothing_is_seen_before_something_is_remembered(place: Place) -> None:
    assert place.open().seen() is None


def test_what_is_remembered_last_is_what_was_seen(place: Place) -> None:
    place.open().remember(SEEN)
    later = replace(SEEN, exit_code=0, items=())
    place.open().remember(later)
    assert place.open().seen() == later
    assert place.open("another").seen() is None


def test_remembering_neither_needs_the_lock_nor_takes_it_from_anybody(place: Place) -> None:
    holder = place.open()
    with holder.lock(OWNER):
        holder.begin(STARTED)
        place.open().remember(SEEN)
        holder.append(INTENT)
        holder.record(BASELINE)
        assert place.open().seen() == SEEN
    assert [call.intent for call in holder.open_calls()] == [INTENT]


def made_old(ledger: Ledger) -> None:
    """As the first version left it."""
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
    with ledger._database.writing() as connection:  # type: ignore[attr-defined]
        connection.execute(text("DROP TABLE reconciler_seen"))
        connection.execute(tables.version.update().values(version=1))


def test_a_ledger_of_the_first_version_is_read_as_it_is_and_migrated_when_it_is_to_remember(
    place: Place,
) -> None:
    ledger = place.open()
    made_old(ledger)
    assert (ledger.seen(), ledger.baseline()) == (None, BASELINE)
    ledger.remember(SEEN)
    assert (ledger.seen(), ledger.baseline()) == (SEEN, BASELINE)


@pytest.mark.parametrize("remembering", [True, False])
def test_only_remembering_makes_a_ledger_where_none_is(local: Place, remembering: bool) -> None:
    ledger = local.open()
    ledger.remember(SEEN) if remembering else ledger.seen()
    assert local.file.exists() is remembering
