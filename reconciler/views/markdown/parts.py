"""What the pages are made of. Foreign text stands between ``<code>`` tags with its punctuation as entities:
there it is plain text everywhere, and the platforms look for no mention and no link in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote

from reconciler.views.escape import safe, safe_lines
from reconciler.views.pages import Next
from reconciler.views.problems import Problem

T = TypeVar("T")

BUDGET = 60_000
"""Bytes of the whole; GitHub takes 65 536 characters of a comment."""
PROBLEMS = 30_000
"""Bytes of a page's list of what is wrong."""
TAIL = 2_000
"""Bytes for the next command and the ends of what is folded."""
_PARTIAL = 4_000
_PUNCTUATION = re.compile(r"[!-+.:-@\[-`{-~]")


def plain(text: str) -> str:
    """Foreign text of one line or several, as inline Markdown that shows just that text."""
    one_line = " ".join(safe_lines(text))
    return f"<code>{_PUNCTUATION.sub(lambda found: f'&#{ord(found[0])};', one_line)}</code>"


def block(text: str, language: str = "") -> str:
    """Foreign text of several lines as it is, to be copied: no run of backticks in it can end the block."""
    lines = safe_lines(text.rstrip("\n"))
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence, ""])


def folded(title: str, body: str) -> str:
    """A part that is shown on a click; nothing where there is none."""
    return f"\n<details><summary>{title}</summary>\n\n{body}\n</details>\n" if body else ""


def mark(kind: str, **fields: str) -> str:
    """A hidden line; no value in it can end the comment."""
    told = "".join(
        f" {name}={quote(safe(value), safe='').replace('-', '%2D')}" for name, value in fields.items()
    )
    return f"<!-- reconciler:{kind}{told} -->\n"


def table(counts: Mapping[str, int]) -> str:
    """The counts that are not 0."""
    shown = {name.replace("_", " "): number for name, number in counts.items() if number}
    if not shown:
        return "Nothing found.\n\n"
    rows = "".join(f"| {name} | {number} |\n" for name, number in shown.items())
    return f"| what | count |\n|---|---:|\n{rows}\n"


def partial(payers: Iterable[str]) -> str:
    """Whose lists have gaps."""
    return cut(lambda payer: f"- The list of {plain(payer)} may be incomplete.\n", payers, _PARTIAL)


def item(text: str) -> str:
    """Foreign text as one entry of a list."""
    return f"- {plain(text)}\n"


def problem_item(problem: Problem) -> str:
    """How grave, what, where."""
    source = problem.source
    place = f" at {plain(f'{source.file}:{source.line}:{source.column}')}" if source else ""
    return f"- **{problem.level}** {plain(problem.code)}{place}: {plain(problem.message)}\n"


def next_command(following: Next | None) -> Iterator[str]:
    """What to type, at the end."""
    if following is not None:
        yield cut(lambda one: f"\nNext: {plain(one.command)}\n", (following,), TAIL - 100)


def cut(told: Callable[[T], str], things: Iterable[T], room: int) -> str:
    """The first things that, as they are told, fit into so many bytes, and how many more there are. What does
    not fit is only counted."""
    kept: list[str] = []
    left = 0
    for thing in things:
        text = "" if left else told(thing)
        room -= len(text.encode())
        if left or room < 0:
            left += 1
        else:
            kept.append(text)
    return "".join(kept) + (f"- and {left} more\n" if left else "")
