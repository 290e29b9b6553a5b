"""Snapshot files: written whole and readable by their owner alone; read with suspicion."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from reconciler import durable
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import error
from reconciler.planfile.document import digest_of_content
from reconciler.planfile.regular import NotRegular, TooBig, read_regular
from reconciler.snapshots.document import FORMAT_VERSION, KIND, Document

MAX_BYTES = 256 * 1024 * 1024
"""One of 100 000 projects is about 30 MB."""

CODE = "snapshot-file"
_AGAIN = "Take a new one: reconciler snapshot -o FILE"


def write(document: Document, path: str) -> None:
    """Write it to ``path``, mode 0600, whole or not at all. Raises DiagnosticsError where it cannot be."""
    content = msgspec.json.decode(msgspec.json.encode(document), type=dict[str, object])
    sealed = replace(document, digest=digest_of_content(content))
    try:
        durable.replace(path, msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n")
    except OSError as failure:
        why = failure.strerror or str(failure)
        raise error(CODE, f"cannot write the snapshot to {path}: {why}", "Nothing was saved.") from failure


def read(path: str) -> Document:
    """The snapshot in the file ``path``.

    Raises DiagnosticsError: not there, no regular file, too big, truncated, no snapshot, of a newer format,
    changed by hand.
    """
    content = _content(path)
    if content.get("kind") != KIND:
        raise error(CODE, f"{path} is not a snapshot", "Name a file that reconciler snapshot -o wrote.")
    version = content.get("format_version")
    if not isinstance(version, str) or version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        detail = "Use the version of reconciler that took it, or take a new one."
        raise error(CODE, f"{path} has the snapshot format {version}, which cannot be read", detail)
    if digest_of_content(content) != content.get("digest"):
        raise error(CODE, f"{path} was changed after it was taken: its digest does not match", _AGAIN)
    try:
        return msgspec.convert(content, Document)
    except msgspec.ValidationError as failure:
        raise error(CODE, f"{path} is not a complete snapshot: {failure}", _AGAIN) from failure


def _content(path: str) -> dict[str, object]:
    try:
        content = msgspec.json.decode(read_regular(path, MAX_BYTES))
    except NotRegular as failure:
        raise error(CODE, f"{path} is {failure}, not a snapshot") from failure
    except TooBig as failure:
        limit = f"A snapshot has at most {MAX_BYTES // 2**20} MB."
        raise error(CODE, f"{path} is too big to be a snapshot", limit) from failure
    except OSError as failure:
        raise error(CODE, f"cannot read the snapshot {path}: {failure.strerror}") from failure
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise error(CODE, f"{path} is not a whole snapshot: {failure}", _AGAIN) from failure
    if not isinstance(content, dict):
        raise error(CODE, f"{path} is not a snapshot: it holds no JSON object")
    return content


def of_another(document: Document, workspace: Workspace) -> str | None:
    """In what it is not of this workspace: another name, provider or endpoint; None where it is."""
    origin, table = document.provider, workspace.provider
    for what, then, now in (
        ("workspace", document.workspace, workspace.name),
        ("provider", origin.type, table.type),
        ("endpoint", origin.written, table.endpoint),
    ):
        if then != now:
            return (
                f"it was taken of the {what} {then or 'by default'}, and this is {now or 'the default one'}"
            )
    return None
