"""docs/refusals.md: refusals worked through by the tool itself, on copies of ``configs/``.

``python -m docs.refusals`` runs them and writes the page. Only the times are not those of the run.
"""

from __future__ import annotations

import difflib
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from docs.terminal import timeless
from support.desk import Desk
from support.marks import ROOT
from support.pasting import paste, tables

from reconciler import rules

PAGE = ROOT / "docs" / "refusals.md"
IN_TURN = ("--parallelism", "1")
"""One step after the other: which project gets which id does not hang on whose answer comes first."""


class Edit(NamedTuple):
    """In ``file`` the one ``old`` becomes ``new``; without an ``old`` it is laid after the rest."""

    file: str
    old: str
    new: str


class Case(NamedTuple):
    """``asked`` and ``did`` are the sentences around it. ``edit`` breaks ``rule``; without one the
    configuration breaks it as it is, at ``target``. ``way``: how the one begins that is taken of the ways
    out that the tool prints; or what is done instead. ``before``: what happened earlier."""

    rule: str
    asked: str
    config: str
    edit: Edit | None
    did: str
    way: str | Edit
    target: str | None = None
    before: Callable[[Desk], None] | None = None


def _applied_and_destroyed(desk: Desk) -> None:
    assert desk.run("apply", "--auto-approve", *IN_TURN).code == 0
    desk.call("user-alice", f"/{desk.named('Methods').id}/destroy")


QUICK, BILLING = "reconciler.toml", "projects-genomics.toml"
CASES = (
    Case(
        "REG101",
        "A trial should move from Virginia to Frankfurt.",
        "genomics",
        None,
        "Work goes on in Frankfurt in a project of its own; the old one stays where its data is.",
        "a new project in aws:eu-central-1",
        target="projects.trial-fern",
    ),
    Case(
        "REG102",
        "A new trial should be in Sydney, where its payer may not be.",
        "genomics",
        None,
        "It is created in a region that the payer has.",
        "create it in aws:eu-central-1",
        target="projects.trial-grove",
    ),
    Case(
        "REG103",
        "A cohort in Sydney should be paid for by another organisation.",
        "genomics",
        Edit(
            BILLING,
            'name   = "Sydney cohort"\nregion = "aws:ap-southeast-2"\n',
            'name    = "Sydney cohort"\nregion  = "aws:ap-southeast-2"\nbill_to = "org-trials"\n',
        ),
        "It stays with its payer.",
        "leave it with its payer",
        target="projects.sydney-cohort",
    ),
    Case(
        "REG104",
        "New trials should be in Sydney by default.",
        "genomics",
        Edit(
            "payers.toml",
            '[orgs.org-trials]\ndefault_region = "aws:us-east-1"\n',
            '[orgs.org-trials]\ndefault_region = "aws:ap-southeast-2"\n',
        ),
        "The default becomes a region that is permitted.",
        "take aws:us-east-1",
        target="orgs.org-trials",
    ),
    Case(
        "REG201",
        "A thesis that its author pays for should be paid for by the organisation.",
        "genomics",
        Edit(
            BILLING,
            'region  = "aws:us-east-1"\nbill_to = "user-bob"\n',
            'region  = "aws:us-east-1"\nbill_to = "org-genomics"\n',
        ),
        "Its author, who may bill to the organisation too, gives his login to this workspace.",
        Edit("reconciler.toml", "", '\n[identities.bob]\nuser = "user-bob"\n'),
        target="projects.bob-thesis",
    ),
    Case(
        "REG202",
        "A project should be billed to an organisation whose name is misspelt.",
        "quickstart",
        Edit(QUICK, 'name = "Methods"\n', 'name = "Methods"\nbill_to = "org-labb"\n'),
        "It is billed to the one that exists.",
        "bill it to org-lab",
    ),
    Case(
        "REG203",
        "A project that somebody has offered to user-carol should get another payer.",
        "genomics",
        None,
        "The payer stays as it is until that offer has come to an end.",
        "leave it with its payer",
        target="projects.trial-heath",
    ),
    Case(
        "REG301",
        "Participants' data should be where the graphics processors are cheap; a policy keeps it in London.",
        "biobanks",
        None,
        "It is created where the policy allows it.",
        "create it in aws:eu-west-2",
        target="projects.ukb-deep-learning",
    ),
    Case(
        "REG302",
        "A workspace that allows one change at a time got three.",
        "quickstart",
        Edit(QUICK, "", "\n[guards]\nmax_changes = 1\n"),
        "All three are meant: the guard is raised, under review.",
        Edit(QUICK, "max_changes = 1", "max_changes = 3"),
    ),
    Case(
        "REG303",
        "A new project has the name of one that somebody made by hand.",
        "genomics",
        None,
        "It is the very same: it is adopted, with all that is in it.",
        "adopt project-",
        target="projects.plasma-proteomics",
    ),
    Case(
        "REG304",
        "Somebody has destroyed a project at the platform.",
        "quickstart",
        None,
        "Nobody misses what was in it: a new, empty one is made.",
        "make a new, empty project",
        target="projects.methods",
        before=_applied_and_destroyed,
    ),
)


