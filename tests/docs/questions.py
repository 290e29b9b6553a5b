"""docs/questions.md: what ``can-i`` answers, asked of a small platform by the tool itself.

``python -m docs.questions`` asks and writes the page. Only the times are not those of the run.
"""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import NamedTuple

from docs.refusals import console
from docs.terminal import timeless
from support.desk import EU, PEOPLE, UK, Desk, a_project, marked
from support.marks import ROOT

PAGE = ROOT / "docs" / "questions.md"

OBJECTS = """
  [[projects.objects]]
  id = "file-J0000000000000000000005A"
  name = "reads.bam"

  [[projects.objects]]
  id = "applet-J0000000000000000000006A"
  name = "align"
"""
APP = """
[[apps]]
name = "align"
version = "1.0.0"
bill_to = "org-lab"
created_by = "user-alice"
published = true
regions = { "aws:us-east-1" = "applet-J0000000000000000000006A" }
authorized = ["PUBLIC"]
"""
WORLD = (
    PEOPLE
    + a_project(1, "Trial", properties=marked("trial"))
    + OBJECTS
    + a_project(2, "Cohort", EU, properties=marked("cohort"))
    + a_project(3, "Annex", properties=marked("annex"))
    + APP
)
TOML = "".join(f'[projects.{key}]\nbill_to = "org-lab"\n' for key in ("trial", "cohort", "annex"))


class Case(NamedTuple):
    """``before`` stands over the question, which is what is typed behind ``reconciler can-i``."""

    before: str
    question: str


CASES = (
    Case(
        "A yes names who can do it, and the facts that it rests on:",
        f"create --region {EU} --bill-to org-lab",
    ),
    Case(
        "A no names the rule and the facts, what is legal instead, and who could make it possible:",
        f"create --region {UK} --bill-to org-lab",
    ),
    Case(
        "What only one person can do is a no for everybody else, with the commands for that person:",
        "bill projects.trial --to user-bob",
    ),
    Case(
        "Data stays in its region. `SRC` is an object, wherever it lies or with `PROJECT:` before it, or a "
        "whole project:",
        "clone projects.trial:file-J0000000000000000000005A projects.cohort",
    ),
    Case(
        "A run has everything in one region: what runs, what that bundles, the data and the project. An app "
        "runs where it is enabled:",
        "run app-align --project projects.cohort --input reads=file-J0000000000000000000005A",
    ),
    Case("A default region is a permitted one:", f"default user-alice {EU}"),
)

INTRODUCTION = """\
# Questions

`reconciler can-i` asks one thing and sends nothing: may a project be made here, billed to somebody else, may
data be cloned there, an app run on it, a region become a default? The rules are those of every plan, the
policies of the workspace included; only what the answer hangs on is read.

```usage
reconciler can-i create --region R --bill-to P [--name N]
reconciler can-i bill PROJECT --to P
reconciler can-i clone SRC DST
reconciler can-i run EXECUTABLE --project P [--input NAME=VALUE]…
reconciler can-i default PROFILE R
```

A project is an id or an address of the workspace (`projects.rnaseq`), which `--workspace DIR` names. A payer
need not be in the TOML.

| answer | exit code | means |
| --- | --- | --- |
| yes | 0 | an identity at hand can do it: the platform's laws, as far as they can be read, allow it |
| no | 3 | none can, now: also what waits for the platform's sales or for one named person |
| cannot tell | 7 | it hangs on a fact that no identity at hand may read |

What no route of the platform tells beforehand is not part of a yes: a payer without a billing account, a
spending limit, an expired org. `--format json` gives the answer as a document. `make questions` makes this
page, and a test makes it anew and compares."""


def asked(case: Case, desk: Desk) -> str:
    arguments = ["can-i", *shlex.split(case.question)]
    _, _, said = desk.run(*arguments).out.partition("\n\n")
    shown = console((arguments, said.partition("\n\nRead in ")[0]))
    return "\n".join([case.before, "", *shown])


def page() -> str:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk.new(Path(folder), WORLD)
        desk.write(TOML)
        sections = [timeless(asked(case, desk)) for case in CASES]
    return "\n\n".join([INTRODUCTION, *sections]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
