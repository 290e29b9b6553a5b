"""What docs/notify.md offers works as it is: the relay to Slack and mail, and the verification."""

from __future__ import annotations

import base64
import json
import os
import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.command import environment
from support.desk import PEOPLE, Desk, a_project, pid
from support.hooks import Hook, Hooks, hooks, status
from support.marks import ROOT

from reconciler.notify.signing import headers, keys

RELAY = ROOT / "deploy" / "notify" / "relay.py"
PAGE = ROOT / "docs" / "notify.md"
KEY = "whsec_" + base64.b64encode(b"a key of this page and no other").decode()


@contextmanager
def relay(**settings: str) -> Iterator[str]:
    """Its URL while it runs."""
    command = [sys.executable, str(RELAY), "0"]
    environ = environment({"RECONCILER_NOTIFY_KEY": KEY, **settings})
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()


@pytest.fixture
def hook() -> Iterator[Hooks]:
    with hooks() as make:
        yield make


@pytest.fixture
def drifted(tmp_path: Path) -> Desk:
    found = Desk.new(tmp_path / "lab", PEOPLE + a_project(1, "One"))
    found.apply(f'[projects.one]\nid = "{pid(1)}"\nname = "One"\n')
    found.call("user-alice", f"/{pid(1)}/update", name="Uno")
    found.settings["RECONCILER_NOTIFY_KEY"] = KEY
    return found


class Mailbox(socketserver.BaseRequestHandler):
    """As much of a mail server as a mail needs."""

    received: list[str]

    def handle(self) -> None:
        stream = self.request.makefile("rwb")

        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 mail")
        for line in stream:
            if line.upper().startswith(b"DATA"):
                say(b"354 go on")
                self.received.append("".join(iter(lambda: stream.readline().decode(), ".\r\n")))
            if line.upper().startswith(b"QUIT"):
                break
            say(b"250 ok")
        say(b"221 bye")


@contextmanager
def mailbox() -> Iterator[tuple[int, list[str]]]:
    received: list[str] = []
    handler = type("Handler", (Mailbox,), {"received": received})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], received
        finally:
            server.shutdown()
            thread.join()


def test_the_relay_passes_what_is_told_on_to_slack_and_mail_each_until_it_is_taken_and_once(
    drifted: Desk, hook: Hooks
) -> None:
    slack: Hook = hook(status(500), status(200))
    mail_settings = {"MAIL_TO": "dpo@example.org", "MAIL_FROM": "drift@example.org"}
    with (
        mailbox() as (port, mails),
        relay(SLACK_WEBHOOK_URL=slack.url, SMTP_PORT=str(port), **mail_settings) as url,
    ):
        ran = drifted.run("drift", "--notify", url)
    assert ran.code == 2
    assert f"told {url}: lab: exit code 2: 1 new, 0 gone, 0 still there" in ran.err
    refused, taken = (json.loads(one.body)["text"] for one in slack.posted)
    assert refused == taken
    assert "0 still there\nnew:\n  drifted projects.one name\nMore: reconciler drift```" in taken
    (mail,) = mails
    assert "Subject: lab: exit code 2: 1 new, 0 gone, 0 still there" in mail
    assert "To: dpo@example.org" in mail
    assert "  drifted projects.one name" in mail


def posted(url: str, sent: dict[str, str], body: bytes) -> int:
    """The status of the answer."""
    import urllib3

    return urllib3.request("POST", url, body=body, headers=sent, retries=False).status


def test_the_relay_passes_on_nothing_that_is_not_ours_old_or_came_already(hook: Hooks) -> None:
    slack: Hook = hook(status(200))
    now, body = int(time.time()), b'{"title": "t", "text": "<!channel> & all", "delivery": "drift-1"}'
    ours, old = (headers("drift-1", at, body, keys(KEY)) for at in (now, now - 600))
    foreign = headers("drift-1", now, body, (b"another key of enough bytes",))
    with relay(SLACK_WEBHOOK_URL=slack.url) as url:
        assert posted(url, foreign, body) == 401
        assert posted(url, old, body) == 401
        assert posted(url, ours, body + b" ") == 401
        assert posted(url, {}, body) == 401
        assert slack.posted == []
        assert [posted(url, ours, body) for _ in range(2)] == [204, 204]
    assert len(slack.posted) == 1
    assert json.loads(slack.posted[0].body)["text"] == "```&lt;!channel&gt; &amp; all```"


def test_the_relay_does_not_start_without_a_key() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "RECONCILER_NOTIFY_KEY"}
    ran = subprocess.run(
        [sys.executable, str(RELAY)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert "RECONCILER_NOTIFY_KEY is not set" in ran.stderr


def test_the_python_of_the_page_verifies_a_notification() -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    body = b'{"kind": "notification"}'
    given = {"key": KEY, "body": body, "headers": headers("drift-1", int(time.time()), body, keys(KEY))}
    exec(code, given)
    assert given["document"] == {"kind": "notification"}


def test_every_link_of_the_page_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / link).exists(), link
