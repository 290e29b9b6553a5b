"""The thorough reading: every error and warning of a workspace, each with its place.

Runs only when the fast reading found something to say. What one file gets wrong does not keep the
others from being judged, and what is missing only because a part could not be read is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.config import reading
from reconciler.config.catalogue import catalogue
from reconciler.config.checks import check
from reconciler.config.files import Found
from reconciler.config.issue import Issue, Path, Spot
from reconciler.config.merge import Clash, Merged, merge
from reconciler.config.readable import of_another_encoding, what_can_be_read
from reconciler.config.sources import FileSources, Source
from reconciler.config.syntax import Recovered
from reconciler.config.text import Text
from reconciler.config.walk import Walk
from reconciler.model.desired import Document, Workspace
from reconciler.model.diagnostics import Diagnostic

_PLACEHOLDER = {"workspace": "-", "provider": {"type": ""}}
_NEEDED = (
    ("workspace", "the workspace has no name", 'Write workspace = "…" at the top of one file.'),
    ("provider", "there is no [provider]", 'Write [provider] with type = "sandbox" or type = "dnanexus".'),
)


def thoroughly(path: str, found: Found) -> Workspace:
    """The workspace with its warnings. Raises DiagnosticsError with all there is to say."""
    return _Examination(path, found).result()


class _Examination:
    def __init__(self, path: str, found: Found) -> None:
        self._path = path
        self._found = found
        self._texts = [Text(file.shown, file.data) for file in found.files]
        self._blind = bool(found.problems)
        self._diagnostics: list[Diagnostic] = list(found.problems)
        self._walks: list[Walk] = []

    def result(self) -> Workspace:
        recovered = [self._recovered(text) for text in self._texts]
        kept = self._walked(recovered)
        sources = [Source(text, one.text) for text, one in zip(self._texts, recovered, strict=True)]
        for source, walk in zip(sources, self._walks, strict=True):
            source.dropped = walk.dropped
        merged = merge(kept)
        document = reading.to_document({**_PLACEHOLDER, **merged.raw})
        files = FileSources(sources, merged.offsets, document.policies)
        issues = [*self._own_issues(merged), *self._fitting(document, files, sources)]
        self._diagnostics += [files.diagnostic(issue) for issue in issues]
        diagnostics = self._in_order()
        wrong = reading.errors_of(diagnostics)
        if wrong is not None:
            raise wrong
        reading.fill_defaults(merged.raw)
        return self._workspace(merged, files, diagnostics)

    def _workspace(self, merged: Merged, files: FileSources, warnings: Sequence[Diagnostic]) -> Workspace:
        document = reading.to_document(merged.raw)
        return reading.workspace_of(self._path, self._found, document, files, warnings)

    def _recovered(self, text: Text) -> Recovered:
        """What can be read of a file; tells its syntax errors."""
        recovered, told = what_can_be_read(text)
        self._diagnostics += told
        self._blind |= of_another_encoding(text)
        return recovered

    def _walked(self, files: Sequence[Recovered]) -> list[dict[str, object]]:
        tables = [file.raw for file in files]
        payers = sorted(set(_keys(tables, "orgs")) | set(_keys(tables, "users")))
        self._walks = [Walk(index, payers, file.lost) for index, file in enumerate(files)]
        return [walk.document(table) for walk, table in zip(self._walks, tables, strict=True)]

    def _own_issues(self, merged: Merged) -> Iterator[Issue]:
        """What each file gets wrong by itself, what two of them say, and what none says."""
        for walk in self._walks:
            yield from walk.issues
        yield from (_clash(clash) for clash in merged.clashes)
        for key, summary, detail in _NEEDED:
            if key not in merged.raw and not self._missed((key,), None):
                yield Issue("missing-key", summary, Spot((), "key", 0), detail)

    def _fitting(self, document: Document, files: FileSources, sources: Sequence[Source]) -> Iterator[Issue]:
        """What does not fit together, but no mere echoes of what could not be read."""
        for issue in check(document, {**catalogue(), **document.regions}):
            origins = (files.origin(path) for path in issue.rests_on)
            if not any(self._missed(path, _index(sources, source)) for source, path in origins):
                yield issue

    def _missed(self, path: Path, file: int | None) -> bool:
        """Could a part of what stands (or should stand) at the path not be understood?"""
        walks = self._walks if file is None else [self._walks[file]]
        return self._blind or any(walk.misses(path) for walk in walks)

    def _in_order(self) -> list[Diagnostic]:
        order = {text.shown: index for index, text in enumerate(self._texts)}

        def place(diagnostic: Diagnostic) -> tuple[int, int, int]:
            source = diagnostic.source
            return (order.get(source.file, -1), source.line, source.column) if source else (-1, 0, 0)

        return sorted(self._diagnostics, key=place)


def _index(sources: Sequence[Source], wanted: Source | None) -> int | None:
    return next((index for index, source in enumerate(sources) if source is wanted), None)


def _keys(tables: Iterable[dict[str, object]], name: str) -> Iterator[str]:
    for table in tables:
        entries = table.get(name)
        if isinstance(entries, dict):
            yield from entries


def _clash(clash: Clash) -> Issue:
    name = ".".join(str(step) for step in clash.path)
    here, there = Spot(clash.path, "key", clash.second), Spot(clash.path, "key", clash.first)
    return Issue("duplicate", f"{name} is also defined", here, "Keep one of the two.", also=there)
