"""Plan files: written whole and readable by their owner alone; read with suspicion.

A plan file is what somebody reviewed. Whatever is wrong with it is said in words, with the path,
and nothing is ever guessed.
"""

from __future__ import annotations

import os

import msgspec

from reconciler import durable
from reconciler.model.diagnostics import error
from reconciler.model.plan import FORMAT_VERSION, Plan, Step
from reconciler.planfile.document import digest_of_content, dumps
from reconciler.planfile.regular import NotRegular, TooBig, open_regular, read_regular

MAX_BYTES = 256 * 1024 * 1024
"""A plan of 100 000 creations is about 60 MB."""

SIGNATURE_SUFFIX = ".sig"

CODE = "plan-file"
_AGAIN = "Make a new one: reconciler plan -o FILE"
_MODE = 0o600


def write(plan: Plan, path: str, key: str | None = None) -> None:
    """Write the document to ``path``, mode 0600, whole or not at all; with the file of a ``key``, its
    signature beside it first, so that a plan is never there without.

    Raises DiagnosticsError naming the path and why it cannot be written or signed.
    """
    data = dumps(plan)
    signed = None if key is None else _signed(data, key)
    try:
        if signed is not None:
            durable.replace(path + SIGNATURE_SUFFIX, signed, _MODE)
        durable.replace(path, data, _MODE)
    except OSError as failure:
        why = failure.strerror or str(failure)
        raise error(CODE, f"cannot write the plan to {path}: {why}", "No plan was saved.") from failure


def _signed(data: bytes, key: str) -> bytes:
    from reconciler.planfile import signature  # processes and folders, which no other plan needs

    return signature.sign(data, key)


def is_plan_file(path: str) -> bool:
    """Does ``path`` hold a JSON object? No TOML document can start with a brace.

    Judged by content alone, so that a damaged plan is still treated (and refused) as a plan.
    """
    try:
        handle = open_regular(path)
    except (OSError, ValueError):
        return False
    with os.fdopen(handle, "rb") as file:
        head = file.read(4096)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read(path: str) -> Plan:
    """The plan in the file ``path``. Raises DiagnosticsError as ``read_bytes`` and ``parse`` do."""
    return parse(path, read_bytes(path))


def parse(path: str, data: bytes) -> Plan:
    """The plan that was read from ``path``.

    Raises DiagnosticsError: truncated, not a plan, of a newer format, or changed after it was made.
    """
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


def read_bytes(path: str) -> bytes:
    """What the file ``path`` holds.

    Raises DiagnosticsError: no such file, a folder, not a regular file, or too big.
    """
    try:
        return read_regular(path, MAX_BYTES)
    except NotRegular as failure:
        summary = f"{path} is {failure}, not a plan file"
        raise error(CODE, summary, "Name the file that plan -o wrote.") from failure
    except TooBig as failure:
        limit = f"A plan file has at most {MAX_BYTES // 2**20} MB."
        raise error(CODE, f"{path} is too big to be a plan", limit) from failure
    except (OSError, ValueError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else str(failure)
        raise error(CODE, f"cannot read the plan {path}: {why}") from failure


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
