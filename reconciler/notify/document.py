"""The document that is posted, and its words for people."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from reconciler.model.harmless import safe
from reconciler.model.notification import Compared, Finding, Listed, Notification, Origin, Verdict
from reconciler.model.plan import FORMAT_VERSION, Tool
from reconciler.notify import news
from reconciler.notify.news import State, Told

_SHOWN = 20
"""Findings of each kind that are named in the text."""


class Sender(Struct, frozen=True):
    """``following``: the command that shows more."""

    workspace: str
    provider: Origin
    tool: Tool
    following: str


def document(sender: Sender, state: State, before: Told | None, target: str) -> Notification:
    """``target``: the key of who is told."""
    earlier = before.verdict if before else None
    findings = news.compared(state, before)
    title = f"{sender.workspace}: {_in_short(state.verdict, earlier, findings)}"
    return Notification(
        format_version=FORMAT_VERSION,
        kind="notification",
        delivery=news.delivery_of(sender.workspace, target, state, before),
        tool=sender.tool,
        workspace=sender.workspace,
        provider=sender.provider,
        title=title,
        text="\n".join([title, *_lines(state.verdict, findings), f"More: {sender.following}"]),
        now=state.verdict,
        before=earlier,
        findings=findings,
        next=sender.following,
    )


def encoded(notification: Notification) -> bytes:
    return msgspec.json.encode(notification)


def _in_short(now: Verdict, before: Verdict | None, findings: Compared | None) -> str:
    was = f" (was {before.exit_code})" if before and before.exit_code != now.exit_code else ""
    if findings is None:
        return f"drift could not look, exit code {now.exit_code}{was}"
    counts = f"{findings.new.total} new, {findings.gone.total} gone, {findings.known.total} still there"
    again = "drift can look again, " if before and before.problems else ""
    if now.exit_code == 0 and before and before.exit_code != 0:
        return f"all well again, exit code 0{was}: {counts}"
    return f"{again}exit code {now.exit_code}{was}: {counts}"


def _lines(now: Verdict, findings: Compared | None) -> Iterator[str]:
    for problem in now.problems:
        yield f"  {problem.code}: {problem.summary}" if problem.summary else f"  {problem.code}"
    if findings is not None:
        yield from _list("new", findings.new)
        yield from _list("gone", findings.gone)
        yield from _list("still there", findings.known)


def _list(title: str, listed: Listed) -> Iterator[str]:
    if not listed.total:
        return
    yield f"{title}:"
    shown = listed.first[:_SHOWN]
    for finding in shown:
        yield f"  {_named(finding)}"
    if listed.total > len(shown):
        yield f"  and {listed.total - len(shown)} more" if shown else f"  {listed.total}"


def _named(finding: Finding) -> str:
    about = (finding.address or finding.id or "", finding.attribute or "", finding.policy or "")
    return safe(" ".join([finding.verdict, *filter(None, dict.fromkeys(about))]))
