"""A ledger in trouble, through a whole ``apply``: the right code, words that help, nothing lost, nothing
twice."""

from __future__ import annotations

import contextlib
import resource
import signal
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from faults.between import Scene, full_disk
from faults.dying import mortal
from faults.matrix import WRITES, judged, stage
from faults.mixed import Story
from reconciler_sandbox.faults.record import Fault
from support.ledgers import as_nobody
from support.postgres import Postgres

from reconciler.ledger.reading import VERSION

READING = (["plan"], ["drift"], ["history"])
EVERY = (*READING, ["apply", "--auto-approve"], ["unlock", "0123abcd"])
NTHS = (1, 4, WRITES)
"""The first write, one in the middle, and the last one, after which nothing is left to be sent."""


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The world after an apply that nothing disturbs."""
    scene = Scene(tmp_path_factory.mktemp("calm") / "lab")
    assert scene.apply().code == 0
    assert scene.writes() == WRITES
    return scene.world()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Its ledger is a file."""
    with mortal():
        yield Scene(tmp_path / "lab")


@pytest.fixture
def shared(tmp_path: Path, postgres: Postgres) -> Iterator[Scene]:
    """Its ledger is on a server."""
    with mortal():
        yield Scene(tmp_path / "lab", postgres.new_room())


def ends_well(scene: Scene, wanted: dict[str, object]) -> None:
    """Running the same command again ends as if nothing had gone wrong."""
    again = scene.apply()
    assert again.code == 0, again.out + again.err
    assert [*judged(scene, wanted), *scene.illegal()] == []


def stopped_before_it_began(scene: Scene, *words: str) -> None:
    """``apply`` is 1, says these words, and has sent nothing."""
    ran = scene.apply()
    assert ran.code == 1, ran.out + ran.err
    for word in (*words, "Nothing was sent."):
        assert word in ran.err.replace("\n  ", " ")
    assert scene.writes() == 0


