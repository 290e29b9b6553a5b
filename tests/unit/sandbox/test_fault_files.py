"""How faults are written: in a world file, in a file of their own, over the control route."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from reconciler_sandbox.faults.record import EFFECTS, Fault, RivalCall, effect_of
from reconciler_sandbox.store import Database
from reconciler_sandbox.world import reader
from reconciler_sandbox.world.problems import WorldError
from support.sandbox import Served, a_world, served

NEW = "/project/new"

HEAD = """\
format = 1
seed = 3

[users.user-alice]
permitted_regions = ["aws:us-east-1"]

[users.user-bob]

[[tokens]]
token = "alice-token"
user = "user-alice"

"""


def written(tmp_path: Path, table: str) -> Path:
    path = tmp_path / "world.toml"
    path.write_text(f"{HEAD}[[faults]]\n{table}\n")
    return path


def test_a_table_has_all_that_a_fault_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
route = "/project/new"
caller = "user-alice"
match = { name = "RNA*", at = 2026-01-01T00:00:00Z }
nth = 2
times = 3
when = "after"
effect = "rival"
probability = 0.25
calls = [{ user = "user-bob", route = "/system/whoami", input = { a = [1] } }]

[[faults]]
route = "*"
effect = "status:503"
retry_after = 2
""",
    )
    first, second = reader.load(path).world.faults
    assert first == Fault(
        NEW,
        "rival",
        "after",
        "user-alice",
        {"name": "RNA*", "at": "2026-01-01T00:00:00Z"},
        nth=2,
        times=3,
        probability=0.25,
        calls=(RivalCall("user-bob", "/system/whoami", {"a": [1]}),),
    )
    assert second == Fault("*", "status:503", retry_after=2)


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        ('route = "*"', "13:1", "faults[1]: Object missing required field `effect`"),
        ('effect = "close"', "13:1", "faults[1]: Object missing required field `route`"),
        ('route = "*"\neffect = "explode"', "15:1", 'faults[1].effect: nobody knows the effect "explode"'),
        ('route = "a"\neffect = "close"', "14:1", "faults[1].route: must begin with / or *"),
        ('route = "*"\neffect = "status:200"', "15:1", 'nobody knows the effect "status:200"'),
        ('route = "*"\neffect = "stale:0"', "15:1", 'nobody knows the effect "stale:0"'),
        ('route = "*"\neffect = "slow:2"', "15:1", 'nobody knows the effect "slow:2"'),
        (
            'route = "*"\neffect = "close"\nwhen = "now"',
            "16:1",
            'faults[1].when: \'now\' is none of "after", "before"',
        ),
        ('route = "*"\neffect = "close"\nnht = 1', "16:1", "faults[1].nht: unknown key"),
        ('route = "*"\neffect = "close"\nnth = -1', "16:1", "faults[1].nth: "),
        ('route = "*"\neffect = "close"\ntimes = 0', "16:1", "faults[1].times: "),
        ('route = "*"\neffect = "close"\nprobability = 2.0', "16:1", "faults[1].probability: "),
        ('route = "*"\neffect = "close"\ncaller = "user-x"', "16:1", "user-x is not a user of this world"),
        (
            'route = "*"\neffect = "close"\nretry_after = 1',
            "16:1",
            "goes with status:429 and status:503 only",
        ),
        ('route = "*"\neffect = "rival"', "15:1", "rival and calls go together"),
        (
            'route = "*"\neffect = "rival"\ncalls = [{ user = "user-x", route = "/a" }]',
            "16:12",
            "faults[1].calls[1].user: user-x is not a user of this world",
        ),
        (
            'route = "*"\neffect = "rival"\ncalls = [{ user = "user-bob", route = "a" }]',
            "16:31",
            "faults[1].calls[1].route: must be a path",
        ),
    ],
)
def test_a_misspelt_fault_is_told_with_its_place(tmp_path: Path, table: str, place: str, said: str) -> None:
    path = written(tmp_path, table)
    with pytest.raises(WorldError) as caught:
        reader.load(path)
    assert f"{path}:{place}: " in str(caught.value)
    assert said in str(caught.value)


