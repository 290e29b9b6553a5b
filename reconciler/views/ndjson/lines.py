"""An event as its line, and the events that more than one page has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from reconciler.model.diagnostics import Diagnostic, entry_of
from reconciler.model.moment import this_moment
from reconciler.model.plan import Tool
from reconciler.views.escape import safe, safe_json
from reconciler.views.ndjson import events


def line(event: events.Event) -> str:
    """One JSON object with its line end; the message made harmless, anything else exact."""
    told = msgspec.structs.replace(event, message=safe(event.message))
    try:
        text = msgspec.json.encode(told).decode()
    except (
        UnicodeEncodeError
    ):  # half a surrogate pair, as in the name of a file: msgspec has no escape for it
        text = json.dumps(msgspec.to_builtins(told), ensure_ascii=True)
    return safe_json(text) + "\n"


def version(tool: Tool, workspace: str, at: str) -> str:
    """The first line."""
    message = f"{tool.name} {tool.version}, workspace {workspace}"
    return line(
        events.Version(
            message=message,
            timestamp=at,
            reconciler=tool.version,
            events=events.VERSION,
            workspace=workspace,
        )
    )


def diagnostics(found: Iterable[Diagnostic], at: str | None = None) -> Iterator[str]:
    """A line for each. ``at``: when they were found, if that is not now."""
    moment = at or this_moment()
    for one in found:
        level: events.Level = "error" if one.severity == "error" else "warn"
        yield line(
            events.Diagnostic(level=level, message=one.summary, timestamp=moment, diagnostic=entry_of(one))
        )
