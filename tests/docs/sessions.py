"""Every page's commands, typed as they stand; ``python -m docs.sessions`` writes what they print.

``docs.blocks`` tells how a page says where its commands are typed.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from docs.blocks import SESSION, Block, Typed, blocks, folder, pages
from docs.terminal import Said, Terminal, timeless
from support.marks import ROOT

from docs import applying

ELSEWHERE: dict[str, frozenset[str]] = {
    "README.md": frozenset({"tour", "stopped"}),  # tests/e2e/test_readme.py, tests/docs/test_apply_page.py
    "docs/apply.md": frozenset({"served", *(part.name for part in applying.PARTS)}),
    "docs/outputs.md": frozenset({"outputs"}),  # tests/docs/test_outputs_page.py
    "docs/sandbox.md": frozenset({"session"}),  # tests/conformance/test_dx_session.py
}
"""By page, the marks around blocks that a test of their own runs and compares."""

WHOLE = {
    "docs/outputs.md": "tests/docs/test_outputs_page.py",
    "docs/policies.md": "tests/judges/test_policy_tools.py",
    "docs/questions.md": "tests/docs/test_questions.py",
    "docs/refusals.md": "tests/docs/test_refusals.py",
}
"""Pages all of whose blocks a test of their own runs → that test."""


class Session(NamedTuple):
    """Blocks of one page that follow each other in one folder."""

    page: str
    typed_in: str
    blocks: tuple[Block, ...]

    @property
    def needs(self) -> str | None:
        return folder(self.typed_in)[1]


class Answered(NamedTuple):
    block: Block
    typed: Typed
    said: Said


def sessions() -> list[Session]:
    found = []
    for page in pages():
        typed = [block for block in blocks(page) if block.is_typed and _here(block)]
        for _, those in groupby(typed, key=lambda block: block.session):
            first, *more = those
            if first.typed_in is not None:
                found.append(Session(page, first.typed_in, (first, *more)))
    return found


def _here(block: Block) -> bool:
    return block.page not in WHOLE and block.elsewhere is None


def run(session: Session, home: Path) -> Iterator[Answered]:
    """Raises AssertionError where a line of which no answer is shown does not end with 0."""
    every = [typed for block in session.blocks for typed in (*map(_hidden, block.before), *block.typed())]
    with contextlib.closing(Terminal(home, session.typed_in, every)) as terminal:
        for block in session.blocks:
            for typed in (*map(_hidden, block.before), *block.typed()):
                said = terminal.type(typed)
                if typed.shown is None:
                    assert said.code == 0, (
                        f"{block.place}: {typed.line}\nended with {said.code}:\n{said.text}"
                    )
                else:
                    yield Answered(block, typed, said)


def _hidden(line: str) -> Typed:
    return Typed(line, None)


def answer(said: Said) -> str:
    """As a page shows it."""
    text = said.text.strip("\n")
    text = f"{text}\n" if text else ""
    return f"{text}[exit code {said.code}]\n" if said.code else text


def is_shown(answered: Answered) -> bool:
    return shows(answered.typed.shown or "", answer(answered.said))


def shows(shown: str, printed: str) -> bool:
    """Does a page that shows this say what was printed? ``…`` alone on a line of it stands for any lines.
    Which id a project is given does not matter: two that are made at once draw them in either order."""
    lines = _plain(shown).strip("\n").splitlines()
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else f"{re.escape(line)}\n" for line in lines)
    return re.fullmatch(pattern, _plain(printed)) is not None


def _plain(text: str) -> str:
    """The ids that a world file gives begin with J."""
    return re.sub(r"project-(?!J)\w{24}", f"project-{'0' * 24}", timeless(text))


def renewed(text: str, answers: list[Answered]) -> str:
    """A page with what its sessions print today; what still holds stays as it is, with its ``…``."""
    lines = text.splitlines()
    by_block = [(block, list(those)) for block, those in groupby(answers, lambda one: one.block)]
    for block, those in reversed(by_block):
        if block.language == SESSION and not all(map(is_shown, those)):
            first, last = block.lines
            indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
            new = "".join(f"$ {one.typed.line}\n{_kept_or_new(one)}" for one in those)
            lines[first:last] = [f"{indent}{line}".rstrip() for line in new.splitlines()]
    return "\n".join(lines) + "\n"


def _kept_or_new(answered: Answered) -> str:
    return answered.typed.shown or "" if is_shown(answered) else answer(answered.said)


def main() -> None:
    for page, those in groupby((one for one in sessions() if one.needs is None), lambda one: one.page):
        answers: list[Answered] = []
        for session in those:
            with tempfile.TemporaryDirectory() as home:
                answers += run(session, Path(home))
        path = ROOT / page
        path.write_text(renewed(path.read_text(encoding="utf-8"), answers), encoding="utf-8")


if __name__ == "__main__":
    main()
