"""Rules on whose project it is: owned elsewhere, ambiguous, or destroyed at the platform."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Contested
from reconciler.model.actual import FactKey
from reconciler.rules.finding import Finding
from reconciler.rules.rule import PROJECTS, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World

_GONE = ("destroyed", "no_such_project")


class OwnedOnce(Rule):
    """A project belongs to one address of one workspace; where that cannot be said, nothing is done.

    A project is ours by its `id` in the TOML, else by its mark: the property `reconciler` with the value
    `<workspace>/<address>`, written in the creating call. A name never makes a project ours.

    **Why.** Two workspaces that manage one project undo each other's work. Creating a project because
    one of the same name was not recognised leaves a second one, in its region for ever.

    **How to mend it.** Say which project is meant: `adopt = true` (take the unowned one of that name and
    payer), `id = "project-…"` (exactly this one), `same_name = "create"` (really another one), or
    `[[moved]]` (the address was renamed). What another workspace has given up is taken over with
    `adopt = true` and `take_over = "…"`, the name of that workspace.
    """

    id = "REG303"
    title = "a project has one owner, and it must be clear which"
    source = PROJECTS
    breaks = Example("""\
# project-J0000000000000000000001A bears that name, and nobody has marked it.
[projects.trial]
name    = "Trial"
region  = "aws:us-east-1"
bill_to = "org-lab"
""")
    keeps = breaks.changed(
        "[projects.trial]\n", '[projects.trial]\nid      = "project-J0000000000000000000001A"\n'
    )

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if isinstance(change, Contested) and change.conflict not in _GONE:
            attribute, facts = _place(change)
            free = [world.is_free(fact) for fact in facts]  # each of them is asked for
            if not any(free):
                message = conflict_in_words(change)
                yield Finding(self.id, change.address, "refused", message, attribute, facts)


def conflict_in_words(change: Contested) -> str:
    """Why it cannot be said whose project the address is."""
    ids = listed(change.ids)
    match change.conflict:
        case "holders":
            return f"several projects bear the mark of this address: {ids}"
        case "claimed":
            return (
                f"only {ids} bears the mark of this address, and it is billed to nobody of this workspace: "
                "anybody can write such a mark"
            )
        case "foreign":
            return f"{ids} belongs to another workspace: its mark is {change.other}"
        case "gone_address":
            return (
                f"{ids} bears the mark of {change.other}, which is no longer in the TOML: "
                "is this the same one under a new address?"
            )
        case "same_name":
            return f"there is already a project of this name and payer that nobody owns: {ids}"
        case "nothing_to_adopt":
            return "there is no unowned project of this name and payer to adopt"
        case "destroyed":
            return f"{ids} no longer exists at the platform: it was destroyed there"
        case "no_such_project":
            return f"there is no {ids} at the platform, and it was never ours: is the id right?"
        case "shared":
            return f"{ids} is also {change.other}"


def _place(change: Contested) -> tuple[str | None, tuple[FactKey, ...]]:
    facts = tuple(FactKey(project_id, "mark") for project_id in change.ids)
    match change.conflict:
        case "foreign" | "shared":
            return "id", facts
        case "nothing_to_adopt":
            return "adopt", facts
        case "same_name" | "gone_address":
            return "name", facts
        case _:
            return None, facts


class StillThere(Rule):
    """A project of ours that was destroyed at the platform is not made anew by itself.

    **Why.** A new project would be empty, and would hide that data is gone.

    **How to mend it.** Find out who destroyed it. To have a new, empty project under the same address,
    write `recreate = "project-…"` with the id of the destroyed one; else remove the table.
    """

    id = "REG304"
    title = "a destroyed project is made anew only when that is written"
    source = PROJECTS
    breaks = Example("""\
[projects.trial]
id      = "project-J0000000000000000000009Z"   # no project of that id is there
bill_to = "org-lab"
""")
    keeps = breaks.changed('9Z"   # no project of that id is there', '1A"   # is there')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if isinstance(change, Contested) and change.conflict in _GONE:
            fact = FactKey(change.ids[0], "exists")
            if world.exists(fact.subject) is True:
                return
            message = conflict_in_words(change)
            attribute = "id" if change.conflict == "no_such_project" else None
            yield Finding(self.id, change.address, "refused", message, attribute, (fact,))
