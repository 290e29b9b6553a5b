"""What goes wrong between the command and the platform: a message, an exit code, and no call too many."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from reconciler_sandbox.faults.record import Fault
from support.faults import Stage, told
from support.sandbox import Served, served
from support.tokens import token_of

from .conftest import WORLD

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab, Ran

NEW, LIST = "/project/new", "/org-lab/findProjects"
WRITES = re.compile(r"^/(project/new|[a-z]+-[^/]+/(update|setProperties|transfer|acceptTransfer|destroy))$")
TRIAL = "project-J0000000000000000000001A"
RENAME = f"""
[projects.trial]
id = "{TRIAL}"
name = "Trial 2"
"""
# The clock of the world moves by a millisecond with each write.
TOKENS = """
[[tokens]]
token = "short-token"
user = "user-alice"
expires = 2026-01-15T09:00:00.001Z

[[tokens]]
token = "old-token"
user = "user-alice"
expires = 2025-12-31T00:00:00Z

[[tokens]]
token = "dead-token"
user = "user-alice"
revoked = true
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD + TOKENS)
    with served(path, "--control") as running:
        yield running


class Remote:
    """A workspace whose platform is the served one, which plays faults."""

    def __init__(self, lab: Lab, server: Served, stage: Stage) -> None:
        self.lab = lab
        self.server = server
        self.stage = stage
        self.environ = {"HOME": str(lab.folder), "RECONCILER_READ_RETRY_SECONDS": "1.5"}
        self.environ["RECONCILER_SETTLE_SECONDS"] = "0.3"

    def write(self, *parts: str, endpoint: str | None = None) -> None:
        head = (
            f'workspace = "lab"\n\n[provider]\ntype = "dnanexus"\nendpoint = "{endpoint or self.stage.url}"\n'
        )
        self.lab.write(head, *parts)

    def run(self, *arguments: str, token: str = token_of("user-alice"), **environ: str) -> Ran:
        login = json.dumps({"auth_token_type": "Bearer", "auth_token": token})
        ran = self.lab.run(*arguments, **{**self.environ, "DX_SECURITY_CONTEXT": login, **environ})
        assert "Traceback" not in ran.err
        assert "unexpected" not in ran.err
        return ran

    def apply(self) -> Ran:
        """One step after the other: which call a fault strikes hangs on their order."""
        return self.run("apply", "--auto-approve", "--parallelism", "1")

    def named(self, name: str) -> int:
        """How many projects of that name the platform has. Nothing goes wrong from then on."""
        self.stage.calm()
        _, body, _ = self.server.post("/org-lab/findProjects", {"name": name}, token=token_of("user-alice"))
        return len(body["results"])

    def writes(self) -> list[str]:
        """Which writes reached the platform, in order."""
        return [route for route in self.stage.seen if WRITES.match(route)]


@pytest.fixture
def remote(lab: Lab, server: Served) -> Remote:
    server.control("reset")
    made = Remote(lab, server, Stage(server))
    made.write(lab.CREATE)
    return made


def stopped(ran: Ran, *says: str) -> None:
    """An error before anything was sent."""
    assert ran.code == 1, ran.out + ran.err
    assert ran.out == ""
    for words in says:
        assert words in ran.err, ran.err
    assert ran.err.endswith("1 error. Nothing was sent.\n")


