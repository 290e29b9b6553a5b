"""Arguments of ``can-i`` → questions; every mistake in them at once, and before anything is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from reconciler.diff.changes import DataLink
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.planner.questions import CanBill, CanClone, CanCreate, CanDefault, CanRun

if TYPE_CHECKING:
    from reconciler.model.desired import Workspace

_ID = "[0-9A-Za-z]{24}"
_PAYER = re.compile(r"(?:(?:orgs|users)\.)?((?:org|user)-[A-Za-z0-9_.]+)", re.ASCII)
_PROJECT = re.compile(rf"project-{_ID}|projects\.[A-Za-z0-9_-]{{1,64}}", re.ASCII)
_CONTAINER = re.compile(rf"(?:project|container)-{_ID}|projects\.[A-Za-z0-9_-]{{1,64}}", re.ASCII)
_OBJECT = re.compile(rf"(?:file|record|applet|workflow|database)-{_ID}", re.ASCII)
_EXECUTABLE = re.compile(
    rf"(?:applet|workflow)-{_ID}|(?:app|globalworkflow)-[0-9A-Za-z._-]+(?:/[0-9A-Za-z._+-]+)?", re.ASCII
)
_LINK = "$dnanexus_link"


def create(region: str, bill_to: str, name: str | None, workspace: Workspace) -> CanCreate:
    """Raises DiagnosticsError for a region that is not known, BadParameter for what is no payer."""
    payer = _payer(bill_to, "--bill-to")
    _want_region(region, workspace)
    return CanCreate(region, payer, name)


def bill(project: str, to: str) -> CanBill:
    """Raises BadParameter."""
    return CanBill(named_project(project, "PROJECT"), _payer(to, "--to"))


def default(profile: str, region: str, workspace: Workspace) -> CanDefault:
    """Raises DiagnosticsError for a region that is not known, BadParameter for what is no payer."""
    payer = _payer(profile, "PROFILE")
    _want_region(region, workspace)
    return CanDefault(payer, region)


def clone(source: str, destination: str) -> CanClone:
    """Raises BadParameter."""
    to = named_project(destination, "DST")
    if _CONTAINER.fullmatch(source):
        return CanClone(source, None, to)
    link = _link(source)
    if link is None:
        what = "a data object (file-…, project-…:file-…), a project or a container"
        raise _wrong(source, what, "SRC")
    return CanClone(link.project, link.id, to)


def run(executable: str, project: str, inputs: list[str]) -> CanRun:
    """Raises BadParameter."""
    if not _EXECUTABLE.fullmatch(executable):
        raise _wrong(executable, "an executable: applet-…, workflow-…, app-…, globalworkflow-…", "EXECUTABLE")
    links = dict.fromkeys(link for text in inputs for link in _linked(text))
    return CanRun(executable, named_project(project, "--project"), tuple(links))


def _payer(text: str, where: str) -> str:
    match = _PAYER.fullmatch(text)
    if match is None:
        raise _wrong(text, "a payer: org-… or user-…, or an address such as orgs.org-…", where)
    return match[1]


def named_project(text: str, where: str) -> str:
    """An id or an address as it was typed. Raises BadParameter."""
    if not _PROJECT.fullmatch(text):
        raise _wrong(text, "a project: project-…, or an address such as projects.rnaseq", where)
    return text


def _link(text: str) -> DataLink | None:
    """``file-…`` or ``project-…:file-…``."""
    project, colon, data = text.rpartition(":")
    if not _OBJECT.fullmatch(data) or (colon and not _CONTAINER.fullmatch(project)):
        return None
    return DataLink(data, project or None)


def _linked(text: str) -> Iterator[DataLink]:
    """The data objects that ``name=value`` names. A value that is none has no region."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise _wrong(text, "an input: NAME=VALUE", "--input")
    link = _link(value)
    if link is not None:
        yield link
    elif value[:1] in ("{", "["):
        try:
            yield from _inside(json.loads(value))
        except ValueError:
            raise _wrong(value, "JSON, though it begins like it", "--input") from None


def _inside(value: object) -> Iterator[DataLink]:
    """The links in a JSON value, however deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and _LINK in item:
            target = item[_LINK]
            inner = target if isinstance(target, dict) else {"id": target}
            link = _link(":".join(str(inner[key]) for key in ("project", "id") if inner.get(key)))
            if link is not None:
                yield link
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _want_region(code: str, workspace: Workspace) -> None:
    if code in workspace.regions:
        return
    from reconciler.config.suggest import closest

    meant = closest(code, workspace.regions)
    if not re.fullmatch(r"[a-z][a-z0-9]*:[a-z0-9-]+", code):
        advice = "A region is cloud:geo in lower case, like aws:eu-central-1."
        found = Diagnostic("error", "REG001", f'"{code}" is not a region', advice, suggestion=meant)
    else:
        advice = f'reconciler regions lists the known ones; another one is added with [regions."{code}"].'
        found = Diagnostic("error", "REG002", f'unknown region "{code}"', advice, suggestion=meant)
    raise DiagnosticsError((found,))


def _wrong(text: str, what: str, where: str) -> typer.BadParameter:
    return typer.BadParameter(f'"{text}" is not {what}.', param_hint=where)
