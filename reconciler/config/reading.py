"""From files to a workspace: fast where all is well, thorough where anything is to be said.

The fast way reads and converts, and asks the checks whether there is any issue; it makes no syntax
tree. On the first sign of trouble the same files are walked through once more for every error, each
with its place.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time

import msgspec
from msgspec import UNSET, UnsetType

from reconciler.config.catalogue import catalogue
from reconciler.config.checks import check
from reconciler.config.checks.moves import resolved
from reconciler.config.checks.region_tables import expanded
from reconciler.config.files import File, Found, shown
from reconciler.config.merge import Merged, merge
from reconciler.config.sources import FileSources, Source
from reconciler.config.syntax import Flaw, read
from reconciler.config.text import Text
from reconciler.model.desired import Document, ProviderTable, SourceFile, Sources, Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError

_TOML_TYPES = (date, datetime, time)
"""TOML has dates of its own: a date that is written as a string is a string."""


def quickly(path: str, found: Found) -> Workspace | None:
    """The workspace, or None where there is an error or a warning to tell."""
    texts = [Text(file.shown, file.data) for file in found.files]
    if found.problems or any(text.bad_byte is not None for text in texts):
        return None
    with _no_collections():
        merged = _merged(texts)
        if merged is None:
            return None
        fill_defaults(merged.raw)
        try:
            document = to_document(merged.raw)
        except msgspec.ValidationError:
            return None
    if document.workspace is UNSET or document.provider is UNSET:
        return None
    if next(check(document, {**catalogue(), **document.regions}), None) is not None:
        return None
    sources = FileSources([Source(text) for text in texts], merged.offsets, document.policies)
    return workspace_of(path, found, document, sources)


def _merged(texts: Sequence[Text]) -> Merged | None:
    tables: list[dict[str, object]] = []
    for text in texts:
        raw = read(text.decoded)
        if isinstance(raw, Flaw):
            return None
        tables.append(raw)
    merged = merge(tables)
    return merged if merged.whole and not merged.clashes else None


def to_document(raw: Mapping[str, object]) -> Document:
    """Raises msgspec.ValidationError at the first thing that does not fit."""
    return msgspec.convert(raw, Document, builtin_types=_TOML_TYPES)


def fill_defaults(raw: Mapping[str, object]) -> None:
    """Put ``[defaults.projects]`` into each project that lacks the key, in place."""
    defaults, projects = raw.get("defaults"), raw.get("projects")
    filled = defaults.get("projects") if isinstance(defaults, dict) else None
    if not isinstance(filled, dict) or not isinstance(projects, dict):
        return
    for key, value in filled.items():
        for project in projects.values():
            if isinstance(project, dict):
                project.setdefault(key, value)


def workspace_of(
    path: str, found: Found, document: Document, sources: Sources, warnings: Sequence[Diagnostic] = ()
) -> Workspace:
    """A document without errors as the record that the commands work with."""
    return Workspace(
        name=_set(document.workspace),
        directory=found.directory,
        shown=shown(path),
        provider=_provider(document.provider),
        identities=document.identities,
        regions={**catalogue(), **document.regions},
        region_groups={name: expanded(name, document.region_groups) for name in document.region_groups},
        orgs=document.orgs,
        users=document.users,
        projects=document.projects,
        moved=resolved(document.moved),
        policies=document.policies,
        waivers=document.waivers,
        guards=None if isinstance(document.guards, UnsetType) else document.guards,
        files=tuple(SourceFile(file.name, hashlib.sha256(file.data).hexdigest()) for file in found.files),
        digest=_digest(found.files),
        sources=sources,
        warnings=tuple(warnings),
    )


def _set(name: str | UnsetType) -> str:
    assert isinstance(name, str)
    return name


def _provider(table: ProviderTable | UnsetType) -> ProviderTable:
    assert isinstance(table, ProviderTable)
    return table


def _digest(files: Sequence[File]) -> str:
    """Over names and bytes; lengths between them, so that no two workspaces look alike."""
    total = hashlib.sha256()
    for file in files:
        name = os.fsencode(file.name)
        total.update(b"%d %d\n" % (len(name), len(file.data)))
        total.update(name)
        total.update(file.data)
    return total.hexdigest()


@contextmanager
def _no_collections() -> Iterator[None]:
    """Reading makes nothing but tables that stay: looking for circles among them costs a third of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def errors_of(diagnostics: Sequence[Diagnostic]) -> DiagnosticsError | None:
    """Something to raise if one of them is an error."""
    wrong = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    return DiagnosticsError(tuple(diagnostics)) if wrong else None