# Logins


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"], ["drift"]])
def test_without_a_login_it_says_how_to_get_one_and_calls_nobody(remote: Remote, command: list[str]) -> None:
    ran = remote.lab.run(*command, **remote.environ)
    stopped(ran, "there is no login to the platform", "dx login", "DX_SECURITY_CONTEXT")
    assert remote.stage.seen == []


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ("{bad", "is not the JSON object that dx writes there"),
        ('["secret"]', "is not the JSON object that dx writes there"),
        ('{"auth_token_type": "Basic", "auth_token": "secret"}', "another auth_token_type than Bearer"),
        ('{"auth_token_type": "Bearer", "auth_token": ""}', "holds no token: nobody is logged in"),
        ('{"auth_token_type": "Bearer", "auth_token": "a secret\\n"}', "characters that no token has"),
    ],
)
def test_a_login_that_cannot_be_one_is_told_without_showing_it(
    remote: Remote, context: str, says: str
) -> None:
    ran = remote.run("plan", DX_SECURITY_CONTEXT=context)
    stopped(ran, "DX_SECURITY_CONTEXT in the environment", says, "dx login")
    assert "secret" not in ran.err
    assert remote.stage.seen == []


@pytest.mark.parametrize("token", ["nobodys-token", "old-token", "dead-token"])
def test_a_token_that_is_not_accepted_is_told_with_what_to_do(remote: Remote, token: str) -> None:
    for command in (["plan"], ["apply", "--auto-approve"]):
        remote.stage.play()
        ran = remote.run(*command, token=token)
        stopped(ran, "/system/whoami answered InvalidAuthentication (401)", "dx login", "expired")
        assert re.search(r"The platform's id of the failing call: \d{13}-\d+", ran.err)
        assert token not in ran.err
        assert remote.stage.seen == ["/system/whoami"]


# Servers


def test_a_server_that_is_not_there_is_told_within_seconds(remote: Remote) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        remote.write(remote.lab.CREATE, endpoint=f"http://127.0.0.1:{port}")
        started = time.monotonic()
        stopped(
            remote.run("plan"), f"http://127.0.0.1:{port}/system/whoami cannot be reached: Connection refused"
        )
        # Reads are repeated for two minutes, but not where nobody has ever answered. A machine may be slow.
        stopped(remote.run("plan", RECONCILER_READ_RETRY_SECONDS="120"), "cannot be reached")
        assert time.monotonic() - started < 60


ALWAYS = [
    (Fault("*", "html", times=99), 'it begins with "<!doctype html>'),
    (Fault("*", "html:403", times=99), "answered 403 with something that is not the platform's JSON"),
    (Fault("*", "status:502", times=99), "answered 502 with something that is not the platform's JSON"),
    (Fault("*", "wrong_length", "after", times=99), "something that is not the platform's JSON"),
    (Fault("*", "truncate", "after", times=99), "the connection was closed half way through the answer"),
    (Fault("*", "close", times=99), "the connection was closed before an answer came"),
    (Fault("*", "reset", times=99), "Connection reset by peer"),
    (Fault("*", "hang", times=99), "no answer came in time"),
    (Fault("*", "status:500", times=99), "answered InternalError (500): played"),
    (Fault("*", "status:503", times=99, retry_after=1), "and it asks to wait 1 s"),
    (Fault("*", "status:503", times=99, retry_after=1000), "tried once, and it asks to wait 1000 s"),
]
SOME = ("html", "html:403", "status:502", "hang")


@pytest.mark.parametrize(
    ("fault", "says", "route"),
    [(fault, says, LIST) for fault, says in ALWAYS]
    + [
        (fault, says, "/system/whoami")
        for fault, says in ALWAYS
        if fault.effect in ("html", "html:403", "status:502", "hang")
    ],
    ids=told,
)
def test_what_does_not_pass_ends_in_bounded_time_with_nothing_sent(
    remote: Remote, fault: Fault, says: str, route: str
) -> None:
    remote.stage.play(replace(fault, route=route))
    started = time.monotonic()
    ran = remote.apply()
    stopped(ran, says, f"{remote.stage.url}{route}")
    # What to do stands on a line of its own.
    assert re.search(r"^  [A-Z]", ran.err, re.M)
    assert time.monotonic() - started < 6
    assert remote.writes() == []
    assert remote.named("RNA-seq") == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault("*", "status:503", times=2, retry_after=0),
        Fault("*", "status:500", times=2),
        Fault("*", "close", times=2),
        Fault("*", "truncate", "after", times=2),
    ],
    ids=lambda fault: fault.effect,
)
def test_what_passes_is_waited_for(remote: Remote, fault: Fault) -> None:
    remote.stage.play(fault)
    ran = remote.run("plan")
    assert ran.code == 0, ran.err
    assert "Plan: 1 to create." in ran.out


