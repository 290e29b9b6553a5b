"""The writing half of the provider: one step of a plan, one call, sent at most once.

  create                     /project/new                name, region, billTo and the mark in one call
  update of a payer          /org-X|user-X/update        defaultRegion
  update of a project        /project-X/update           name, billTo
  update of the mark, adopt  /project-X/setProperties    our property, no other
  release                    /project-X/setProperties    our property as null, which removes it
  transfer                   /project-X/transfer         invitee
  accept                     /project-X/acceptTransfer   billTo

Must not know why a step is taken, nor read anything back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import msgspec
from msgspec import Struct

from reconciler.model.outcome import Outcome
from reconciler.model.plan import Step, Values
from reconciler.provider import ProviderError
from reconciler_dnanexus import routes
from reconciler_dnanexus.failures import INVALID_AUTHENTICATION
from reconciler_dnanexus.reader import DNAnexusReader
from reconciler_dnanexus.session import Written, unhindered
from reconciler_dnanexus.wire import MARK

_NAMES = {"name": "name", "bill_to": "billTo", "default_region": "defaultRegion"}


class Call(Struct, frozen=True):
    """A route and its input."""

    route: str
    body: dict[str, object]


class DNAnexusWriter(DNAnexusReader):
    """Satisfies ``reconciler.provider.Writer``."""

    def execute(self, step: Step, before_sending: Callable[[], None] = unhindered) -> Outcome:
        """Sends the one call that the step stands for, at most once. The caller reads back."""
        try:
            session = self._meet().session(step.as_)
            call = call_of(step)
        except ProviderError as error:
            return Outcome("failed", message=error.message, request_id=error.request_id)
        if session is None:
            return Outcome("failed", message=f"{step.as_} is not among the identities at hand")
        return _outcome(step, session.write(call.route, call.body, before_sending))


def call_of(step: Step) -> Call:
    """The call that a step stands for. Raises ProviderError for a step that is no single call."""
    after, subject = step.after, step.subject or ""
    match step.action:
        case "create":
            return Call(routes.NEW_PROJECT, _creation(step))
        case "update":
            return _update(step, subject)
        case "adopt":
            return Call(routes.set_properties(subject), _mark(_only(step, after, "mark")))
        case "transfer":
            return Call(routes.transfer(subject), {"invitee": _only(step, after, "invitee")})
        case "accept":
            return Call(routes.accept_transfer(subject), {"billTo": _only(step, after, "bill_to")})
        case "release":
            return Call(routes.set_properties(subject), _released(step))
        case _:
            assert_never(step.action)


def _creation(step: Step) -> dict[str, object]:
    # Without a region the platform would choose one, and without the mark nobody could find the project.
    wanted = {"name", "region", "bill_to", "mark"}
    if set(step.after) != wanted:
        raise _odd(step)
    after = step.after
    return {
        "name": after["name"],
        "region": after["region"],
        "billTo": after["bill_to"],
        **_mark(after["mark"]),
    }


def _update(step: Step, subject: str) -> Call:
    keys = set(step.after)
    if not subject.startswith("project-"):
        return Call(routes.update(subject), {"defaultRegion": _only(step, step.after, "default_region")})
    if keys == {"mark"}:
        return Call(routes.set_properties(subject), _mark(step.after["mark"]))
    if not keys or not keys <= {"name", "bill_to"}:
        raise _odd(step)
    return Call(routes.update(subject), {_NAMES[key]: value for key, value in step.after.items()})


def _released(step: Step) -> dict[str, object]:
    if step.after:
        raise _odd(step)
    return {"properties": {MARK: None}}


def _mark(mark: str) -> dict[str, object]:
    return {"properties": {MARK: mark}}


def _only(step: Step, after: Values, key: str) -> str:
    if set(after) != {key}:
        raise _odd(step)
    return after[key]


def _odd(step: Step) -> ProviderError:
    keys = ", ".join(sorted(step.after)) or "nothing"
    return ProviderError(
        f"step {step.id} ({step.action} of {step.address}) is no single call: it sets {keys}"
    )


class _Created(Struct):
    id: str


def _outcome(step: Step, written: Written) -> Outcome:
    match written.result:
        case "ok":
            return _accepted(step, written)
        case "refused":
            known_login = written.error_type != INVALID_AUTHENTICATION
            return Outcome(
                "refused" if known_login else "failed",
                message=written.message,
                error_type=written.error_type,
                request_id=written.request_id,
            )
        case "unsent":
            return Outcome("failed", message=f"nothing was sent: {written.message}")
        case "unknown":
            return Outcome(
                "uncertain",
                message=written.message,
                error_type=written.error_type,
                request_id=written.request_id,
            )


def _accepted(step: Step, written: Written) -> Outcome:
    if step.action != "create":
        return Outcome("done", request_id=written.request_id)
    try:
        created = msgspec.json.decode(written.body, type=_Created).id
    except msgspec.DecodeError:
        created = ""
    if not routes.is_project_id(created):
        message = "the platform accepted the creation but gave no id of a project"
        return Outcome("uncertain", message=message, request_id=written.request_id)
    return Outcome("done", project_id=created, request_id=written.request_id)
