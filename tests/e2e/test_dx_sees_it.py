"""The platform served by hand: the official client sees what an apply made, and the control routes work."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.sandbox import Served, served
from support.tokens import login_of, token_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

BIN = Path(sys.executable).parent
ALICE = login_of("user-alice")

FAR = """
[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]

[projects.far]
name = "Far"
region = "aws:eu-west-2"
bill_to = "org-lab"
"""


@pytest.fixture
def server(lab: Lab) -> Iterator[Served]:
    with served(lab.folder / "world" / "world.toml", "--control") as running:
        yield running


def url(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def dx(home: Path, server: Served, *arguments: str) -> str:
    """What the official client prints, with a home and a configuration of its own."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("DX_", "HTTP"))}
    environ = {
        **kept,
        "HOME": str(home),
        "DX_USER_CONF_DIR": str(home / "configuration"),
        "DX_APISERVER_PROTOCOL": "http",
        "DX_APISERVER_HOST": "127.0.0.1",
        "DX_APISERVER_PORT": str(server.port),
        "DX_SECURITY_CONTEXT": ALICE,
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [str(BIN / "dx"), *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def seen(home: Path, server: Served, name: str) -> dict[str, Any]:
    """The one project of that name as ``dx`` finds and describes it."""
    (found,) = json.loads(dx(home, server, "find", "projects", "--name", name, "--json"))
    assert found["describe"]["name"] == name
    assert f"{found['id']} : {name} (ADMINISTER)" in dx(home, server, "find", "projects")
    described: dict[str, Any] = json.loads(dx(home, server, "describe", "--json", found["id"]))
    return described


def test_the_official_client_lists_and_shows_what_apply_created(lab: Lab, server: Served) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert "RNA-seq" not in dx(lab.folder / "home", server, "find", "projects")
    ran = lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server))
    assert ran.code == 0, ran.out + ran.err
    project = seen(lab.folder / "home", server, "RNA-seq")
    assert (project["region"], project["billTo"]) == ("aws:eu-central-1", "org-lab")
    assert project["createdBy"]["user"] == "user-alice"
    assert project["properties"] == {"reconciler": "lab/projects.rnaseq"}
    assert project["id"] in ran.out


def test_the_provider_of_the_real_platform_applies_with_the_login_of_dx_itself(
    lab: Lab, server: Served
) -> None:
    lab.write('workspace = "lab"\n\n[provider]\ntype = "dnanexus"\n', lab.CREATE)
    home = lab.folder / "home"
    saved = home / ".dnanexus_config" / "environment.json"
    saved.parent.mkdir(parents=True)
    place = {"PROTOCOL": "http", "HOST": "127.0.0.1", "PORT": str(server.port)}
    login = {f"DX_APISERVER_{name}": value for name, value in place.items()}
    saved.write_text(json.dumps({**login, "DX_SECURITY_CONTEXT": ALICE}))
    ran = lab.run("apply", "--auto-approve", HOME=str(home))
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.startswith(f"dnanexus · {url(server)} · as user-alice · workspace lab\n")
    assert seen(home, server, "RNA-seq")["region"] == "aws:eu-central-1"


def test_an_update_is_what_the_official_client_shows(lab: Lab, server: Served) -> None:
    lab.write(lab.HEAD, lab.REFUSED.replace("eu-central-1", "us-east-1"), 'name = "Trial 2"\n')
    ran = lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server))
    assert ran.code == 0, ran.out + ran.err
    assert seen(lab.folder / "home", server, "Trial 2")["id"] == "project-J0000000000000000000001A"


def test_a_project_that_dx_made_by_that_name_is_never_taken_nor_doubled(lab: Lab, server: Served) -> None:
    made = dx(
        lab.folder / "home", server, "new", "project", "RNA-seq", "--bill-to", "org-lab", "--brief"
    ).strip()
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server))
    assert ran.code == 3, ran.out + ran.err
    assert made in ran.out
    assert len(dx(lab.folder / "home", server, "find", "projects", "--name", "RNA-seq").splitlines()) == 1