# Writes whose answer is lost

LOST = [
    Fault("*", "close"),
    Fault("*", "reset"),
    Fault("*", "truncate"),
    Fault("*", "wrong_length"),
    Fault("*", "html"),
    Fault("*", "status:502"),
    Fault("*", "status:500"),
    Fault("*", "status:503", retry_after=0),
]


@pytest.mark.parametrize("fault", LOST, ids=told)
def test_a_creation_that_was_carried_out_is_found_by_its_mark_and_done(remote: Remote, fault: Fault) -> None:
    remote.stage.play(replace(fault, route=NEW, when="after"))
    ran = remote.apply()
    assert ran.code == 0, ran.out + ran.err
    assert "Applied 1 of 1: 1 done, 0 failed, 0 not attempted, 0 uncertain." in ran.out
    assert remote.writes() == [NEW]
    assert remote.named("RNA-seq") == 1
    remote.stage.play()
    assert "No changes. The platform matches" in remote.run("plan").out


@pytest.mark.parametrize("fault", LOST, ids=told)
def test_a_creation_that_was_not_carried_out_is_uncertain_and_made_once_by_the_next(
    remote: Remote, fault: Fault
) -> None:
    remote.stage.play(replace(fault, route=NEW, when="before"))
    ran = remote.apply()
    assert ran.code == 4, ran.out + ran.err
    assert "Applied 0 of 1: 0 done, 0 failed, 0 not attempted, 1 uncertain." in ran.out
    assert "it did not show within 0.3 s" in " ".join(ran.out.split())
    assert ran.out.endswith("  reconciler apply\n")
    assert remote.writes() == [NEW]
    assert remote.named("RNA-seq") == 0
    remote.stage.play()
    again = remote.apply()
    assert again.code == 0, again.out + again.err
    assert remote.writes() == [NEW]
    assert remote.named("RNA-seq") == 1


@pytest.mark.parametrize("fault", LOST[::2] + LOST[-1:], ids=told)
def test_an_update_that_was_carried_out_is_read_back_and_done(remote: Remote, fault: Fault) -> None:
    remote.write(RENAME)
    update = f"/{TRIAL}/update"
    remote.stage.play(replace(fault, route=update, when="after"))
    ran = remote.apply()
    assert ran.code == 0, ran.out + ran.err
    assert "1 done" in ran.out
    assert remote.writes() == [update]
    assert (remote.named("Trial"), remote.named("Trial 2")) == (0, 1)


@pytest.mark.parametrize("fault", LOST[::2] + LOST[-1:], ids=told)
def test_an_update_that_was_not_carried_out_has_failed_and_is_sent_once_by_the_next(
    remote: Remote, fault: Fault
) -> None:
    remote.write(RENAME)
    update = f"/{TRIAL}/update"
    remote.stage.play(replace(fault, route=update, when="before"))
    ran = remote.apply()
    assert ran.code == 4, ran.out + ran.err
    assert "it was not carried out: name is still Trial, not Trial 2" in " ".join(ran.out.split())
    assert remote.writes() == [update]
    assert remote.named("Trial") == 1
    remote.stage.play()
    assert remote.apply().code == 0
    assert remote.writes() == [update]
    assert remote.named("Trial 2") == 1


