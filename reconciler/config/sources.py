"""Turns paths into places in the files; the syntax tree of a file is made when a place in it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from reconciler.config.issue import Issue, Path, Spot
from reconciler.config.positions import Hit, Positions
from reconciler.config.text import Text
from reconciler.model.desired import Address, Policy, Sources
from reconciler.model.diagnostics import Diagnostic, SourceRange


class Source:
    """One file: its text as it is, and the text that could be read of it (the same but for errors).

    ``dropped``: paths of arrays → indexes of entries that were left out of what was read.
    """

    def __init__(self, text: Text, readable: str | None = None) -> None:
        self.text = text
        self.dropped: Mapping[Path, Sequence[int]] = {}
        self._readable = readable

    @cached_property
    def positions(self) -> Positions:
        return Positions(self.text.decoded if self._readable is None else self._readable)

    def find(self, path: Path) -> Hit | None:
        return self.positions.find(path)

    def lines(self, path: Path) -> Iterator[SourceRange]:
        """Each line on which what is at the path is written."""
        found = {row for first, last in self.positions.rows(path) for row in range(first, last + 1)}
        for row in sorted(found):
            line = self.text.lines[row]
            yield SourceRange(self.text.shown, row + 1, 1, max(1, len(line)), line)

    def may_have(self, path: Path) -> bool:
        """Cheap: could the path's last key be written here? Escaped keys are not seen."""
        words = [step for step in path if isinstance(step, str)]
        return not words or words[-1] in self.text.decoded

    def written(self, path: Path) -> Path:
        """The path in the file of something read from it: the entries that were left out count again."""
        found: Path = ()
        for step in path:
            if isinstance(step, int):
                for gone in self.dropped.get(found, ()):
                    step += gone <= step
            found = (*found, step)
        return found

    def place(self, hit: Hit | None, aim: str) -> SourceRange:
        if hit is None:
            return self.text.span((0, 0), (0, len(self.text.lines[0].encode())))
        return self.text.span(*(hit.key if aim == "key" else hit.value))


class FileSources(Sources):
    """The files of a workspace. ``offsets``: array of tables → how many entries each file has of it.

    Besides addresses of resources, ``locate`` takes ``provider``, ``guards``, ``policies.ID`` and
    ``waivers.N`` (N counts from 0 over all files).
    """

    def __init__(
        self,
        sources: Sequence[Source],
        offsets: Mapping[str, Sequence[int]],
        policies: Sequence[Policy] = (),
    ) -> None:
        self._sources = sources
        self._offsets = offsets
        self._policies = {policy.id: index for index, policy in enumerate(policies)}

    def locate(self, address: Address, attribute: str | None = None) -> SourceRange | None:
        table = self._path_of(address)
        path = table if attribute is None else (*table, attribute)
        found = self._find(path)
        if found is None or found[1].depth < len(table):
            return None
        if found[1].depth < len(path) and table[0] == "projects":
            filled = self._find(("defaults", "projects", *path[len(table) :]))
            if filled is not None and filled[1].depth == len(path):
                found = filled
        source, hit = found
        return source.place(hit, "value" if hit.depth > len(table) else "key")

    def lines(self, address: Address) -> tuple[SourceRange, ...]:
        path = self._path_of(address)
        likely = [line for source in self._sources if source.may_have(path) for line in source.lines(path)]
        return tuple(likely or (line for source in self._sources for line in source.lines(path)))

    def diagnostic(self, issue: Issue) -> Diagnostic:
        """The issue with its lines."""
        summary = issue.summary
        if issue.also is not None:
            also = self.at(issue.also)
            summary = f"{summary} in {also.file}:{also.line}"
        return Diagnostic(
            issue.severity, issue.code, summary, issue.detail, self.at(issue.spot), issue.suggestion
        )

    def at(self, spot: Spot) -> SourceRange:
        """The place of a spot: of the longest beginning of its path that is written."""
        if spot.file is not None:
            source = self._sources[spot.file]
            hit = source.find(spot.path) if spot.path else None
            return source.place(hit, self._aim(spot, hit))
        found = self._find(spot.path) if spot.path else None
        if found is None:
            return self._sources[0].place(None, "key")
        return found[0].place(found[1], self._aim(spot, found[1]))

    def origin(self, path: Path) -> tuple[Source | None, Path]:
        """The file of an entry of an array of tables (None: it may be any), and the path as written there."""
        only, local = self._local(path)
        source = None if only is None else self._sources[only]
        return source, local if source is None else source.written(local)

    def _aim(self, spot: Spot, hit: Hit | None) -> str:
        return spot.aim if hit is not None and hit.depth == len(spot.path) else "key"

    def _path_of(self, address: Address) -> Path:
        table, dot, key = address.partition(".")
        if not dot:
            return (table,)
        if table == "policies" and key in self._policies:
            return (table, self._policies[key])
        if table == "waivers" and key.isdigit():
            return (table, int(key))
        return (table, key)

    def _find(self, path: Path) -> tuple[Source, Hit] | None:
        """The file that has most of the path, and where in it."""
        only, local = self._local(path)
        candidates = [self._sources[only]] if only is not None else self._sources
        likely = [source for source in candidates if source.may_have(path)]
        return self._best(likely, local, len(path)) or self._best(candidates, local, 1)

    def _best(self, sources: Sequence[Source], path: Path, least: int) -> tuple[Source, Hit] | None:
        best: tuple[Source, Hit] | None = None
        for source in sources:
            hit = source.find(source.written(path))
            if hit is not None and hit.depth >= least and (best is None or hit.depth > best[1].depth):
                best = (source, hit)
                if hit.depth == len(path):
                    break
        return best

    def _local(self, path: Path) -> tuple[int | None, Path]:
        """For an array of tables: the file that has the entry, and its index there."""
        if len(path) < 2 or not isinstance(path[1], int):
            return None, path
        index = path[1]
        for file, count in enumerate(self._offsets.get(str(path[0]), ())):
            if index < count:
                return file, (path[0], index, *path[2:])
            index -= count
        return None, path
