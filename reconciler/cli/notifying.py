"""Telling who is to be told of drift, and remembering in the ledger what they were told.

What was not delivered is not remembered as told, so the next run tells it again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

import typer
from msgspec.structs import replace

from reconciler.cli import drifting, entry, exitcodes, following, session
from reconciler.cli.console import Console
from reconciler.drift import memory
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, error
from reconciler.model.head import PROGRAM
from reconciler.model.moment import this_moment
from reconciler.model.notification import Origin
from reconciler.model.plan import Tool
from reconciler.model.report import Seen
from reconciler.notify import delivery, document, news, remembered, signing
from reconciler.notify import target as targets
from reconciler.notify.delivery import PATIENCE, Message, Patience, Undelivered
from reconciler.notify.document import Sender
from reconciler.notify.news import State, Told
from reconciler.notify.target import Target

SECONDS = "RECONCILER_NOTIFY_SECONDS"
_NOBODY = Seen(None, 0, ())


def notifier(urls: Sequence[str], networks: Sequence[str], wish: drifting.Wish, console: Console) -> Notifier:
    """Raises BadParameter for a URL that may not be, and DiagnosticsError for a setting of the environment:
    before anything is read."""
    return Notifier(tuple(_target(url, networks) for url in dict.fromkeys(urls)), wish, console)


def _target(url: str, networks: Sequence[str]) -> Target:
    try:
        return targets.target(url, networks)
    except ValueError as failure:
        raise typer.BadParameter(f"nothing can be posted there: {failure}.", param_hint="--notify") from None


class Notifier:
    """Tells each of ``to`` once of each change. The workspace that was last loaded is known: a round of
    ``--watch`` may find a broken TOML, and somebody is to know."""

    def __init__(self, to: tuple[Target, ...], wish: drifting.Wish, console: Console) -> None:
        """Raises DiagnosticsError for a setting of the environment."""
        self._to = to
        self._console = console
        self._keys = _keys()
        self._patience = _patience()
        self._tool = Tool(PROGRAM, session.version())
        self._wish = wish
        self._workspace: Workspace | None = None

    def found(self, looked: drifting.Looked) -> int:
        """Drift has looked. The exit code: 1 instead of 0 where it could not be told."""
        self._workspace = looked.workspace
        report = looked.whole
        state = State.found(report, looked.seen.exit_code, memory.fingerprints(report))
        told = self._tell(looked.workspace, Origin(report.provider.type, report.provider.endpoint), state)
        code = looked.page.exit_code
        return code if told or code != exitcodes.DONE else exitcodes.ERROR

    def failed(self, failure: Exception) -> None:
        """Drift could not look."""
        try:
            self._workspace = session.load(self._wish.path)
        except (DiagnosticsError, OSError):
            if self._workspace is None:
                self._complain("the TOML cannot be read, so it is not known who was told what")
                return
        code, diagnostics, _ = entry.told(failure)
        state = State.failed(diagnostics, code, this_moment())
        self._tell(self._workspace, Origin(self._workspace.provider.type, None), state)

    def _tell(self, workspace: Workspace, provider: Origin, state: State) -> bool:
        """Was everybody told what there was to tell?"""
        again = following.drift(self._wish.path, self._wish.identity)
        sender = Sender(workspace.name, provider, self._tool, again)
        try:
            with closing(session.ledger_of(workspace)) as ledger:
                before = ledger.seen() or _NOBODY
            known = remembered.recalled(before.notified)
        except DiagnosticsError as failure:
            self._complain(f"who was told what is not known: {failure.diagnostics[0].summary}")
            return False
        found = {to.key: self._told(to, sender, state, known.get(to.key)) for to in self._to}
        now = {key: told for key, told in found.items() if told and told != known.get(key)}
        if now:
            self._remember(workspace, before, now)
        return all(found.values())

    def _told(self, to: Target, sender: Sender, state: State, before: Told | None) -> Told | None:
        """What is to be remembered; None where there was something to tell and it could not be told."""
        if not news.is_news(state, before):
            return before or news.told("", state, None)
        notification = document.document(sender, state, before, to.key)
        agent = f"{self._tool.name}/{self._tool.version}"
        message = Message(notification.delivery, document.encoded(notification), self._keys, agent)
        try:
            delivery.deliver(to, message, self._patience)
        except Undelivered as failure:
            self._complain(f"{to.shown}: {failure}")
            return None
        self._console.note(f"told {to.shown}: {notification.title}")
        return news.told(notification.delivery, state, before)

    def _remember(self, workspace: Workspace, before: Seen, now: dict[str, Told]) -> None:
        """What others were told meanwhile stays."""
        try:
            with closing(session.ledger_of(workspace)) as ledger:
                seen = ledger.seen() or before
                text = remembered.text_of({**remembered.recalled(seen.notified), **now})
                ledger.remember(replace(seen, notified=text))
        except DiagnosticsError as failure:
            summary = f"what was told is not remembered: {failure.diagnostics[0].summary}"
            self._console.complain((Diagnostic("warning", "not-remembered", summary, _ADVICE),))

    def _complain(self, why: str) -> None:
        summary = f"what drift found was not told: {why}"
        self._console.complain((Diagnostic("error", "not-notified", summary, _ADVICE),))


_ADVICE = "The next run with --notify tells it again."


def _keys() -> tuple[bytes, ...]:
    try:
        return signing.keys(os.environ.get(signing.VARIABLE, ""))
    except ValueError as failure:
        raise error(
            "notify-key",
            f"{signing.VARIABLE} holds no key to sign notifications with: {failure}",
            'Make one, and give it to who verifies them: echo "whsec_$(openssl rand -base64 32)"',
        ) from None


def _patience() -> Patience:
    written = os.environ.get(SECONDS)
    try:
        seconds = float(written) if written else PATIENCE.total
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise error("notify-seconds", f'{SECONDS} is "{written}", not seconds up to {_LONGEST:.0f}')
    return Patience(seconds, min(seconds, PATIENCE.one))


_LONGEST = 600.0
