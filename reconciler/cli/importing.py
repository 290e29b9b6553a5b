"""What ``import`` reads and where it writes: into the workspace of PATH, or a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reconciler import config, durable, provider
from reconciler.cli import addresses, exitcodes, session
from reconciler.cli.console import Console
from reconciler.cli.stop import stop
from reconciler.config.from_actual import Imported, Target, imported
from reconciler.config.from_actual.tables import PARTIAL
from reconciler.diff.ownership import payers
from reconciler.diff.scope import both, scope_of
from reconciler.diff.spoken_for import spoken_for
from reconciler.model.actual import Destroyed, Profile, Project, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import ProviderTable, Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.model.knowledge import Unreadable
from reconciler.provider import Provider, Reader, Settings
from reconciler.views.text.layout import count

_SHOWN = 10
_NOTHING_WRITTEN = "Nothing was written."


class New(Struct, frozen=True):
    """What was said of a new workspace; None: not said."""

    name: str | None
    provider: str | None
    endpoint: str | None
    world: str | None


class Wanted(Struct, frozen=True):
    """Payers with all their projects, and single projects; neither: the payers of the workspace."""

    payers: frozenset[str]
    projects: frozenset[str]

    @property
    def nothing(self) -> bool:
        return not self.payers and not self.projects


class Task(Struct, frozen=True):
    """``source``: the workspace of PATH, where there is one; ``baseline``: what it last applied, where it is
    the one to add to. ``shown``: the folder to write to, as a person names it."""

    kind: Provider
    settings: Settings
    source: Workspace | None
    baseline: Baseline
    folder: str
    shown: str
    target: Target

    @property
    def adding(self) -> bool:
        return self.target.head is None


class Found(Struct, frozen=True):
    """What is to be written. ``payers``: so many were listed; ``known``: so many of their projects are in the
    workspace already; ``unreadable``: in words."""

    text: Imported
    payers: int
    identity: str
    partial: tuple[str, ...]
    unreadable: tuple[str, ...]
    known: int


def task(
    path: str, out: str | None, wanted: Wanted, new: New, *, identity: str | None, console: Console
) -> Task:
    """Raises Stop and DiagnosticsError where PATH, ``out`` and the options do not go together."""
    if not _has_toml(path):
        if wanted.nothing:
            more = "Say what a new one is to hold: --payer org-… or --project project-…."
            raise stop(exitcodes.USAGE, "import", f"there is no workspace in {path}", more)
        return _from_nothing(path, out or path, new, identity, console)
    if new.provider or new.endpoint or new.world:
        why = f"{path} is a workspace already: its [provider] says where to read"
        raise stop(exitcodes.USAGE, "import", why, "Leave out --provider, --endpoint and --world.")
    workspace = session.load(path)
    kind, settings = session.provider_of(workspace), session.settings(workspace, identity, console)
    if out is not None:
        return _beside(workspace, kind, settings, out, new.name)
    if new.name not in (None, workspace.name):
        why = f'the workspace is "{workspace.name}", not "{new.name}"'
        raise stop(exitcodes.USAGE, "import", why, "A new one beside it is written with --out DIR.")
    if not os.path.isdir(path):
        why = f"{path} is one file, and a workspace by itself: a file beside it would be another"
        raise stop(exitcodes.USAGE, "import", why, "Write a new workspace with --out DIR.")
    target = Target(
        workspace.name,
        workspace.regions,
        addresses=frozenset(addresses.known(workspace)),
        moved=workspace.moved,
        files=tuple(os.listdir(workspace.directory)),
    )
    baseline = session.baseline(workspace)
    return Task(kind, settings, workspace, baseline, workspace.directory, path, target)


def _has_toml(path: str) -> bool:
    if not os.path.isdir(path):
        return os.path.exists(path)
    return any(name.endswith(".toml") and not name.startswith(".") for name in os.listdir(path))


def _beside(workspace: Workspace, kind: Provider, settings: Settings, out: str, name: str | None) -> Task:
    folder = _empty(out)
    world = workspace.provider.world
    moved = None if world is None else os.path.relpath(os.path.join(workspace.directory, world), folder)
    table = replace(workspace.provider, world=moved, ledger=None)
    target = Target(
        name or workspace.name,
        config.catalogue(),
        head=(table, workspace.identities),
        described=workspace.regions,
        files=_files_in(folder),
    )
    return Task(kind, settings, workspace, Baseline(), folder, out, target)


def _from_nothing(path: str, out: str, new: New, identity: str | None, console: Console) -> Task:
    if identity is not None:
        why = f"--identity names one of [identities], and there is no workspace in {path}"
        raise stop(exitcodes.USAGE, "import", why, "The login of dx itself is used.")
    folder = _empty(out)
    world = None if new.world is None else os.path.relpath(new.world, folder)
    table = ProviderTable(new.provider or "dnanexus", endpoint=new.endpoint, world=world)
    name = new.name or re.sub(r"[^a-z0-9]+", "-", os.path.basename(folder).lower()).strip("-")[:40]
    if not name:
        raise stop(exitcodes.USAGE, "import", f"{folder} gives no name", "Write --workspace NAME.")
    try:
        os.makedirs(folder, exist_ok=True)  # a sandbox keeps its state there, from the first question on
    except OSError as problem:
        raise stop(exitcodes.ERROR, "not-written", f"{out} cannot be made: {problem.strerror}") from None
    settings = Settings(folder, table, {}, os.environ, None, console.progress)
    target = Target(name, config.catalogue(), head=(table, {}), files=_files_in(folder))
    return Task(provider.find(table.type), settings, None, Baseline(), folder, out, target)


def _empty(out: str) -> str:
    """The absolute folder of a new workspace. Raises Stop where it has TOML, or is no folder."""
    if os.path.lexists(out) and not os.path.isdir(out):
        raise stop(exitcodes.USAGE, "import", f"{out} is not a folder", "Name another one with --out.")
    if os.path.isdir(out) and _has_toml(out):
        why = f"{out} has TOML already: a new workspace would be mixed with it"
        more = f"Name another folder, or add to it with: reconciler import {out}"
        raise stop(exitcodes.USAGE, "import", why, more)
    return os.path.abspath(out)


def _files_in(folder: str) -> tuple[str, ...]:
    return tuple(os.listdir(folder)) if os.path.isdir(folder) else ()


def read(task: Task, reader: Reader, wanted: Wanted) -> Found:
    """Reads what is wanted, and makes the text of it. Raises Stop where it is not there."""
    if task.source is not None:
        session.with_logins(task.source, reader)
    asked = wanted.payers
    if wanted.nothing and task.source is not None:
        asked = payers(task.source)
    scope = Scope(estates=tuple(sorted(asked)), projects=tuple(sorted(wanted.projects)))
    if task.source is not None and task.adding:
        scope = both(scope_of(task.source, task.baseline), scope)
    snapshot = reader.read(scope)
    _want_all(snapshot, wanted)
    return _found(task, snapshot, asked, wanted)


def _want_all(snapshot: Snapshot, wanted: Wanted) -> None:
    for payer in sorted(wanted.payers):
        if snapshot.profiles[payer].exists is False:
            raise stop(exitcodes.ERROR, "no-payer", f"there is no {payer} at the platform", _NOTHING_WRITTEN)
    for one in sorted(wanted.projects - snapshot.projects.keys()):
        why = snapshot.missing.get(one, Unreadable("not read"))
        if isinstance(why, Destroyed):
            raise stop(exitcodes.ERROR, "no-project", f"there is no {one} at the platform", _NOTHING_WRITTEN)
        summary = f"{one} could not be read: {why.reason}"
        raise stop(exitcodes.UNREADABLE, "unreadable", summary, _NOTHING_WRITTEN)


def _found(task: Task, snapshot: Snapshot, asked: frozenset[str], wanted: Wanted) -> Found:
    ours: frozenset[str] = frozenset()
    if task.source is not None and task.adding:
        ours = spoken_for(task.source, snapshot, task.baseline, asked)
    there = [p for p in snapshot.projects.values() if p.bill_to in asked or p.id in wanted.projects]
    projects = [project for project in there if project.id not in ours]
    profiles = [snapshot.profiles[payer] for payer in sorted(asked)]
    new = [one for one in profiles if one.exists is not False and _wants(task, wanted, one.id)]
    return Found(
        imported(snapshot, new, projects, task.target),
        len(asked),
        snapshot.identity,
        tuple(sorted(asked & snapshot.partial)),
        tuple(_unreadable(new, projects)),
        len(there) - len(projects),
    )


def _wants(task: Task, wanted: Wanted, payer: str) -> bool:
    """Is a table to be written for it? What a workspace leaves unmanaged stays so unasked."""
    if not task.adding or task.source is None:
        return True
    return payer in wanted.payers and task.source.profile(payer) is None


def _unreadable(profiles: list[Profile], projects: list[Project]) -> Iterator[str]:
    for profile in profiles:
        for name, value in (
            ("default_region", profile.default_region),
            ("permitted_regions", profile.permitted_regions),
        ):
            if isinstance(value, Unreadable):
                yield f"{profile.id}: {name} could not be read: {value.reason}"
    for project in projects:
        for name, told in (("name", project.name), ("region", project.region), ("bill_to", project.bill_to)):
            if isinstance(told, Unreadable):
                yield f"{project.id}: {name} could not be read: {told.reason}"


def write(task: Task, found: Found) -> tuple[str, ...]:
    """Makes the files, all or none; their paths as a person names them. Raises DiagnosticsError."""
    files = found.text.files
    if task.adding and not files:
        return ()
    try:
        durable.create(task.folder, {name: text.encode() for name, text in files.items()})
    except OSError as problem:
        where = problem.filename2 or problem.filename or task.shown
        why = f"{where} cannot be written: {problem.strerror or problem}"
        raise DiagnosticsError((Diagnostic("error", "not-written", why, _NOTHING_WRITTEN),)) from None
    return tuple(os.path.normpath(os.path.join(task.shown, name)) for name in files)


def warnings(found: Found) -> tuple[Diagnostic, ...]:
    """What is not in the TOML, or not known to be all."""
    told = [Diagnostic("warning", "partial-estate", f"{payer} {PARTIAL}") for payer in found.partial]
    told += _some("left-out", [f"left out: {reason}" for reason in found.text.left_out])
    return (*told, *_some("unreadable", found.unreadable))


def _some(code: str, texts: Sequence[str]) -> list[Diagnostic]:
    shown = [Diagnostic("warning", code, text) for text in texts[:_SHOWN]]
    if len(texts) > _SHOWN:
        shown.append(Diagnostic("warning", code, f"and {len(texts) - _SHOWN} more like these"))
    return shown


def summary(task: Task, found: Found, written: tuple[str, ...], address: str) -> str:
    """What was read, and written."""
    projects = count(found.text.projects + len(found.text.left_out) + found.known, "project")
    payers_read = f" of {count(found.payers, 'payer')}" if found.payers else ""
    known = f"; {found.known} of them are in the workspace already" if found.known else ""
    read_from = f"Read {projects}{payers_read} from {address} as {found.identity}{known}."
    if not written:
        return f"{read_from}\nNothing to add to the workspace {task.target.name}."
    names = [f"  {name}" for name in written]
    return "\n".join([read_from, f"Written, for the workspace {task.target.name}:", *names])