def test_a_platform_that_is_gone_after_a_call_leaves_it_uncertain_and_the_rest_not_attempted(
    remote: Remote,
) -> None:
    more = remote.lab.CREATE.replace("rnaseq", "second").replace("RNA-seq", "Second")
    remote.write(remote.lab.CREATE, more)
    # A first try, of which nothing comes, tells which call the first creation is.
    remote.stage.play(Fault(NEW, "status:422", nth=0))
    assert remote.apply().code == 4
    creation = remote.stage.seen.index(NEW) + 1
    remote.stage.play(Fault("*", "close", "after", nth=creation), Fault("*", "close", nth=creation, times=99))
    ran = remote.apply()
    assert remote.stage.carried_out[-1] == NEW
    assert ran.code == 4, ran.out + ran.err
    assert "Applied 0 of 2: 0 done, 0 failed, 1 not attempted, 1 uncertain." in ran.out
    assert "sent, but it cannot be read back" in ran.out
    assert "the provider cannot be used any more" in ran.out
    assert remote.writes() == [NEW]
    remote.stage.play()
    again = remote.apply()
    assert again.code == 0, again.out + again.err
    assert remote.writes() == [NEW]
    assert (remote.named("RNA-seq"), remote.named("Second")) == (1, 1)


def test_a_creation_that_the_lists_show_late_is_waited_for(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_text(WORLD)
    with served(path, "--control", "--switch", "find_lag_ms=900") as slow:
        remote = Remote(lab, slow, Stage(slow))
        remote.write(lab.CREATE)
        remote.stage.play(Fault(NEW, "close", "after"))
        ran = remote.run("apply", "--auto-approve", RECONCILER_SETTLE_SECONDS="20")
        assert ran.code == 0, ran.out + ran.err
        assert "1 done" in ran.out
        assert remote.writes() == [NEW]


def test_a_step_that_is_lost_does_not_stop_the_others(remote: Remote) -> None:
    remote.write(remote.lab.CREATE, RENAME)
    remote.stage.play(Fault(NEW, "close", "before"))
    ran = remote.apply()
    assert ran.code == 4, ran.out + ran.err
    assert "Applied 1 of 2: 1 done, 0 failed, 0 not attempted, 1 uncertain." in ran.out
    assert remote.named("Trial 2") == 1


def test_a_token_that_ends_half_way_leaves_the_rest_not_attempted(remote: Remote) -> None:
    more = remote.lab.CREATE.replace("rnaseq", "second").replace("RNA-seq", "Second")
    remote.write(remote.lab.CREATE, more)
    ran = remote.run("apply", "--auto-approve", "--parallelism", "1", token="short-token")
    assert ran.code == 4, ran.out + ran.err
    assert "Applied 0 of 2: 0 done, 0 failed, 1 not attempted, 1 uncertain." in ran.out
    assert "InvalidAuthentication" in ran.out
    assert remote.writes() == [NEW]
    assert remote.named("RNA-seq") + remote.named("Second") == 1
    remote.stage.play()
    again = remote.apply()
    assert again.code == 0, again.out + again.err
    assert remote.writes() == [NEW]
    assert (remote.named("RNA-seq"), remote.named("Second")) == (1, 1)


def test_a_creation_that_every_read_shows_late_is_waited_for_and_made_once(remote: Remote) -> None:
    remote.stage.play(Fault(NEW, "close", "after"), Fault("*", "stale:3", nth=0))
    ran = remote.run("apply", "--auto-approve", RECONCILER_SETTLE_SECONDS="20")
    assert ran.code == 0, ran.out + ran.err
    assert "1 done" in ran.out
    assert remote.writes() == [NEW]
    assert remote.named("RNA-seq") == 1


def test_a_right_that_is_taken_between_reading_and_writing_is_told_and_changes_nothing(
    remote: Remote,
) -> None:
    remote.write(RENAME)
    remote.stage.play(Fault(f"/{TRIAL}/update", "deny"))
    ran = remote.apply()
    assert ran.code == 4, ran.out + ran.err
    assert "PermissionDenied" in ran.out
    assert remote.writes() == [f"/{TRIAL}/update"]
    assert remote.named("Trial 2") == 0
