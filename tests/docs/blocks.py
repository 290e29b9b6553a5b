"""The pages of the documentation, and the blocks of commands in them.

A block of ``console`` is a session: lines that are typed begin with ``$ ``, and what they print is below. One
of ``sh`` is lines to type. Comments in the page, which no reader sees, say how they are run:

``<!-- typed in: configs/quickstart -->``
    From here on, in a new folder with a copy of that one, or of ``configs/genomics/world as world``, several
    with a comma between them; ``an empty folder`` is one too. ``; needs ssh-keygen`` behind it leaves the
    blocks to ``make judges``.
``<!-- typed before: reconciler apply --auto-approve -->``
    A line that is typed before the next block and not shown.
``<!-- NAME -->``, ``<!-- end: NAME -->``
    What is between them has a test of its own, which is named in ``docs.sessions.ELSEWHERE``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from support.marks import ROOT

SESSION, COMMANDS, USAGE = "console", "sh", "usage"
_MARK = re.compile(r"<!-- (.+?) -->")
_WORDS = (
    r"\$|reconciler|dx|make|ssh-keygen|openssl|taplo|checkov|git|pip|python3?|curl|export"
    r"|docker|kubectl|systemctl|\S*/bin/\S+"
)
_LIKE_A_COMMAND = re.compile(rf"^ *(?:{_WORDS}) ", re.MULTILINE)


class Typed(NamedTuple):
    """A line to type, and what the page shows of its answer: None where it shows nothing of any."""

    line: str
    shown: str | None


class Block(NamedTuple):
    """``lines``: of the page, those between the fences, from 0 on. ``typed_in`` and ``before``: as the
    comments say it; ``session``: how many of the page have begun; ``elsewhere``: the marks around it."""

    page: str
    lines: tuple[int, int]
    language: str
    text: str
    typed_in: str | None
    session: int
    before: tuple[str, ...]
    elsewhere: str | None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.lines[0]}"

    @property
    def is_typed(self) -> bool:
        return self.language in (SESSION, COMMANDS)

    @property
    def looks_typed(self) -> bool:
        """Though it is of no language, or of another one for commands."""
        plain = self.language in ("", "text") and _LIKE_A_COMMAND.search(self.text) is not None
        return plain or self.language in ("bash", "shell", "shell-session", "zsh")

    def typed(self) -> Iterator[Typed]:
        if self.language == COMMANDS:
            for line in _whole(self.text).splitlines():
                if line.strip() and not line.lstrip().startswith("#"):
                    yield Typed(line, None)
            return
        for part in re.split(r"(?m)^\$ ", _whole(self.text))[1:]:
            line, _, shown = part.partition("\n")
            yield Typed(line, shown)


def _whole(text: str) -> str:
    """With a line that goes on below in one."""
    return re.sub(r"\\\n\s*", "", text)


def pages() -> list[str]:
    """Relative to the root of the repository."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(path.relative_to(ROOT)) for path in found]


def blocks(page: str) -> list[Block]:
    found: list[Block] = []
    typed_in: str | None = None
    session = 0
    elsewhere: str | None = None
    before: tuple[str, ...] = ()
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type == "html_block":
            for mark in _MARK.findall(token.content):
                kind, _, value = mark.partition(": ")
                match kind:
                    case "typed in":
                        typed_in, session = value, session + 1
                    case "typed before":
                        before = (*before, value)
                    case "end":
                        elsewhere = None
                    case _ if kind.isidentifier():
                        elsewhere = kind
        elif token.type == "fence" and token.map is not None:
            first, last = token.map
            language = token.info.partition(" ")[0]
            lines, text = (first + 1, last - 1), token.content
            found.append(Block(page, lines, language, text, typed_in, session, before, elsewhere))
            before = ()
    return found


def folder(typed_in: str) -> tuple[list[tuple[Path, str]], str | None]:
    """What to copy where, and the program that the session needs."""
    places, _, needs = typed_in.partition("; needs ")
    if places == "an empty folder":
        return [], needs or None
    copies = []
    for place in places.split(", "):
        source, _, name = place.partition(" as ")
        copies.append((ROOT / source, name or "."))
    return copies, needs or None
