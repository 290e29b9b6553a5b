"""``can-i``: one question, one answer, with the rule, the facts and the legal alternatives. Read-only."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from reconciler.cli import exitcodes, following, options, questions, session
from reconciler.cli.console import Console
from reconciler.cli.root import plain_app
from reconciler.planner.questions import Question, ask
from reconciler.views.pages import AnswerPage, Header

if TYPE_CHECKING:
    from reconciler.model.desired import Workspace

Directory: TypeAlias = Annotated[
    str, typer.Option("--workspace", metavar="DIR", help="The workspace that is asked about.")
]
Region: TypeAlias = Annotated[str, typer.Option("--region", metavar="R", help="Such as aws:eu-central-1.")]
BillTo: TypeAlias = Annotated[
    str, typer.Option("--bill-to", metavar="P", help="Who would pay: org-…, user-….")
]
Name: TypeAlias = Annotated[
    str | None, typer.Option("--name", metavar="N", help="Policies may go by the name of a project.")
]
To: TypeAlias = Annotated[str, typer.Option("--to", metavar="P", help="The new payer: org-…, user-….")]
In: TypeAlias = Annotated[str, typer.Option("--project", metavar="P", help="Where it would run.")]
Inputs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--input", metavar="NAME=VALUE", help="VALUE: file-…, project-…:file-…, JSON; may be repeated."
    ),
]
Project: TypeAlias = Annotated[str, typer.Argument(metavar="PROJECT", help="project-…, or projects.KEY.")]
Source: TypeAlias = Annotated[
    str, typer.Argument(metavar="SRC", help="file-…, project-…:file-…, or a whole project or container.")
]
Destination: TypeAlias = Annotated[str, typer.Argument(metavar="DST", help="project-…, or projects.KEY.")]
Executable: TypeAlias = Annotated[
    str, typer.Argument(metavar="EXECUTABLE", help="applet-…, workflow-…, app-…, globalworkflow-….")
]
Profile: TypeAlias = Annotated[str, typer.Argument(metavar="PROFILE", help="org-… or user-….")]
Code: TypeAlias = Annotated[str, typer.Argument(metavar="R", help="Such as aws:eu-central-1.")]

FORMS = """Ask whether something is legal, and why not. Nothing is sent.

\b
reconciler can-i create --region R --bill-to P [--name N]
reconciler can-i bill PROJECT --to P
reconciler can-i clone SRC DST
reconciler can-i run EXECUTABLE --project P [--input NAME=VALUE]…
reconciler can-i default PROFILE R

Exit code 0: yes; 3: no; 7: cannot tell, something could not be read."""

app = plain_app(no_args_is_help=True, help=FORMS)


@app.command(short_help="make a project in a region, for a payer")
def create(
    *,
    region: Region,
    bill_to: BillTo,
    name: Name = None,
    workspace: Directory = ".",
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Can a project be made in this region, billed to this payer?"""
    console = Console(AnswerPage, format_, write or (), no_color=no_color, quiet=quiet)
    desired = session.load(workspace)
    return _answer(questions.create(region, bill_to, name, desired), desired, identity, console)


@app.command(short_help="bill a project to another payer")
def bill(
    project: Project,
    *,
    to: To,
    workspace: Directory = ".",
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Can this project be billed to this payer?"""
    console = Console(AnswerPage, format_, write or (), no_color=no_color, quiet=quiet)
    return _answer(questions.bill(project, to), session.load(workspace), identity, console)


@app.command(short_help="clone data into a project")
def clone(
    source: Source,
    destination: Destination,
    *,
    workspace: Directory = ".",
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Can this data be cloned into this project?"""
    console = Console(AnswerPage, format_, write or (), no_color=no_color, quiet=quiet)
    return _answer(questions.clone(source, destination), session.load(workspace), identity, console)


@app.command(short_help="run an applet, app or workflow in a project")
def run(
    executable: Executable,
    *,
    project: In,
    input_: Inputs = None,
    workspace: Directory = ".",
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Can this executable run in this project, on these inputs?"""
    console = Console(AnswerPage, format_, write or (), no_color=no_color, quiet=quiet)
    question = questions.run(executable, project, input_ or [])
    return _answer(question, session.load(workspace), identity, console)


@app.command(short_help="make a region the default of a payer")
def default(
    profile: Profile,
    region: Code,
    *,
    workspace: Directory = ".",
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Can this region be the default region of this payer?"""
    console = Console(AnswerPage, format_, write or (), no_color=no_color, quiet=quiet)
    desired = session.load(workspace)
    return _answer(questions.default(profile, region, desired), desired, identity, console)


def _answer(question: Question, workspace: Workspace, identity: str | None, console: Console) -> int:
    baseline = session.baseline(workspace)
    kind = session.provider_of(workspace)
    with closing(kind.reader(session.settings(workspace, identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        answer = ask(question, workspace, reader, baseline, session.options(workspace))
        header = Header(
            answer.provider.type, reader.address, answer.identity, answer.workspace, reader.touches
        )
    titles = session.titles_of(reason.rule for reason in answer.reasons)
    console.show(AnswerPage(answer, header, titles, following.after_answer(answer)))
    return exitcodes.of_answer(answer)
