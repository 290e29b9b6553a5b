"""Plan files: written whole and readable by their owner alone; read with suspicion.

A plan file is what somebody reviewed. Whatever is wrong with it is said in words, with the path,
and nothing is ever guessed.
"""

from __future__ import annotations

import os
import stat

import msgspec

from reconciler import durable
from reconciler.model.diagnostics import DiagnosticsError, error
from reconciler.model.plan import FORMAT_VERSION, Plan, Step
from reconciler.planfile.document import digest_of_content, dumps

MAX_BYTES = 256 * 1024 * 1024
"""A plan of 100 000 creations is about 60 MB."""

CODE = "plan-file"
_AGAIN = "Make a new one: reconciler plan -o FILE"
_MODE = 0o600


def write(plan: Plan, path: str) -> None:
    """Write the document to ``path``, mode 0600, whole or not at all.

    Raises DiagnosticsError naming the path and why it cannot be written.
    """
    try:
        durable.replace(path, dumps(plan), _MODE)
    except OSError as failure:
        why = failure.strerror or str(failure)
        raise error(CODE, f"cannot write the plan to {path}: {why}", "No plan was saved.") from failure


def is_plan_file(path: str) -> bool:
    """Does ``path`` hold a JSON object? No TOML document can start with a brace.

    Judged by content alone, so that a damaged plan is still treated (and refused) as a plan.
    """
    try:
        handle = _open_regular(path)
    except (OSError, DiagnosticsError):
        return False
    with os.fdopen(handle, "rb") as file:
        head = file.read(4096)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read(path: str) -> Plan:
    """The plan in the file ``path``.

    Raises DiagnosticsError: no such file, a folder, not a regular file, too big, truncated, not a
    plan, of a newer format, or changed after it was made.
    """
    data = _bytes(path)
    content = _json(path, data)
    _want_plan(path, content)
    if digest_of_content(content) != content.get("digest"):
        raise error(CODE, f"{path} was changed after it was made: its digest does not match", _AGAIN)
    try:
        plan = msgspec.convert(content, Plan)
    except msgspec.ValidationError as failure:
        raise error(CODE, f"{path} is not a complete plan: {failure}", _AGAIN) from failure
    _want_sound_steps(path, plan.steps)
    known = {fact.id for fact in plan.facts}
    unknown = next((one.fact for one in plan.to_confirm if one.fact not in known), None)
    if unknown is not None:
        problem = f"{unknown} is to be confirmed, which is none of its facts"
        raise error(CODE, f"{path} is not a sound plan: {problem}", _AGAIN)
    return plan


def _open_regular(path: str) -> int:
    # O_NONBLOCK: opening a pipe or a device must not wait for somebody at its other end.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
    raise error(CODE, f"{path} is {kind}, not a plan file", "Name the file that plan -o wrote.")


def _bytes(path: str) -> bytes:
    try:
        with os.fdopen(_open_regular(path), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else str(failure)
        raise error(CODE, f"cannot read the plan {path}: {why}") from failure
    if len(data) > MAX_BYTES:
        limit = f"A plan file has at most {MAX_BYTES // 2**20} MB."
        raise error(CODE, f"{path} is too big to be a plan", limit)
    return data


def _json(path: str, data: bytes) -> dict[str, object]:
    try:
        content = msgspec.json.decode(data)
    except RecursionError as failure:
        raise error(CODE, f"{path} is not a plan: it is nested too deeply") from failure
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        if "truncated" in str(failure) and data.lstrip().startswith(b"{"):
            raise error(CODE, f"{path} is truncated: it ends in the middle of the plan", _AGAIN) from failure
        raise error(CODE, f"{path} is not a plan: it is not JSON ({failure})") from failure
    if not isinstance(content, dict):
        raise error(CODE, f"{path} is not a plan: it holds no JSON object")
    return content


def _want_plan(path: str, content: dict[str, object]) -> None:
    kind, version = content.get("kind"), content.get("format_version")
    if kind != "plan":
        what = f'a "{kind}" document' if isinstance(kind, str) else "another kind of JSON file"
        raise error(CODE, f"{path} is not a plan: it is {what}")
    mine = FORMAT_VERSION.partition(".")[0]
    if not isinstance(version, str) or version.partition(".")[0] != mine:
        detail = f"This version of reconciler reads format {mine}.x: use the version that made the plan."
        raise error(CODE, f"{path} has the plan format {version}, which cannot be read", detail)


def _want_sound_steps(path: str, steps: tuple[Step, ...]) -> None:
    """What the records cannot say: ids are unique, steps wait only for earlier ones, and each says
    which project it is about."""
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise error(CODE, f"{path} is not a sound plan: the step {step.id} is there twice", _AGAIN)
        unknown = [other for other in step.depends_on if other not in seen]
        if unknown:
            problem = f"the step {step.id} waits for {unknown[0]}, which is no earlier step"
            raise error(CODE, f"{path} is not a sound plan: {problem}", _AGAIN)
        if not _names_its_subject(step):
            problem = f"the step {step.id} does not say which project it is about"
            raise error(CODE, f"{path} is not a sound plan: {problem}", _AGAIN)
        seen.add(step.id)


def _names_its_subject(step: Step) -> bool:
    if step.action == "create":
        return bool(step.after.get("mark"))
    return bool((step.before or {}).get("id")) if step.address.startswith("projects.") else True