def test_serving_by_hand_prints_one_line_and_how_to_point_dx_at_it_and_ends_cleanly(
    lab: Lab,
) -> None:
    command = [str(BIN / "reconciler"), "sandbox", "serve", "--world", "world/world.toml"]
    process = subprocess.Popen(
        command, cwd=lab.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+))\n", first)
        assert found is not None, first
        lab.write(lab.HEAD, lab.CREATE)
        assert lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=found[1]).code == 0
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, rest) == (0, "")
    exported = dict(re.findall(r"(DX_[A-Z_]+)=('[^']*'|\S+)", err))
    assert (exported["DX_APISERVER_PROTOCOL"], exported["DX_APISERVER_HOST"]) == ("http", "127.0.0.1")
    assert exported["DX_APISERVER_PORT"] == found[2]
    assert f"export DX_SECURITY_CONTEXT='{ALICE}'  # user-alice\n" in err
    logged = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert [call["route"] for call in logged].count("/project/new") == 1
    assert "Traceback" not in err
    # Nothing was left in the workspace but the ledger: its state was thrown away.
    assert [found.name for found in lab.folder.rglob("*.db")] == ["ledger.db"]


def said(log: Path, last: str) -> list[str]:
    """The lines of stderr, once the last of them is there."""
    until = time.monotonic() + 10
    while last not in log.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    return log.read_text().splitlines()


def test_what_dx_is_told_to_export_works_as_it_is_printed(lab: Lab, tmp_path: Path) -> None:
    with served(lab.folder / "world" / "world.toml", log=tmp_path / "log"):
        lines = said(tmp_path / "log", "Ctrl-C ends it")
        exports = [line.strip() for line in lines if line.startswith("  export ")]
        home = tmp_path / "home"
        home.mkdir()
        script = "\n".join([*exports[:2], f"exec {BIN / 'dx'} whoami --id"])
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("HTTP")}
        done = subprocess.run(
            ["sh", "-c", script],
            env={**kept, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stdout == "user-alice\n", done.stderr


def test_a_blocked_creation_becomes_a_step_once_the_region_is_granted(lab: Lab, server: Served) -> None:
    lab.write(lab.HEAD, FAR)
    before = lab.run("plan", "--format", "json", RECONCILER_SANDBOX=url(server))
    assert before.code == 0, before.err
    (manual,) = before.json["manual"]
    assert manual["address"] == "orgs.org-lab"
    assert manual["unblocks"] == ["projects.far"]
    assert [entry["address"] for entry in before.json["blocked"]] == ["projects.far"]
    assert before.json["steps"] == []
    applied = lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server))
    assert applied.code == 0, applied.out + applied.err
    assert seen_names(server) == ["Trial"]

    granted = server.control("grant", {"profile": "org-lab", "region": "aws:eu-west-2"})
    assert granted["permittedRegions"] == ["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]
    after = lab.run("plan", "--format", "json", RECONCILER_SANDBOX=url(server))
    assert (after.json["manual"], after.json["blocked"]) == ([], [])
    assert [(step["action"], step["address"]) for step in after.json["steps"]] == [("create", "projects.far")]
    assert lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server)).code == 0
    assert seen(lab.folder / "home", server, "Far")["region"] == "aws:eu-west-2"


def seen_names(server: Served) -> list[str]:
    _, body, _ = server.post(
        "/org-lab/findProjects", {"describe": {"fields": {"name": True}}}, token=token_of("user-alice")
    )
    return sorted(project["describe"]["name"] for project in body["results"])


def test_control_shows_the_calls_moves_the_clock_and_starts_over(lab: Lab, server: Served) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve", RECONCILER_SANDBOX=url(server)).code == 0
    calls = server.control("calls")["results"]
    assert [call["route"] for call in calls].count("/project/new") == 1
    assert {call["user"] for call in calls} == {"user-alice"}
    now = server.control("clock", {"now": "2026-02-01T00:00:00Z"})["now"]
    assert now.startswith("2026-02-01T00:00:00")
    plan = lab.run("plan", "--reproducible", "--format", "json", RECONCILER_SANDBOX=url(server))
    assert plan.json["created_at"].startswith("2026-02-01T00:00:00"), plan.err
    assert seen_names(server) == ["RNA-seq", "Trial"]
    server.control("reset")
    assert seen_names(server) == ["Trial"]
    status, body, _ = server.post("/emulator/reset", {}, headers={"X-Emulator-Key": "guessed"})
    assert (status, body["error"]["type"]) == (401, "PermissionDenied")


def test_without_control_there_are_no_control_routes(lab: Lab) -> None:
    with served(lab.folder / "world" / "world.toml") as plain:
        for route in ("calls", "clock", "grant", "reset"):
            assert plain.post(f"/emulator/{route}", {}, token=token_of("user-alice"))[0] == 404
