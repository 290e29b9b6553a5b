"""The README's tour, typed as it stands: what it shows is what a newcomer sees."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docs.sessions import shows

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def tour(lab: Lab) -> Lab:
    shutil.rmtree(lab.folder)
    shutil.copytree(ROOT / "configs" / "quickstart", lab.folder, ignore=shutil.ignore_patterns(".reconciler"))
    return lab


def shown() -> list[tuple[str, str]]:
    """(command, what the README shows of its output), in order."""
    tour = README.partition("<!-- tour -->")[2].partition("<!-- end: tour -->")[0]
    blocks = "".join(re.findall(r"(?ms)^```console\n(.*?)^```", tour))
    found = re.split(r"(?m)^\$ ", blocks)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in found)]


def test_the_tour_is_what_a_newcomer_sees(tour: Lab) -> None:
    file = tour.folder / "reconciler.toml"
    commands = shown()
    assert sum(command.startswith("reconciler") for command, _ in commands) >= 4
    code = 0
    for number, (command, output) in enumerate(commands):
        if command.startswith("cat"):
            kept = [line for line in file.read_text().splitlines() if not line.startswith("#")]
            said = "\n".join(line.partition("  #")[0].rstrip() for line in kept)
            said = re.sub(r"\n{3,}", "\n\n", said).strip() + "\n"
        elif command.startswith("echo"):
            said = f"{code}\n"
        elif command.startswith("reconciler"):
            last_plan = command == "reconciler plan" and "REG101" in output
            if last_plan:
                region = 'name   = "RNA-seq 2026"\nregion = "aws:eu-central-1"'
                text = file.read_text()
                assert region in text
                file.write_text(text.replace(region, region.replace("eu-central-1", "us-east-1")))
            words = command.split()[1:]
            ran = tour.typed("yes\n", *words) if "Only" in output else tour.run(*words)
            code, said = ran.code, ran.out.replace("accepted: ", "accepted: yes\n")
        else:
            continue
        assert shows(output, said), f"{number}: {command}\n{said}"


def test_every_command_is_in_the_table(lab: Lab) -> None:
    table = README.partition("## Commands")[2].partition("## Exit codes")[0]
    listed = lab.run("--help").out.partition("Commands:")[2].partition("Exit codes:")[0]
    names = re.findall(r"(?m)^  (\w+) +\S", listed)
    assert len(names) >= 12
    for name in names:
        assert re.search(rf"`{name}[ `]", table), name
