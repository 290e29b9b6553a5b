"""Whatever stands in the files: every error at once, each with its place, and nobody is called."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab, Ran

PLACED = re.compile(r"^(\S+\.toml):(\d+):(\d+): error: (.+)$", re.M)
TALLY = re.compile(r"^(\d+) errors?(?: in (\d+) files?)?\. Nothing was sent\.$", re.M)


class Listener:
    """A server that counts who comes, and sends everybody away."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                guest, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            guest.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    running = Listener()
    yield running
    running.close()


def wrong(lab: Lab, listener: Listener, *path: str) -> Ran:
    """``plan`` and ``apply`` say the same and call nobody; what they say."""
    plan = lab.run("plan", *path, RECONCILER_SANDBOX=listener.url)
    apply = lab.run("apply", "--auto-approve", *path, RECONCILER_SANDBOX=listener.url)
    assert (plan.code, apply.code) == (1, 1), plan.out + plan.err
    assert apply.err == plan.err
    assert plan.out == apply.out == ""
    assert "Traceback" not in plan.err
    assert "unexpected" not in plan.err
    assert listener.connections == 0
    assert not (lab.folder / ".reconciler").exists()
    return plan


def marked(text: str, name: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text without its «, each of which stands before what is wrong, and where they stood."""
    places = []
    for number, line in enumerate(text.split("\n"), 1):
        parts = line.split("«")
        for count in range(1, len(parts)):
            places.append((name, number, len("".join(parts[:count])) + 1))
    return text.replace("«", ""), places


def told(ran: Ran) -> list[tuple[str, int, int]]:
    """The places of the errors, in the order of the messages."""
    return [(file, int(line), int(column)) for file, line, column, _ in PLACED.findall(ran.err)]


def tally(ran: Ran) -> tuple[str, str]:
    found = TALLY.search(ran.err)
    assert found is not None, ran.err
    return found[1], found[2] or ""


def test_a_good_workspace_does_call_the_server_that_is_named(lab: Lab, listener: Listener) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("plan", RECONCILER_SANDBOX=listener.url, RECONCILER_READ_RETRY_SECONDS="0.5")
    assert ran.code == 1
    assert listener.connections > 0


FILES = {
    "head.toml": """\
workspace = «"Lab of RNA"
«wrkspace = "lab"

[provider]
type = "sandbox"
world = «5

[regions]
«"eu-central-1" = { name = "no cloud" }

[region_groups]
eu = [«"aws:eu-centrl-1", "azure:westeurope"]
""",
    "payers.toml": """\
[orgs.org-lab]
default_region = «5
permitted_regions = «"aws:us-east-1"
«default = "aws:us-east-1"

[orgs.org-bank]
default_region = «= "aws:us-east-1"

[users.user-alice]
unreadable = «"maybe"
default_region = «"us-east-1"

[defaults.projects]
bill_to = «"lab"
""",
    "projects.toml": """\
[projects.rnaseq]
«regoin = "aws:us-east-1"
region = «"aws:us-est-1"
bill_to = "org-lab"

[projects.trial]
id = «"project-1"
adopt = «"yes"

«[projects."with space"]
bill_to = "org-lab"

[projects.one]
name = «""
bill_to = «"org lab"

[[moved]]
from = «"rna"
to = "projects.rnaseq"
""",
}


def test_twenty_errors_in_three_files_are_twenty_messages_in_one_run(lab: Lab, listener: Listener) -> None:
    expected = []
    (lab.folder / "lab.toml").unlink()
    for name, content in FILES.items():
        text, places = marked(content, name)
        lab.write(text, name=name)
        expected += places
    assert len(expected) == 20
    ran = wrong(lab, listener)
    assert told(ran) == expected, ran.err
    assert tally(ran) == ("20", "3")


def test_fifty_syntax_errors_are_fifty_messages(lab: Lab, listener: Listener) -> None:
    text, places = marked("".join(f"k{number} = «= {number}\n" for number in range(50)), "more.toml")
    lab.write(text, name="more.toml")
    ran = wrong(lab, listener)
    assert told(ran) == places
    assert all("not valid TOML" in what for *_, what in PLACED.findall(ran.err))
    assert tally(ran) == ("50", "1")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('«regoin = "aws:us-east-1"', ['unknown key "regoin"', 'did you mean "region"?']),
        ("region = «5", ["projects.rnaseq.region: expected a string, found an integer"]),
        ('region = «"aws:eu-centrl-1"', ['unknown region "aws:eu-centrl-1"', 'mean "aws:eu-central-1"?']),
        ('region = «"eu-central-1"', ['"eu-central-1" is not a region', "cloud:geo"]),
        ('region = "aws:eu-central-1«', ["not valid TOML"]),
    ],
)
def test_one_error_says_what_and_where_with_its_line_and_what_was_meant(
    lab: Lab, listener: Listener, line: str, says: list[str]
) -> None:
    text, places = marked(lab.HEAD + '[projects.rnaseq]\nbill_to = "org-lab"\n' + line + "\n", "lab.toml")
    lab.write(text)
    ran = wrong(lab, listener)
    assert told(ran) == places, ran.err
    assert f"│ {line.replace('«', '')}\n" in ran.err
    assert re.search(r"│ +\^", ran.err)
    for words in says:
        assert words in ran.err
    as_json = lab.run("validate", "--format", "json")
    assert as_json.code == 1
    (found,) = as_json.json["diagnostics"]
    assert (found["file"], found["line"], found["column"]) == places[0]


def test_an_empty_directory_is_told_how_to_start(lab: Lab, listener: Listener) -> None:
    (lab.folder / "lab.toml").unlink()
    ran = wrong(lab, listener)
    assert 'there is no *.toml in "."' in ran.err or "world" in ran.err
    (lab.folder / "empty").mkdir()
    ran = wrong(lab, listener, "empty")
    assert 'there is no *.toml in "empty"' in ran.err
    assert "reconciler init" in ran.err


def test_a_directory_of_workspaces_lists_them(lab: Lab, listener: Listener) -> None:
    for name in ("two", "one"):
        (lab.folder / "many" / name).mkdir(parents=True)
        (lab.folder / "many" / name / "lab.toml").write_text(lab.HEAD)
    (lab.folder / "many" / "docs").mkdir()
    ran = wrong(lab, listener, "many")
    assert "many/one, many/two" in " ".join(ran.err.split())
    assert "docs" not in ran.err


def test_a_path_that_is_not_there_is_named_with_its_neighbour(lab: Lab, listener: Listener) -> None:
    (lab.folder / "genomics").mkdir()
    ran = wrong(lab, listener, "genomic")
    assert 'there is no "genomic"' in ran.err
    assert 'Did you mean "genomics"?' in ran.err


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        (b'[regions."aws:x-1"]\nname = "l\xe9b"\n', (2, 10), "UTF-8"),
        ("[projects.a]\n".encode("utf-16"), (1, 1), "UTF-8"),
        (b'[projects.a]\nbill_to = "org-\x00lab"\n', (2, 16), "not valid TOML"),
        (b"\x00" * 1000, (1, 1001), "not valid TOML"),
        (b"[defaults.projects]\nregion = " + b"[" * 50_000, (2, 90), "nested too deeply"),
        (b"[defaults.projects]\nregion = " + b"{a=" * 50_000, (2, 250), "nested too deeply"),
        (b"[projects." + b"a." * 50_000 + b"a]\n", (1, 1), "nested too deeply"),
    ],
    ids=["latin-1", "utf-16", "nul", "nuls", "arrays", "tables", "dotted"],
)
def test_bytes_that_are_no_toml_are_one_error_at_their_place(
    lab: Lab, listener: Listener, content: bytes, place: tuple[int, int], says: str
) -> None:
    lab.write(lab.HEAD)
    (lab.folder / "odd.toml").write_bytes(content)
    ran = wrong(lab, listener)
    assert ("odd.toml", *place) in told(ran), ran.err
    assert says in ran.err
    assert tally(ran) == ("1", "1")
    assert "\x00" not in ran.err
    assert max(len(line) for line in ran.err.splitlines()) < 200


def test_what_cannot_be_read_is_named_each_with_the_reason(lab: Lab, listener: Listener) -> None:
    (lab.folder / "circle.toml").symlink_to("round.toml")
    (lab.folder / "round.toml").symlink_to("circle.toml")
    (lab.folder / "dangling.toml").symlink_to("nowhere")
    (lab.folder / "folder.toml").mkdir()
    os.mkfifo(lab.folder / "pipe.toml")
    ran = wrong(lab, listener)
    assert tally(ran) == ("5", "5")
    assert ran.err.count("too many levels of symbolic links") == 2
    assert '"dangling.toml" cannot be read: no such file or directory' in ran.err
    assert 'It is a link to "nowhere": mend or remove it.' in ran.err
    assert '"folder.toml" cannot be read: it is a directory' in ran.err
    assert '"pipe.toml" cannot be read: it is not a regular file' in ran.err


def test_a_path_that_is_a_circle_of_links_is_an_error(lab: Lab, listener: Listener) -> None:
    (lab.folder / "here").symlink_to("there")
    (lab.folder / "there").symlink_to("here")
    assert '"here" cannot be read: too many levels of symbolic links' in wrong(lab, listener, "here").err


def project(number: int) -> str:
    return f'[projects.p{number}]\nregion = "aws:eu-central-1"\nbill_to = "org-lab"  # {"x" * 60}\n\n'


def test_ten_megabytes_are_read_in_seconds(lab: Lab) -> None:
    lab.write(lab.HEAD, *map(project, range(80_000)))
    assert (lab.folder / "lab.toml").stat().st_size > 10_000_000
    started = time.monotonic()
    ran = lab.run("validate")
    assert ran.code == 0, ran.err
    assert "80 000 projects" in ran.out
    # One error in all that is found as well, with its place.
    lab.write(lab.HEAD, *map(project, range(80_000)), "x = 1\n")
    ran = lab.run("validate")
    assert ran.code == 1
    assert tally(ran) == ("1", "1")
    assert time.monotonic() - started < 30


def test_ten_megabytes_are_planned(lab: Lab) -> None:
    padding = f"# {'remark ' * 1500}\n"
    lab.write(lab.HEAD, *(padding + project(number) for number in range(1000)))
    assert (lab.folder / "lab.toml").stat().st_size > 10_000_000
    started = time.monotonic()
    ran = lab.run("plan", "-q")
    assert (ran.code, ran.out) == (0, "Plan: 1000 to create.\n"), ran.err
    assert time.monotonic() - started < 20


def world(lab: Lab, text: str | bytes) -> Path:
    path = lab.folder / "world" / "world.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    lab.write(lab.HEAD, lab.CREATE)
    return path


def served_never(lab: Lab, *arguments: str) -> Ran:
    """Ends with 1 and no server is left; what it says."""
    ran = lab.run(*arguments)
    assert ran.code == 1, ran.out
    assert "Traceback" not in ran.err
    assert "Nothing was sent." in ran.err
    assert not (lab.folder / ".reconciler" / "sandbox.json").exists()
    return ran


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('name = "Lab"', '«nmae = "Lab"', 'nmae = "Lab"', "orgs.org-lab.nmae: unknown key"),
        (
            'created_by = "user-alice"',
            '«created_by = "user-zoe"',
            'created_by = "user-zoe"',
            'projects[1].created_by: no user "user-zoe" in this world',
        ),
        ("format = 1", "format = «= 1", "format = = 1", "not TOML"),
        ("format = 1", "«format = 2", "format = 2", "format: must be 1"),
        ("seed = 1", '«seed = "one"', 'seed = "one"', "seed: Expected `int`, got `str`"),
        ('user = "user-bob"', '«user = "user-zoe"', 'user = "user-zoe"', 'no user "user-zoe" in this world'),
    ],
)
def test_an_error_in_the_world_file_has_its_place(lab: Lab, old: str, new: str, line: str, says: str) -> None:
    good = (lab.folder / "world" / "world.toml").read_text()
    assert old in good
    path = lab.folder / "world" / "world.toml"
    text, places = marked(good.replace(old, new, 1), str(path))
    world(lab, text)
    for command in (["plan"], ["apply", "--auto-approve"]):
        ran = served_never(lab, *command)
        assert told(ran) == places, ran.err
        assert says in ran.err
        assert f"│ {line}\n" in ran.err
    by_hand = lab.run("sandbox", "serve", "--world", str(path))
    assert by_hand.code == 1
    assert by_hand.err.startswith(f"error: {path}:{places[0][1]}:{places[0][2]}: ")
    assert by_hand.out == ""


def test_all_errors_of_a_world_file_come_at_once(lab: Lab) -> None:
    good = (lab.folder / "world" / "world.toml").read_text()
    world(lab, good.replace("default_region", "defualt_region").replace("[[tokens]]", "[[tokns]]"))
    ran = lab.run("sandbox", "seed")
    assert ran.code == 1
    assert len(re.findall(r"^error: .*world\.toml:\d+:\d+: ", ran.err, re.M)) == 5


def test_a_world_file_that_is_not_utf8_or_not_there_is_named(lab: Lab) -> None:
    path = world(lab, b'format = 1\nseed = "\xff"\n')
    ran = served_never(lab, "plan")
    assert told(ran) == [(str(path), 2, 9)]
    assert "UTF-8" in ran.err
    path.unlink()
    ran = served_never(lab, "plan")
    assert "world/world.toml" in ran.err
    assert "no such file" in ran.err
    by_hand = lab.run("sandbox", "serve", "--world", "absent.toml")
    assert (by_hand.code, by_hand.out) == (1, "")
    assert "absent.toml: cannot be read: No such file or directory" in by_hand.err