def worked(case: Case, folder: Path) -> Iterator[str]:
    """The section of the page, in lines. Raises AssertionError where it does not end in "No changes"."""
    shutil.copytree(ROOT / "configs" / case.config, folder, ignore=shutil.ignore_patterns(".reconciler"))
    desk = Desk(folder)
    if case.before is not None:
        case.before(desk)
    rule = rules.find(case.rule)
    assert rule is not None
    yield from (f"## {rule.id}: {rule.title}", "")
    place, asked = _table(folder, case.target) if case.edit is None else _made(folder, case.edit)
    yield from (f"{case.asked} In `configs/{case.config}/{place}`:", "", *asked, "")
    only = [case.target] if case.target else []
    plan = _command("plan", only)
    refused = desk.run(*plan)
    assert refused.code == 3, refused
    yield from console((plan, _block(refused.out)))
    if isinstance(case.way, Edit):
        place, done = _made(folder, case.way)
    else:
        way = _way_out(desk, case.way, plan)
        place, done = _pasted(folder, way)
        only = only and [header.strip("[]") for header in _headers(way)]
    yield from ("", f"{case.did} In `{place}`:", "", *done, "")
    apply, plan = _command("apply", ["--auto-approve"], only), _command("plan", only)
    applied, after = desk.run(*apply, *IN_TURN), desk.run(*plan)
    assert (applied.code, after.code) == (0, 0), (applied, after)
    yield from console((apply, _report(applied.out)), (plan, _no_changes(after.out)))


def _command(name: str, options: list[str], only: list[str] | None = None) -> list[str]:
    """With ``--target`` before each address."""
    if only is None:
        options, only = [], options
    return [name, *options, *(word for address in only for word in ("--target", address))]


def _table(folder: Path, address: str | None) -> tuple[str, list[str]]:
    """The file that the table of the address is in, and the table as it stands."""
    for file in sorted(folder.glob("*.toml")):
        for table in tables(file.read_text()):
            if table.startswith(f"[{address}]\n"):
                return file.name, ["```toml", *table.splitlines(), "```"]
    raise AssertionError(f"there is no [{address}] in {folder}")


def _made(folder: Path, edit: Edit) -> tuple[str, list[str]]:
    text = (folder / edit.file).read_text()
    assert not edit.old or text.count(edit.old) == 1, edit
    return _written(folder / edit.file, text.replace(edit.old, edit.new) if edit.old else text + edit.new)


def _way_out(desk: Desk, begins: str, plan: list[str]) -> str:
    """The TOML of the first way out that begins like this."""
    refusals = desk.run(*plan, "--format", "json").json["refusals"]
    ways = [way for refusal in refusals for way in refusal["alternatives"]]
    return next(str(way["toml"]) for way in ways if way["text"].startswith(begins))


def _pasted(folder: Path, toml: str) -> tuple[str, list[str]]:
    """Over the tables of the same name, in the file where the first of them is."""
    first = _headers(toml)[0]
    file = next(one for one in sorted(folder.glob("*.toml")) if first in one.read_text().splitlines())
    return _written(file, paste(file.read_text(), toml))


def _headers(toml: str) -> list[str]:
    return re.findall(r"(?m)^\[.*\]$", toml)


def _written(file: Path, text: str) -> tuple[str, list[str]]:
    """Write it, and show what is different: the name of the file and the difference."""
    before = file.read_text().splitlines()
    file.write_text(text)
    lines = list(difflib.unified_diff(before, text.splitlines(), n=2, lineterm=""))[3:]
    return file.name, ["```diff", *("@@" if line.startswith("@@") else line for line in lines), "```"]


def _block(out: str) -> str:
    """All that is said of what is refused, which is one address."""
    found = re.search(r"(?ms)^  ! [^\n]+\n {6}.*?(?=\n\n {0,2}\S)", out)
    assert found is not None, out
    return found[0]


def _report(out: str) -> str:
    """What an apply says at its end: after the plan, before the next command."""
    blocks = out.split("\n\n")
    last = next((n for n, block in enumerate(blocks) if block.startswith("Applied ")), None)
    return _no_changes(out) if last is None else "\n\n".join(blocks[last - 1 : last + 1])


def _no_changes(out: str) -> str:
    return next(line for line in out.splitlines() if line.startswith("No changes"))


def console(*ran: tuple[list[str], str]) -> Iterator[str]:
    yield "```console"
    for number, (arguments, said) in enumerate(ran):
        yield from [""] if number else []
        yield f"$ {shlex.join(['reconciler', *arguments])}"
        yield from timeless(said.strip("\n")).splitlines()
    yield "```"


INTRODUCTION = """\
# Refusals, worked through

What the tool refuses cannot be done: it says why, and what can be done instead. Each of these was run on a
copy of an example workspace: what was asked, what the tool said, what was done, and how that was applied.
`make refusals` makes this page, and a test makes it anew and compares. `reconciler explain RULE` says more of
each rule.
"""


def page() -> str:
    with tempfile.TemporaryDirectory() as folder:
        sections = ["\n".join(worked(case, Path(folder, case.rule))) for case in CASES]
    return "\n\n".join([INTRODUCTION.rstrip(), *sections]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
