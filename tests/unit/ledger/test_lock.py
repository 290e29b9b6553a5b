"""The lock: one at a time, whatever is killed, stopped, slow or set back."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from reconciler.ledger import Ledger, Locked, LockOwner, clock, lease, process
from reconciler.ledger.database import LocalDatabase
from reconciler.ledger.held import Held
from reconciler.model.diagnostics import DiagnosticsError
from tests.unit.ledger.samples import (
    BASELINE,
    INTENT,
    OWNER,
    STARTED,
    TRIES_TO_WRITE,
    WAITS,
    Other,
    Place,
    intent,
    me,
    problem,
)

SHORT = 0.6
"""A lease in seconds that a test waits for."""


@contextmanager
def refused(ledger: Ledger, owner: LockOwner | None = None) -> Iterator[Locked]:
    """The lock cannot be taken."""
    with pytest.raises(Locked) as caught, ledger.lock(owner or me()):
        pytest.fail("both have the lock")
    yield caught.value


def until(true: Callable[[], bool]) -> None:
    """Waits for what must come, however slow the machine is."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def takes(ledger: Ledger) -> bool:
    try:
        with ledger.lock(me()):
            return True
    except Locked:
        return False


def stop(other: Other, ledger: Ledger) -> None:
    """Stops the other process until its lease is over; again, if that hit it while it was writing."""
    for _ in range(6):
        other.process.send_signal(signal.SIGSTOP)
        end = time.monotonic() + 5 * SHORT
        while time.monotonic() < end:
            if takes(ledger):
                return
            time.sleep(0.05)
        other.process.send_signal(signal.SIGCONT)
        time.sleep(SHORT / 10)
    pytest.fail("nobody could take the lock")


def test_a_second_one_is_told_who_has_the_lock_since_when_from_where_doing_what(place: Place) -> None:
    with place.open().lock(OWNER), refused(place.open()) as found:
        owner = found.owner
    assert owner is not None
    assert replace(owner, expires="", fence=0) == OWNER
    assert owner.fence == 1
    assert owner.expires > "2026"
    for part in ("alice", "host-1", "4711", "2026-11-20T17:03:00.000Z", "reconciler apply .", "renewed "):
        assert part in str(found)
    assert f"reconciler unlock {OWNER.id}" in found.advice


def test_a_lock_that_was_given_back_can_be_taken_and_each_taking_has_a_higher_number(place: Place) -> None:
    for number in range(1, 4):
        with place.open().lock(OWNER), refused(place.open()) as found:
            assert found.owner is not None
            assert found.owner.fence == number


def test_the_lock_is_given_back_when_its_block_ends_in_an_error(place: Place) -> None:
    with pytest.raises(KeyError), place.open().lock(OWNER):
        raise KeyError
    assert takes(place.open())


def test_two_workspaces_of_one_ledger_are_locked_apart(place: Place) -> None:
    with place.open("genomics").lock(OWNER), place.open("imaging").lock(OWNER):
        pass


def test_the_lock_of_a_killed_process_is_free_at_once(place: Place) -> None:
    ledger = place.open()
    with place.other_process(WAITS) as other:
        with refused(ledger) as found:
            assert found.owner is not None
            assert (found.owner.pid, found.owner.command) == (other.process.pid, "the other one")
        other.process.send_signal(signal.SIGKILL)
        other.process.wait(10)
        with ledger.lock(me()):
            assert [one.intent for one in ledger.open_calls()] in ([INTENT], [])


def test_the_lock_of_a_killed_process_that_nobody_has_waited_for_is_free_at_once(place: Place) -> None:
    with place.other_process(WAITS) as other:
        other.process.send_signal(signal.SIGKILL)
        until(lambda: "Z" in process._text(f"/proc/{other.process.pid}/stat").rpartition(")")[2])
        assert takes(place.open())


def test_who_is_stopped_beyond_its_lease_can_write_and_send_nothing_once_another_has_taken_it(
    place: Place,
) -> None:
    ledger = place.open(lease=SHORT)
    with place.other_process(TRIES_TO_WRITE, lease=SHORT) as other:
        stop(other, ledger)
        with ledger.lock(me()):
            ledger.append(INTENT)
            other.process.send_signal(signal.SIGCONT)
            other.go_on()
            assert [other.line() for _ in range(3)] == ["lock-lost"] * 3
            ledger.want_lock()
            assert ledger.steps_of("run-1") == (INTENT,)


def test_the_lock_is_renewed_for_as_long_as_it_is_held(place: Place) -> None:
    ledger, other = place.open(lease=SHORT), place.open()
    with ledger.lock(me()):
        with refused(other) as first:
            pass
        end = time.monotonic() + 2 * SHORT
        while time.monotonic() < end:
            with refused(other) as found:
                pass
            time.sleep(0.05)
        ledger.want_lock()
        assert first.owner is not None
        assert found.owner is not None
        assert found.owner.expires > first.owner.expires


def test_an_owner_of_another_machine_is_not_known_to_be_dead(place: Place) -> None:
    gone = replace(me(), pid=2**22 - 1, boot="another boot")
    with place.open().lock(gone), refused(place.open()):
        pass


