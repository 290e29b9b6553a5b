"""The exact next command, ready to paste, with the path and the options that were used."""

from __future__ import annotations

import shlex

from msgspec import Struct
from msgspec.structs import replace

from reconciler.model.answer import Answer
from reconciler.model.explanation import Explanation
from reconciler.model.plan import Plan
from reconciler.model.report import ApplyReport
from reconciler.views.pages import Next

NOT_SKIPPABLE = "REG302"
"""A guard is overridden by editing it under review, never by a flag."""


class Used(Struct, frozen=True):
    """What was typed: the workspace, the saved plan (written or applied), the identity, what it was limited
    to (a saved plan knows that itself), and for whom it was planned, where that is nobody at hand."""

    path: str = "."
    file: str | None = None
    identity: str | None = None
    skip_refused: bool = False
    local_ledger: bool = False
    targets: tuple[str, ...] = ()
    signers: str | None = None
    signature: str | None = None
    apply_as: str | None = None


def skippable(plan: Plan) -> bool:
    """Can what is refused be left out of an apply?"""
    return all(refusal.rule != NOT_SKIPPABLE for refusal in plan.refusals)


def after_plan(plan: Plan, used: Used) -> Next | None:
    """What to type after looking at a plan; None where nothing is left, or it can never be applied."""
    if not plan.applyable and skippable(plan):
        return None
    again = _command("plan", used, file=None)
    if plan.refusals:
        if plan.steps and skippable(plan):
            why = f"Nothing is applied while something is refused. To apply the rest{_as(used)}:"
            return Next(why, _apply(used, skip=True))
        return Next("Mend what is refused in the TOML, then:", again)
    if plan.steps:
        return Next(f"To apply it{_as(used)}:", _apply(used, skip=False))
    if plan.manual or plan.blocked:
        return Next("Once the manual parts are done:", again)
    if plan.unreadable:
        return Next("Once it can be read:", again)
    return Next(f"To record it as applied{_as(used)}:", _apply(used, skip=False)) if plan.forgotten else None


def to_plan(path: str) -> Next:
    """How to see what the TOML asks for as it is now."""
    return Next("To see what it would do:", _command("plan", Used(path), file=None))


def on_snapshot(path: str, snapshot: str) -> Next:
    """How to plan on the snapshot in that file."""
    plan = _command("plan", Used(path), file=None)
    return Next("To plan on it:", f"{plan} --snapshot {shlex.quote(snapshot)}")


def to_apply(plan: Plan, used: Used) -> Next:
    """How to apply a saved plan that was found to hold."""
    why = "To apply it:" if plan.steps else "To record it as applied:"
    return Next(why, _apply(used, skip=used.skip_refused and bool(plan.refusals)))


def after_apply(report: ApplyReport, used: Used) -> Next:
    """What to type after an apply."""
    summary = report.summary
    if summary.failed or summary.not_attempted or summary.uncertain or report.problems:
        why = "Run the same command again: what is uncertain is looked up first, nothing is created twice."
        return Next(why, _apply(used, skip=used.skip_refused))
    return Next("Later, to see what somebody changed at the platform:", _command("drift", used, file=None))


def to_release(project: str, used: Used, why: str = "") -> Next:
    """How to take the mark off that project, named by its id or its address."""
    words = ["reconciler", "release", project, *([] if used.path == "." else [used.path])]
    words += [] if used.identity is None else ["--identity", used.identity]
    return Next(why, shlex.join([*words, *(["--local-ledger"] if used.local_ledger else [])]))


def after_release(report: ApplyReport, project: str, used: Used) -> Next:
    """What to type after one was tried."""
    if report.summary.done and not report.problems:
        return Next("To see how the workspace stands now:", _command("plan", used, file=None))
    return to_release(project, used, "Run the same command again: what is uncertain is looked up first.")


def after_explanation(told: Explanation, used: Used) -> Next | None:
    """What to type when there is anything to do about the address."""
    if told.verdict == "in_sync":
        return None
    again = replace(used, targets=(told.address,))
    return Next("To plan it, with what it depends on:", _command("plan", again, file=None))


def after_drift(path: str, identity: str | None) -> Next:
    """What to type when something differs."""
    return Next("To see what apply would do about it:", _command("plan", Used(path, None, identity), None))


def drift(path: str, identity: str | None) -> str:
    """How somebody who was told of drift sees it all."""
    return _command("drift", Used(path, None, identity), file=None)


def after_history(path: str, run: str) -> Next:
    """How to see one of the applies that are listed."""
    words = ["reconciler", "history", *([] if path == "." else [path]), "--run", run]
    return Next("To see one of them step by step:", shlex.join(words))


def new_plan(used: Used) -> Next:
    """How to replace a saved plan that no longer holds."""
    plan = _command("plan", used, file=None)
    return Next("", f"{plan} -o {shlex.quote(used.file)}" if used.file else plan)


def _as(used: Used) -> str:
    return f", with the login of {used.apply_as}" if used.apply_as else ""


def _apply(used: Used, skip: bool) -> str:
    options = (["--skip-refused"] if skip else []) + (["--local-ledger"] if used.local_ledger else [])
    return " ".join([_command("apply", used, used.file), *options])


def _command(name: str, used: Used, file: str | None) -> str:
    words = ["reconciler", name]
    if file is not None:
        words.append(file)
        words += [] if used.path == "." else ["--workspace", used.path]
        words += [] if used.signers is None else ["--require-signature", used.signers]
        words += [] if used.signature is None else ["--signature", used.signature]
    elif used.path != ".":
        words.append(used.path)
    if file is None and name != "drift":
        words += [word for target in used.targets for word in ("--target", target)]
    if name == "plan" and used.apply_as:
        words += ["--apply-as", used.apply_as]
    if used.identity is not None and not (name == "apply" and used.apply_as):
        words += ["--identity", used.identity]
    return shlex.join(words)


def after_answer(answer: Answer) -> Next | None:
    """Where the rule that decided is explained."""
    if not answer.reasons:
        return None
    return Next("More about the rule:", f"reconciler explain {answer.reasons[0].rule}")
