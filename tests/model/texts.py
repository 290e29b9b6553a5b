"""A case as a person would meet it: a world file and a TOML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import rtoml
from model.cases import SWITCHES, Case
from msgspec import Struct
from msgspec.structs import asdict
from reconciler_sandbox.laws.records import Region
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.model import Clock, Token, World
from support.worlds import REGIONS as SHIPPED

from reconciler.config.load import load
from reconciler.model.desired import Workspace
from reconciler.planner.tables import tables_text

NOW = 1_768_467_600_000
WORLD = "world/world.toml"


def world_text(case: Case) -> str:
    world = World(
        seed=1,
        clock=Clock(NOW),
        switches=SWITCHES,
        regions={code: Region() for code in case.regions},
        tokens=tuple(Token(f"token-of-{user}", user) for user in case.identities),
        users={user.id: user for user in case.users},
        orgs={org.id: org for org in case.orgs},
        projects=case.projects,
    )
    return dump(world).text


def toml_text(case: Case, rng: Random | None = None) -> str:
    """``rng``: the tables come in an order drawn by it."""
    tables = list(_tables(case.workspace))
    if rng is not None:
        rng.shuffle(tables)
    return "\n\n".join((_head(case), *tables)) + "\n"


def _head(case: Case) -> str:
    first, *others = case.identities
    lines = [f'workspace = "{case.workspace.name}"', "", "[provider]", 'type = "sandbox"']
    lines += [f'world = "{WORLD}"', f'user = "{first}"']
    for user in others:
        lines += ["", f"[identities.{user.removeprefix('user-')}]", f'user = "{user}"']
    told = {*case.workspace.regions, *(() if case.by_text else case.regions)}
    for code in sorted(told.difference(SHIPPED)):
        lines += ["", f'[regions."{code}"]']
    return "\n".join(lines)


def _tables(workspace: Workspace) -> Iterable[str]:
    for name, profile in workspace.orgs.items():
        yield tables_text({}, {f"orgs.{name}": profile}).strip()
    for name, profile in workspace.users.items():
        yield tables_text({}, {f"users.{name}": profile}).strip()
    for key, project in workspace.projects.items():
        yield tables_text({key: project}, {}).strip()
    for old, new in workspace.moved.items():
        yield f'[[moved]]\nfrom = "{old}"\nto = "{new}"'
    for policy in workspace.policies:
        yield rtoml.dumps({"policies": [_said(policy) | {"match": _said(policy.match)}]}).strip()
    if workspace.guards is not None:
        yield rtoml.dumps({"guards": _said(workspace.guards)}).strip()


def _said(table: Struct) -> dict[str, object]:
    return {name: value for name, value in asdict(table).items() if value is not None}


def loaded(text: str, folder: Path) -> Workspace:
    """As the tool reads it. Raises DiagnosticsError."""
    path = folder / "desired.toml"
    path.write_text(text, encoding="utf-8")
    return load(str(path))


def reread(case: Case) -> Workspace:
    """The case's workspace, written and read again. Raises DiagnosticsError."""
    with TemporaryDirectory() as folder:
        return loaded(toml_text(case), Path(folder))


def written(case: Case, folder: Path) -> tuple[str, str]:
    """Writes both files, and gives the two commands that show the case."""
    (folder / "world").mkdir(parents=True, exist_ok=True)
    (folder / WORLD).write_text(world_text(case), encoding="utf-8")
    (folder / "desired.toml").write_text(toml_text(case), encoding="utf-8")
    url = "http://127.0.0.1:8123"
    return (
        f"reconciler sandbox serve --world {folder / WORLD} --port 8123 &",
        f"RECONCILER_SANDBOX={url} reconciler plan {folder}",
    )
