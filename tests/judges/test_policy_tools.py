"""Plans in Terraform's JSON as the policy tools read them that an organisation already has.

The commands are those of docs/policies.md, with the policies in deploy/policies.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.desk import Desk

ROOT = Path(__file__).parents[2]
OUTSIDE_THE_EU = {
    "exome-archive",
    "imputation-server",
    "legacy-gwas",  # billed to org-genomics by this very plan
    "microbiome",
    "pathogen-watch",
    "reef-metagenomics",
    "reference-panels",
    "sydney-cohort",
    "trial-heath",
    "variant-db",
}
TOOLS = ("checkov", "terraform-compliance", "python")


@pytest.fixture(scope="module")
def tools() -> Path:
    """Where the commands of the policy tools are."""
    folder = os.environ.get("JUDGES_BIN")
    assert folder, "JUDGES_BIN names no folder with checkov: make judges sets it"
    return Path(folder)


@pytest.fixture(scope="module")
def commands() -> dict[str, list[str]]:
    """Each command of the page, by the program that it runs."""
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    lines = re.findall(r"^```sh\n(.+)\n```$", page, re.MULTILINE)
    return {line.split()[0]: line.split() for line in lines}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, commands: dict[str, list[str]]) -> Path:
    """A folder with the example, the policies, and the plan that the page's first command writes."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "deploy" / "policies", folder / "deploy" / "policies")
    ignored = shutil.ignore_patterns(".reconciler")
    shutil.copytree(ROOT / "configs" / "genomics", folder / "configs" / "genomics", ignore=ignored)
    desk = Desk(folder / "configs" / "genomics")
    desk.folder = folder  # the page's commands are typed at the root of the checkout
    assert desk.run(*commands["reconciler"][1:]).code == 3
    return folder


Judged = Callable[..., tuple[int, str]]


@pytest.fixture
def judged(tools: Path, commands: dict[str, list[str]], checkout: Path) -> Iterator[Judged]:
    """Runs a tool as the page says: its exit code and all that it prints."""
    whole = (checkout / "plan.json").read_bytes()

    def run(tool: str, policy: str = "eu") -> tuple[int, str]:
        given = [argument.replace("policies/eu", f"policies/{policy}") for argument in commands[tool][1:]]
        settings = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(checkout), "LANG": "C.UTF-8"}
        ran = subprocess.run(
            [tools / tool, *given], cwd=checkout, env=settings, capture_output=True, text=True, check=False
        )
        return ran.returncode, ran.stdout + ran.stderr

    yield run
    (checkout / "plan.json").write_bytes(whole)


def changed(checkout: Path, change: Callable[[Any], None]) -> None:
    """The plan, after ``change`` was made to its document."""
    document = json.loads((checkout / "plan.json").read_bytes())
    change(document)
    (checkout / "plan.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_policy_that_does_not_hold_fails_and_names_what_will_break_it(judged: Judged, tool: str) -> None:
    code, told = judged(tool)
    assert code == 1, told
    assert set(re.findall(r"dnanexus_project\.([\w-]+)", told)) == OUTSIDE_THE_EU


@pytest.mark.parametrize("tool", TOOLS)
def test_a_policy_that_holds_passes_and_was_really_asked(judged: Judged, tool: str) -> None:
    code, told = judged(tool, "uk")
    assert code == 0, told
    asked = {
        "checkov": r"Passed checks: 37,",
        "terraform-compliance": r"3 passed",
        "python": "nothing is denied",
    }
    assert re.search(asked[tool], re.sub(r"\x1b\[\d+m", "", told)), told


@pytest.mark.parametrize("tool", TOOLS)
def test_a_region_that_could_not_be_read_passes_no_policy(judged: Judged, checkout: Path, tool: str) -> None:
    def hide(document: Any) -> None:
        name = "dnanexus_project.ukb-gwas"
        (there,) = (
            one for one in document["planned_values"]["root_module"]["resources"] if one["address"] == name
        )
        (change,) = (one["change"] for one in document["resource_changes"] if one["address"] == name)
        for values in (there["values"], change["before"], change["after"]):
            del values["region"]
        change["after_unknown"] = {"region": True}

    changed(checkout, hide)
    code, told = judged(tool, "uk")
    assert code == 1, told
    assert "ukb-gwas" in told


def test_an_error_instead_of_a_plan_is_denied_in_rego(judged: Judged, checkout: Path) -> None:
    def fail(document: Any) -> None:
        document["planned_values"]["root_module"]["resources"] = document["resource_changes"] = []
        where = {"kind": "check", "to_display": "check.toml", "name": "toml"}
        problem = {
            "address": {"to_display": "check.toml"},
            "status": "error",
            "problems": [{"message": "no"}],
        }
        document["checks"] = [{"address": where, "status": "error", "instances": [problem]}]

    changed(checkout, fail)
    assert judged("python", "uk") == (1, "no\n")
