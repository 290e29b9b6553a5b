"""Tables of bounded size. Long lists are streamed, never tabulated: a row costs 0.1 ms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.views.escape import safe


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a plain table. tabulate is imported here only: it costs 0.1 s."""
    from tabulate import tabulate

    cells = [[safe(cell) for cell in row] for row in rows]
    drawn = tabulate(cells, headers=headers, tablefmt="simple", disable_numparse=True)
    for line in drawn.splitlines():
        yield line.rstrip()