@contextlib.contextmanager
def under_way(story: Story, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process that is stopped with a creation on its way, until it gets SIGCONT."""
    story.play(Fault("/project/new", "slow:1200ms", when="before", nth=1))
    process = story.begin(*words)
    try:
        while not story.struck():
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGSTOP)
        yield process
    finally:
        process.kill()
        process.wait()


# The disk is full.


@pytest.mark.parametrize("most", [0, 5000])
def test_a_disk_that_is_full_before_the_first_apply_is_1_and_the_rest_goes_on(
    scene: Scene, wanted: dict[str, object], most: int
) -> None:
    with full_disk() as fill:
        fill(most)
        stopped_before_it_began(scene, str(scene.file), "Make room there")
        codes = [scene.run(*words).code for words in READING]
    assert codes == [0, 2, 0]
    assert [path.name for path in scene.file.parent.iterdir() if path.name != ".gitignore"] == []
    ends_well(scene, wanted)


def test_a_disk_that_is_full_before_an_apply_is_1_and_what_is_recorded_can_be_read(scene: Scene) -> None:
    assert scene.apply().code == 0
    before = scene.run("history").out
    with full_disk() as fill:
        fill(0)
        ran = scene.apply()
        codes = [scene.run(*words).code for words in READING]
        after = scene.run("history").out
    assert ran.code == 1
    assert f"cannot write {scene.file}: the disk or a quota is full" in ran.err
    assert "Make room there" in ran.err
    assert (codes, after) == ([0, 0, 0], before)
    assert scene.apply().code == 0


@pytest.mark.parametrize("nth", NTHS)
def test_a_disk_that_fills_up_between_two_writes_stops_the_apply_and_loses_no_step(
    scene: Scene, wanted: dict[str, object], nth: int
) -> None:
    wal = scene.file.with_name("ledger.db-wal")
    with full_disk() as fill:
        ran = scene.struck(nth, lambda: fill(wal.stat().st_size))
        codes = [scene.run(*words).code for words in READING]
    # Once all is done the lost record alone is an error; before that the apply is incomplete.
    assert ran.code == (1 if nth == WRITES else 4), ran.out + ran.err
    assert f"{nth} done, 0 failed, {WRITES - nth} not attempted, 0 uncertain." in ran.out
    assert f"error: cannot write {scene.file}: the disk or a quota is full" in ran.out
    assert "Make room there" in ran.out
    assert codes[::2] == [0, 0]
    assert scene.writes() == nth
    ends_well(scene, wanted)
    assert scene.writes() == WRITES


def test_after_a_disk_that_filled_up_under_a_process_the_next_one_need_not_wait_for_its_lock(
    tmp_path: Path, wanted: dict[str, object]
) -> None:
    with stage(tmp_path) as server:
        story = Story(server, tmp_path / "story", patience=30)
        with under_way(story, "apply", "--auto-approve", "--parallelism", "1") as process:
            wal = story.folder / ".reconciler" / "ledger.db-wal"
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (wal.stat().st_size,) * 2)
            process.send_signal(signal.SIGCONT)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 4, out + err
        assert "the disk or a quota is full" in out
        again = story.apply()
        assert again.code == 0, again.out + again.err
        assert [*judged(story, wanted), *story.illegal()] == []


# The file is not as it should be.


def test_a_read_only_ledger_can_be_read_and_is_1_for_whoever_would_write(wanted: dict[str, object]) -> None:
    """In a folder that everybody may look into: a test may be run by root, to whom all is writable."""
    with mortal(), tempfile.TemporaryDirectory(prefix="ledger") as folder:
        scene = Scene(Path(folder) / "lab")
        assert scene.apply().code == 0
        for path in (Path(folder), scene.folder):
            path.chmod(0o755)
        for path in scene.file.parent.iterdir():
            path.chmod(0o444)
        with as_nobody(scene.file.parent):
            ran = scene.apply()
            codes = [scene.run(*words).code for words in READING]
            history = scene.run("history").out
            unlocked = scene.run("unlock", "0123abcd")
        assert ran.code == 1, ran.out + ran.err
        assert f"cannot write {scene.file}: it is read-only" in ran.err
        assert "readable and writable for you" in ran.err.replace("\n  ", " ")
        assert codes == [0, 0, 0]
        assert "8 done" in history
        assert (unlocked.code, "Nobody holds the lock" in unlocked.err) == (1, True)
        assert scene.writes() == WRITES
        scene.file.chmod(0o600)
        ends_well(scene, wanted)


def garbage(whole: bytes) -> bytes:
    return Random(1).randbytes(len(whole))


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def a_good_first_page(whole: bytes) -> bytes:
    return whole[:100] + garbage(whole[100:])


def holes(whole: bytes) -> bytes:
    return whole[:20_000] + b"\xff" * (len(whole) - 20_000)


@pytest.mark.parametrize("damage", [garbage, half, a_good_first_page, holes])
def test_a_damaged_ledger_is_1_for_every_command_and_once_moved_away_nothing_is_made_twice(
    scene: Scene, wanted: dict[str, object], damage: Callable[[bytes], bytes]
) -> None:
    assert scene.apply().code == 0
    bad = damage(scene.file.read_bytes())
    scene.file.write_bytes(bad)
    for words in (["plan"], ["drift"], ["apply", "--auto-approve"], ["history"]):
        ran = scene.run(*words)
        if ran.code == 1 or words[0] == "apply":
            assert (ran.code, ran.out) == (1, ""), words
            assert (str(scene.file) in ran.err, "damaged" in ran.err) == (True, True), ran.err
            assert "Move it away" in ran.err
        else:
            assert damage is holes, "what it reads lies elsewhere"
    assert scene.run("unlock", "0123abcd").code == 1
    assert (scene.writes(), scene.file.read_bytes()) == (WRITES, bad)
    scene.file.rename(scene.file.with_name("damaged.db"))
    ends_well(scene, wanted)
    assert scene.writes() == WRITES


@pytest.mark.parametrize("nth", NTHS)
def test_a_ledger_that_is_damaged_under_an_apply_loses_no_project(
    scene: Scene, wanted: dict[str, object], nth: int
) -> None:
    def damage() -> None:
        for path in (scene.file, scene.file.with_name("ledger.db-wal")):
            path.write_bytes(garbage(path.read_bytes()))

    ran = scene.struck(nth, damage)
    assert ran.code in (0, 1, 4), ran.out + ran.err
    assert scene.run("history").code == 1
    stopped = scene.apply()
    assert (stopped.code, "damaged" in stopped.err) == (1, True), stopped.out + stopped.err
    scene.file.rename(scene.file.with_name("damaged.db"))
    ends_well(scene, wanted)
    assert scene.writes() == WRITES


def test_what_is_left_of_a_ledger_that_was_removed_does_not_come_back_in_the_new_one(
    scene: Scene, wanted: dict[str, object]
) -> None:
    kept: dict[str, bytes] = {}

    def keep() -> None:
        kept.update({path.name: path.read_bytes() for path in scene.file.parent.iterdir()})

    assert scene.struck(4, keep).code == 0
    for name, data in kept.items():
        (scene.file.parent / name).write_bytes(data)
    scene.file.unlink()
    ends_well(scene, wanted)
    assert len(scene.run("history", "--format", "json").json["runs"]) == 1


def test_a_ledger_of_a_newer_version_is_1_for_every_command_and_is_left_alone(scene: Scene) -> None:
    assert scene.apply().code == 0
    with contextlib.closing(sqlite3.connect(scene.file)) as ledger, ledger:
        ledger.execute("UPDATE reconciler_version SET version = version + 1")
    before = scene.file.read_bytes()
    for words in EVERY:
        ran = scene.run(*words)
        assert (ran.code, ran.out) == (1, ""), words
        assert f"the ledger {scene.file} was written by a newer version of reconciler" in ran.err
        assert f"the version {VERSION + 1}; this one reads and writes up to {VERSION}. Upgrade" in ran.err
    assert (scene.writes(), scene.file.read_bytes()) == (WRITES, before)


def test_a_folder_in_the_place_of_the_ledger_is_1_for_every_command(
    scene: Scene, wanted: dict[str, object]
) -> None:
    scene.file.mkdir(parents=True)
    for words in EVERY:
        ran = scene.run(*words)
        assert (ran.code, ran.out) == (1, ""), words
        assert f"{scene.file}: it is a folder, not a file" in ran.err
    assert scene.writes() == 0
    scene.file.rmdir()
    ends_well(scene, wanted)


# The server of the ledger.


def test_a_server_that_is_stopped_is_1_for_every_command_and_nothing_is_sent(
    shared: Scene, wanted: dict[str, object], postgres: Postgres
) -> None:
    postgres.stop()
    try:
        for words in EVERY:
            ran = shared.run(*words)
            assert (ran.code, ran.out) == (1, ""), words
            assert "the ledger postgresql://" in ran.err
            assert "Look that the server runs" in ran.err
    finally:
        postgres.start()
    assert shared.writes() == 0
    ends_well(shared, wanted)


@pytest.mark.parametrize("nth", NTHS)
def test_connections_that_are_cut_between_two_writes_are_made_anew_and_the_apply_goes_on(
    shared: Scene, wanted: dict[str, object], postgres: Postgres, nth: int
) -> None:
    ran = shared.struck(nth, postgres.cut_all)
    assert ran.code == 0, ran.out + ran.err
    assert [*judged(shared, wanted), *shared.illegal()] == []
    assert shared.writes() == WRITES


def test_a_server_that_is_back_a_second_later_is_waited_for_and_the_apply_goes_on(
    shared: Scene, wanted: dict[str, object], postgres: Postgres
) -> None:
    starting: list[threading.Timer] = []

    def stop() -> None:
        postgres.stop()
        starting.append(threading.Timer(1.0, postgres.start))
        starting[0].start()

    try:
        ran = shared.struck(4, stop)
    finally:
        starting[0].join()
    assert ran.code == 0, ran.out + ran.err
    assert [*judged(shared, wanted), *shared.illegal()] == []
    assert shared.writes() == WRITES


@pytest.mark.parametrize("nth", NTHS)
def test_a_server_that_stays_away_stops_the_apply_and_the_next_one_settles_what_was_open(
    shared: Scene, wanted: dict[str, object], postgres: Postgres, nth: int
) -> None:
    shared.lease(1.0)
    try:
        ran = shared.struck(nth, postgres.stop)
        told = shared.run("plan")
    finally:
        postgres.start()
    assert ran.code == (1 if nth == WRITES else 4), ran.out + ran.err
    assert f"{nth} done, 0 failed, {WRITES - nth} not attempted, 0 uncertain." in ran.out
    assert "error: cannot write the ledger postgresql://" in ran.out
    assert told.code == 1
    assert shared.writes() == nth
    opened = shared.run("plan")
    assert "it is not known whether it was carried out" in opened.out + opened.err
    ends_well(shared, wanted)
    assert shared.writes() == WRITES


# Two at once.


def test_of_two_saved_plans_applied_at_once_one_is_locked_out_and_then_finds_nothing_left_to_send(
    tmp_path: Path, wanted: dict[str, object]
) -> None:
    with stage(tmp_path) as server:
        story = Story(server, tmp_path / "story", patience=30)
        for name in ("first.json", "second.json"):
            assert story.run("plan", "-o", name).code == 0
        with under_way(story, "apply", "first.json", "--auto-approve") as process:
            second = story.run("apply", "second.json", "--auto-approve")
            process.send_signal(signal.SIGCONT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, second.code) == (0, 6), (out, err, second)
        assert "reconciler apply first.json --auto-approve" in second.err
        assert "Nothing was sent." in second.err
        sent = len(story.writes())
        late = story.run("apply", "second.json", "--auto-approve")
        assert late.code == 0, late.out + late.err
        assert late.out.count("already so") == len(story.writes()) == sent
        assert [*judged(story, wanted), *story.illegal()] == []
