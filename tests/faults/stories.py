"""One story of the soak: the mixed apply on a platform of its own, two troubles drawn by a seed, the command
run again until it ends with 0, and what is then not as it is where nothing went wrong."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Literal
from unittest import mock

from deepdiff import DeepDiff
from faults import forked as forks
from faults import naive as naive_apply
from faults.dying import JOURNAL_KINDS, REQUEST_KINDS, WHERE, Killed, Process, Trouble, Where, life, living
from faults.mixed import desk_of, duplicates, matters, refused
from msgspec import Struct
from support.desk import Desk
from support.tokens import no_token_below

from reconciler.cli import applying
from reconciler.ledger import Ledger, open_ledger
from reconciler.ledger.database import LocalDatabase, SharedDatabase
from reconciler.ledger.lease import look
from reconciler.ledger.location import file_of

MOST_RUNS = 6
"""Of the command in one story: each trouble strikes once, and a run that meets it may end early."""

_MEMORY = Path("/dev/shm")
_WORDS = 400
_SIGNS_OF_A_BUG = ("Traceback", "This is a bug")


Phase = Literal["not begun", "begun", "ended"]


class Calm(Struct, frozen=True):
    """The apply that nothing disturbs: the world after it, and how many places there are to disturb it."""

    world: dict[str, object]
    places: dict[Where, int]


class Kill(Struct, frozen=True):
    """``left_open``: the calls that the journal held open at that moment. ``phase``: how far the journal had
    come with the apply of that life."""

    point: str
    left_open: int
    phase: Phase


class Found(Struct, frozen=True):
    """Of one story. ``troubles`` were drawn, ``struck`` are those whose place was reached."""

    number: int
    parallelism: int
    troubles: tuple[Trouble, ...]
    struck: tuple[Trouble, ...]
    kills: tuple[Kill, ...]
    runs: int
    duplicates: tuple[str, ...]
    lost: tuple[str, ...]
    illegal: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        return (*self.duplicates, *self.lost, *self.illegal)


class Scene(Struct, frozen=True):
    """Where a story takes place. ``ledger``: its URL, or None for the file."""

    desk: Desk
    ledger: str | None

    def process(self, troubles: tuple[Trouble, ...]) -> Process:
        """The connection to the platform becomes one on which these things go wrong."""
        made = Process(self.desk.platform, troubles)
        self.desk.wire = made
        return made

    @contextlib.contextmanager
    def kept(self) -> Iterator[Ledger]:
        with contextlib.closing(open_ledger(str(self.desk.folder), "mixed", self.ledger)) as kept:
            yield kept

    def locked(self) -> bool:
        path = file_of(str(self.desk.folder))
        database = LocalDatabase(path) if self.ledger is None else SharedDatabase(self.ledger)
        with contextlib.closing(database):
            row = look(database, "mixed").row
        return row is not None and row.lock_id is not None


class Lives(Struct):
    """What became of the runs of the command."""

    codes: list[int | None] = []
    """None: it was killed."""
    kills: list[Kill] = []
    words: str = ""
    """What the last one said."""
    bugs: list[str] = []
    """What those said that met what they do not know."""


def calm() -> Calm:
    """Carries it out."""
    with _scene() as scene:
        process = scene.process(())
        lives = _live(scene, process, parallelism=1)
        assert lives.codes == [0], lives.words
        places: dict[Where, int] = {where: process.counts[where] for where in WHERE}
        return Calm(matters(scene.desk.dump()), places)


def story(
    number: int,
    *,
    seed: int,
    calm: Calm,
    naive: bool,
    forked: bool = False,
    ledger: str | None = None,
    given: tuple[tuple[Trouble, ...], int] | None = None,
) -> Found:
    """``number`` and ``seed`` say all that is drawn; ``forked``: each life is a process, ended by
    signal 9; ``ledger``: the URL of an empty one, else it is a file; ``given``: troubles and parallelism,
    undrawn."""
    rng = Random(f"{seed}/{number}")
    troubles, parallelism = given or (drawn(rng, calm), rng.choice((1, 4)))
    with _scene(ledger) as scene, _engine(naive):
        process = scene.process(troubles)
        lives = _live(scene, process, parallelism, forked)
        world = matters(scene.desk.dump())
        calls = [json.loads(bytes(line)) for line in scene.desk.platform.log.recent()]
        return Found(
            number=number,
            parallelism=parallelism,
            troubles=troubles,
            struck=tuple(process.struck),
            kills=tuple(lives.kills),
            runs=len(lives.codes),
            duplicates=tuple(duplicates(world)),
            lost=tuple(_lost(scene, lives, world, calm, naive)),
            illegal=tuple(refused(calls)),
        )


def drawn(rng: Random, calm: Calm) -> tuple[Trouble, ...]:
    """Two troubles at two places."""
    found: list[Trouble] = []
    kinds = [(kind, True) for kind in REQUEST_KINDS] + [(kind, False) for kind in JOURNAL_KINDS]
    while len(found) < 2:
        kind, at_request = rng.choice(kinds)
        where: Where = rng.choice(("read", "write")) if at_request else "journal"
        trouble = Trouble(kind, where, rng.randint(1, calm.places[where]))
        if all((one.where, one.nth) != (where, trouble.nth) for one in found):
            found.append(trouble)
    return tuple(found)


@contextlib.contextmanager
def _scene(ledger: str | None = None) -> Iterator[Scene]:
    """A fresh workspace."""
    with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        desk = desk_of(Path(folder), ledger)
        yield Scene(desk, ledger)
        no_token_below(desk.folder)


@contextlib.contextmanager
def _engine(naive: bool) -> Iterator[None]:
    if not naive:
        yield
        return
    with mock.patch.object(applying, "run", naive_apply.run):
        yield


def _live(scene: Scene, process: Process, parallelism: int, forked: bool = False) -> Lives:
    """The command until it ends with 0, MOST_RUNS times at most."""
    lives = Lives()
    words = ("apply", "--auto-approve", "--parallelism", str(parallelism))
    with contextlib.nullcontext() if forked else living(process):
        while len(lives.codes) < MOST_RUNS and (not lives.codes or lives.codes[-1] != 0):
            before = _applies(scene)
            try:
                if forked:
                    ran = forks.run(scene.desk, process, *words)
                else:
                    with life(process):
                        ran = scene.desk.run(*words)
            except Killed as end:
                point: str | None = str(end)
                lives.codes.append(None)
                lives.kills.append(_kill(scene, str(end), before))
                assert scene.locked(), f"the lock was given back by who was killed {point}"
            else:
                point = None
                lives.codes.append(ran.code)
                lives.words = (ran.out + ran.err)[-_WORDS:]
                if any(sign in ran.out + ran.err for sign in _SIGNS_OF_A_BUG):
                    lives.bugs.append(lives.words)
            assert point == process.point, f"killed {process.point}, it ended {point}"
    assert len(lives.kills) == sum(one.kind.startswith("kill") for one in process.struck)
    return lives


def _applies(scene: Scene) -> int:
    with scene.kept() as kept:
        return len(kept.history(MOST_RUNS))


def _kill(scene: Scene, point: str, before: int) -> Kill:
    """``before``: how many applies the history had when that life began."""
    with scene.kept() as kept:
        applies = kept.history(MOST_RUNS)
        phase: Phase = "not begun"
        if len(applies) > before:
            phase = "begun" if applies[0].finished is None else "ended"
        return Kill(point, len(kept.open_calls()), phase)


def _lost(scene: Scene, lives: Lives, world: dict[str, object], calm: Calm, naive: bool) -> Iterator[str]:
    if lives.codes[-1] != 0:
        yield f"ended with {lives.codes}: {lives.words}"
    yield from (f"a bug: {words}" for words in lives.bugs)
    if world != calm.world:
        yield f"another world: {DeepDiff(calm.world, world, ignore_order=True)}"[:_WORDS]
    if naive:
        return
    with scene.kept() as kept:
        yield from (f"left open: {call.intent.address}" for call in kept.open_calls())
        if kept.history(1)[0].finished is None:
            yield "the last apply has no end in the history"