def test_an_owner_whose_pid_is_used_again_is_dead() -> None:
    owner = me()
    assert not process.dead(owner)
    assert process.dead(replace(owner, started="1"))
    assert process.dead(replace(owner, pid=2**22 - 1))
    for unknown in ({"boot": ""}, {"boot": "x"}, {"namespace": "x"}, {"namespace": ""}, {"started": ""}):
        assert not process.dead(replace(owner, pid=2**22 - 1, **unknown))


def test_a_wall_clock_set_back_or_forth_by_a_day_takes_no_lock_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    with place.open().lock(me()):
        for days in (-1, 1):
            monkeypatch.setattr(time, "time", lambda days=days: real() + days * 86_400)
            with refused(place.open()):
                pass


def left_behind(local: Place, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A lock whose owner nobody knows to be dead, taken on another boot and never renewed."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(process, "clock_id", lambda: "another boot")
        database = LocalDatabase(str(local.file))
        lease.take(database, "genomics", OWNER, seconds)
        database.close()


def test_a_lease_of_another_boot_is_watched_where_the_wall_clock_cannot_be_right(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(local, monkeypatch, SHORT)
    real = clock.wall
    for days in (-1, 1):
        monkeypatch.setattr(clock, "wall", lambda days=days: real() + days * 86_400)
        before = clock.ticks()
        assert takes(local.open())
        assert clock.ticks() - before > SHORT
        left_behind(local, monkeypatch, SHORT)


def test_a_lease_of_another_boot_is_held_while_its_end_is_plausible(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(local, monkeypatch, 60.0)
    with refused(local.open()) as found:
        pass
    assert found.unrenewed is not None
    assert found.unrenewed < 60


def test_a_watched_lease_that_is_renewed_is_held(local: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner's machine has another idea of the day."""
    monkeypatch.setattr(process, "clock_id", lambda: "")
    theirs = LocalDatabase(str(local.file))
    monkeypatch.setattr(theirs, "now", lambda _: clock.wall() + 86_400)
    held = Held(theirs, lease.take(theirs, "genomics", OWNER, 10 * SHORT))
    beating = threading.Event()

    def beat() -> None:
        while not beating.wait(0.05):
            held.write(lambda _: None)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        before = clock.ticks()
        with refused(local.open()):
            pass
        assert clock.ticks() - before < 10 * SHORT
    finally:
        beating.set()
        thread.join()
        held.release()
        theirs.close()


def test_a_broken_lock_is_lost_for_its_holder_and_free_for_others(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        assert replace(place.open().unlock(OWNER.id), expires="", fence=0) == OWNER
        with pytest.raises(DiagnosticsError, match="reconciler unlock") as caught:
            ledger.append(INTENT)
        assert problem(caught).code == "lock-lost"
        with pytest.raises(DiagnosticsError, match="was lost"):
            ledger.want_lock()
        assert takes(place.open())
    assert ledger.steps_of("run-1") == ()


def test_unlock_of_an_unknown_id_names_who_holds_it_if_anybody(place: Place) -> None:
    with pytest.raises(DiagnosticsError, match='no lock "abc"') as nobody:
        place.open().unlock("abc")
    assert problem(nobody).detail == "Nobody holds the lock."
    with place.open().lock(OWNER):
        with pytest.raises(DiagnosticsError) as somebody:
            place.open().unlock(OWNER.id[:-1])
        for part in (OWNER.id, "alice on host-1", "reconciler apply ."):
            assert part in (problem(somebody).detail or "")
    with pytest.raises(DiagnosticsError):
        place.open().unlock(OWNER.id)


def test_unlock_of_a_ledger_that_is_not_there_makes_none(local: Place) -> None:
    with pytest.raises(DiagnosticsError):
        local.open().unlock("abc")
    assert not local.folder.exists()


def test_one_refused_write_of_a_group_writes_none_of_it(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.begin(STARTED)
        place.open().unlock(OWNER.id)
        for write in (lambda: ledger.record(BASELINE), lambda: ledger.append(intent("late"))):
            with pytest.raises(DiagnosticsError):
                write()
    assert ledger.baseline().resources == {}


def test_of_many_processes_one_at_a_time_has_the_lock(place: Place) -> None:
    script = (
        "import sys; from reconciler.ledger import open_ledger, owner_here, Locked\n"
        "from tests.unit.ledger.samples import intent\n"
        "ledger = open_ledger(sys.argv[1], 'genomics', sys.argv[2] or None)\n"
        "while True:\n"
        "    try:\n"
        "        with ledger.lock(owner_here('one of many')):\n"
        "            for n in range(3):\n"
        "                ledger.append(intent(f'{sys.argv[3]}-{n}'))\n"
        "        break\n"
        "    except Locked:\n"
        "        pass\n"
    )
    words = [sys.executable, "-c", script, place.directory, place.url or ""]
    running = [subprocess.Popen([*words, str(number)]) for number in range(5)]
    try:
        assert [one.wait(120) for one in running] == [0] * 5
    finally:
        for one in running:
            one.kill()
            one.wait()
    calls = [entry.call or "" for entry in place.open().steps_of("run-1")]
    owners = [call.partition("-")[0] for call in calls]
    assert len(calls) == 15
    assert [owners[n : n + 3] for n in range(0, 15, 3)] == [[owner] * 3 for owner in owners[::3]]