def test_faults_that_are_no_tables_are_told(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_text("format = 1\nfaults = 3\n")
    with pytest.raises(WorldError, match=r":2:1: faults: must be an array of tables"):
        reader.load(path)


def test_faults_are_kept_with_the_world(tmp_path: Path) -> None:
    fault = Fault(NEW, "rival", match={"name": "x"}, calls=(RivalCall("user-bob", "/a", {"b": None}),))
    store = Database(tmp_path / "x.db")
    store.seed(structs.replace(a_world(), faults=(fault,)), "s")
    kept = store.load()
    store.close()
    assert kept is not None
    assert kept.faults == (fault,)


def test_all_effects_that_are_named_are_known() -> None:
    assert None not in [effect_of(effect) for effect in EFFECTS]


def test_a_file_of_faults_takes_the_place_of_the_worlds(tmp_path: Path) -> None:
    world = written(tmp_path, 'route = "*"\neffect = "status:500"\nnth = 0')
    faults = tmp_path / "faults.toml"
    faults.write_text('[[faults]]\nroute = "/system/whoami"\neffect = "status:503"\n')
    with served(world, "--control", "--faults", str(faults)) as running:
        assert [running.post("/system/whoami")[0] for _ in range(2)] == [503, 200]
        running.control("reset")
        assert [running.post("/system/whoami")[0] for _ in range(2)] == [503, 200]
    db = ("--db", str(tmp_path / "x.db"))
    with served(world, *db) as running:
        assert running.post("/system/whoami")[0] == 500
    with served(world, *db, "--faults", str(faults)) as running:
        assert [running.post("/system/whoami")[0] for _ in range(2)] == [503, 200]
    with served(world, *db) as running:
        assert running.post("/system/whoami")[0] == 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[faults]]\nroute = '*'\n", "faults.toml:1:1: faults[1]: Object missing required field `effect`"),
        ("seed = 1\n", "faults.toml:1:1: seed: unknown key"),
        ("[[faults]", "faults.toml:1:"),
        (
            "[[faults]]\nroute = '*'\neffect = 'close'\ncaller = 'user-x'\n",
            "faults.toml:4:1: faults[1].caller: user-x is not a user of this world",
        ),
        (None, "faults.toml: cannot be read: No such file or directory"),
    ],
)
def test_a_file_of_faults_that_is_wrong_is_told_at_the_start(
    tmp_path: Path, text: str | None, said: str
) -> None:
    (tmp_path / "world.toml").write_text(HEAD)
    if text is not None:
        (tmp_path / "faults.toml").write_text(text)
    command = str(Path(sys.executable).parent / "reconciler")
    done = subprocess.run(
        [command, "sandbox", "serve", "--world", "world.toml", "--faults", "faults.toml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: {said}" in done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(HEAD)
    with served(path, "--control") as running:
        yield running


def test_the_control_route_sets_faults_and_tells_what_struck(server: Served) -> None:
    given = {"route": "/system/*", "effect": "status:503", "times": 2, "retry_after": 4}
    (told,) = server.control("faults", {"faults": [given]})["faults"]
    assert told == {**given, "seen": 0, "struck": 0, "left": 2}
    status, body, headers = server.post("/system/whoami")
    assert (status, body["error"]["type"], headers["retry-after"]) == (503, "ServiceUnavailable", "4")
    assert server.post("/system/nothing")[0] == 503
    assert server.post("/system/whoami")[0] == 200
    (told,) = server.control("faults")["faults"]
    assert (told["seen"], told["struck"], told["left"]) == (3, 2, 0)
    assert [entry["fault"] for entry in server.control("calls")["results"][-3:]] == [
        "before status:503",
        "before status:503",
        None,
    ]
    assert server.control("faults", {"faults": []}) == {"faults": []}


def test_control_routes_are_never_struck(server: Served) -> None:
    server.control("faults", {"faults": [{"route": "*", "effect": "close", "nth": 0}]})
    assert server.control("clock")["now"]
    server.control("faults", {"faults": []})
    assert server.post("/system/whoami")[0] == 200


def test_starting_over_forgets_the_faults_that_were_set(server: Served) -> None:
    server.control("faults", {"faults": [{"route": "*", "effect": "expire_token", "nth": 0}]})
    assert server.post("/system/whoami")[0] == 401
    server.control("faults", {"faults": []})
    assert server.post("/system/whoami")[0] == 401
    server.control("reset")
    assert server.post("/system/whoami")[0] == 200
    assert server.control("faults") == {"faults": []}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"route": "*", "effect": "explode"}], 'faults[1].effect: nobody knows the effect "explode"'),
        ([{"effect": "close"}], "faults[1]: Object missing required field `route`"),
        ([{"route": "*", "effect": "close"}, 3], "faults[2]: Expected `object`, got `int`"),
        ([{"route": "*", "effect": "close", "caller": "user-x"}], "user-x is not a user of this world"),
        ({}, "faults: must be an array of tables"),
    ],
)
def test_the_control_route_refuses_what_is_no_fault_and_keeps_those_that_are(
    server: Served, given: object, said: str
) -> None:
    server.control("faults", {"faults": [{"route": "/system/whoami", "effect": "status:500"}]})
    key = {"X-Emulator-Key": server.key or ""}
    status, body, _ = server.post("/emulator/faults", {"faults": given}, headers=key)
    assert (status, body["error"]["type"]) == (422, "InvalidInput")
    assert said in body["error"]["message"]
    assert server.post("/system/whoami")[0] == 500
