"""The layers of ``pyproject.toml`` are checked, not only written: each contract is broken on purpose.

Every case copies the packages, adds one forbidden import to the copy and runs import-linter on it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Trespass(NamedTuple):
    """``contract``: id of the contract that must break when ``module`` gets the line ``statement``."""

    contract: str
    module: str
    statement: str


TRESPASSES = (
    Trespass("layers", "reconciler/model/trespass.py", "import reconciler.rules"),
    Trespass("layers", "reconciler/diff/trespass.py", "import reconciler.rules"),
    Trespass("layers", "reconciler/rules/trespass.py", "import reconciler.planner"),
    Trespass("layers", "reconciler/planner/trespass.py", "import reconciler.views"),
    Trespass("layers", "reconciler/views/trespass.py", "import reconciler.cli"),
    Trespass("layers", "reconciler/views/trespass.py", "import reconciler.apply"),
    Trespass("layers", "reconciler/config/trespass.py", "import reconciler.diff"),
    Trespass("layers", "reconciler/config/trespass.py", "import reconciler.ledger"),
    Trespass("layers", "reconciler/unplaced.py", "import reconciler.model"),
    Trespass("pure-core", "reconciler/planner/trespass.py", "import reconciler.ledger"),
    Trespass("pure-core", "reconciler/rules/trespass.py", "import reconciler.provider"),
    Trespass("no-provider-in-core", "reconciler/cli/trespass.py", "import reconciler_sandbox"),
    Trespass("no-provider-in-core", "reconciler/apply/trespass.py", "import reconciler_dnanexus"),
    Trespass(
        "client-is-a-provider", "providers/reconciler_dnanexus/trespass.py", "import reconciler.planner"
    ),
    Trespass(
        "client-is-a-provider", "providers/reconciler_dnanexus/trespass.py", "import reconciler_sandbox"
    ),
    Trespass("platform-is-a-provider", "providers/reconciler_sandbox/trespass.py", "import reconciler.rules"),
    Trespass("pure-laws", "providers/reconciler_sandbox/laws/trespass.py", "import reconciler.model.actual"),
    Trespass("pure-laws", "providers/reconciler_sandbox/laws/trespass.py", "import sqlite3"),
    Trespass("pure-laws", "providers/reconciler_sandbox/laws/trespass.py", "import starlette.requests"),
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the three packages and of the contracts."""
    for package in ("reconciler", "providers"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages of ``directory`` instead of the installed ones."""
    script = Path(sys.executable).with_name("lint-imports")
    path = os.pathsep.join((str(directory), str(directory / "providers")))
    return subprocess.run(
        [sys.executable, str(script), "--no-cache", "--no-logo", *options],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_code_as_it_is_keeps_every_contract(copy: Path) -> None:
    ran = lint_imports(copy)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    contracts = len(declared_contracts())
    assert f"Contracts: {contracts} kept, 0 broken." in ran.stdout


@pytest.mark.parametrize("trespass", TRESPASSES, ids=lambda t: f"{t.contract}: {t.module} {t.statement}")
def test_a_deliberate_forbidden_import_breaks_its_contract(copy: Path, trespass: Trespass) -> None:
    with (copy / trespass.module).open("a", encoding="utf-8") as module:
        module.write(f"\n{trespass.statement}\n")

    ran = lint_imports(copy, "--contract", trespass.contract)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "0 kept, 1 broken." in ran.stdout
    culprit = trespass.module.removeprefix("providers/").removesuffix(".py").replace("/", ".")
    assert culprit in ran.stdout


def test_every_contract_is_broken_by_some_case() -> None:
    assert {trespass.contract for trespass in TRESPASSES} == declared_contracts()


def test_every_contract_says_why_in_a_sentence() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in config["tool"]["importlinter"]["contracts"]:
        assert len(contract["name"].split()) > 8, contract["id"]


def declared_contracts() -> set[str]:
    """Ids of the contracts in ``pyproject.toml``."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"] for contract in config["tool"]["importlinter"]["contracts"]}
