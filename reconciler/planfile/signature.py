"""Signatures of plan files, made and checked by OpenSSH's ssh-keygen: no cryptography is done here.

A signature says who approved these very bytes. It is made in a namespace of its own, so that what
somebody signed elsewhere (a commit, a file) is never taken for a plan. ssh-keygen is handed copies in a
folder of this process alone, and never a terminal: a person is not asked in the middle of a pipeline.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.diagnostics import DiagnosticsError, error
from reconciler.planfile.files import SIGNATURE_SUFFIX
from reconciler.planfile.regular import NotRegular, TooBig, open_regular, read_regular

NAMESPACE = "reconciler-plan@region-reconciler"
CODE = "signature"

_TOOL = "ssh-keygen"
_IN_OURS = ("-n", NAMESPACE)
_MOST = 1024 * 1024
_SECONDS = 60
"""A key that waits for a finger or an agent that waits for a click does not hold a pipeline for ever."""

_NO_QUESTIONS = ("SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY")


class Unsigned(Exception):
    """The bytes are not signed by anybody who is allowed. ``detail``: what ssh-keygen says, or what to do."""

    def __init__(self, summary: str, detail: str) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail


def want_tool() -> None:
    """Raises DiagnosticsError where ssh-keygen is not installed."""
    if shutil.which(_TOOL) is None:
        detail = "It comes with OpenSSH. On Debian: apt-get install openssh-client"
        raise error(CODE, f"plans are signed and verified by {_TOOL}, which is not on the PATH", detail)


def sign(data: bytes, key: str) -> bytes:
    """The armoured signature of ``data`` by the private key in the file ``key``, or by an agent that holds
    the private half of that public key.

    Raises DiagnosticsError: no ssh-keygen, no such key, or one that cannot be used without asking.
    """
    want_tool()
    _want_file(key)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "plan")
        copy.write_bytes(data)
        ran = _run("sign", *_IN_OURS, "-f", _not_an_option(key), str(copy))
        if ran.returncode:
            detail = f"{_last_line(ran)}\nNo plan was saved. {_USABLE}"
            raise error(CODE, f"the key {key} cannot sign the plan", detail)
        return Path(folder, "plan" + SIGNATURE_SUFFIX).read_bytes()


def _want_file(key: str) -> None:
    try:
        os.close(open_regular(key))
    except (OSError, ValueError) as failure:
        raise error(CODE, f"cannot read the key {key}: {_why(failure)}", "No plan was saved.") from failure


_USABLE = (
    "A key is used without asking for anything: name one without a passphrase, or the public half "
    "(KEY.pub) of one that an ssh-agent holds."
)


def verify(path: str, data: bytes, allowed: str, signature: str | None = None) -> str:
    """The principal of the file ``allowed`` who signed ``data``, which was read from ``path``.

    ``signature`` is the file of the signature, beside the plan unless it is named. Raises Unsigned, and
    DiagnosticsError where it cannot be found out: no ssh-keygen, no readable ``allowed``.
    """
    want_tool()
    beside = path + SIGNATURE_SUFFIX if signature is None else signature
    signers = _allowed(allowed)
    signed = _signature(path, beside)
    with tempfile.TemporaryDirectory() as folder:
        files = {"allowed": signers, "plan.sig": signed, "plan": data}
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        given = ("-s", f"{folder}/plan.sig", "-f", f"{folder}/allowed")
        found = _run("find-principals", *given)
        names = found.stdout.decode("utf-8", "backslashreplace").splitlines()
        if found.returncode or not names:
            raise Unsigned(f"{beside} is by nobody whom {allowed} allows", _last_line(found))
        with open(f"{folder}/plan", "rb") as plan:
            for name in names:
                ran = _run("verify", *_IN_OURS, *given, "-I", name, stdin=plan.fileno())
                if ran.returncode == 0:
                    return name
                plan.seek(0)
    raise Unsigned(f"{beside} is no signature of {path} as it is", _last_line(ran))


def _allowed(path: str) -> bytes:
    try:
        return read_regular(path, _MOST)
    except (OSError, ValueError) as failure:
        detail = "It has one line a signer: PRINCIPAL KEYTYPE KEY, as ssh-keygen(1) tells."
        raise error(CODE, f"cannot read the allowed signers {path}: {_why(failure)}", detail) from failure


def _signature(path: str, beside: str) -> bytes:
    try:
        return read_regular(beside, _MOST)
    except (FileNotFoundError, NotADirectoryError) as failure:
        detail = "Sign it when it is made: reconciler plan -o FILE --sign KEY"
        raise Unsigned(f"{path} is not signed: there is no {beside}", detail) from failure
    except (NotRegular, TooBig) as failure:
        summary = f"{beside} is {failure}, so {path} is not signed"
        raise Unsigned(summary, "Name the signature with --signature.") from failure
    except (OSError, ValueError) as failure:
        raise error(CODE, f"cannot read the signature {beside}: {_why(failure)}") from failure


def _why(failure: Exception) -> str:
    return (failure.strerror if isinstance(failure, OSError) else None) or str(failure)


def _not_an_option(path: str) -> str:
    return os.path.join(".", path) if path.startswith("-") else path


def _run(action: str, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [_TOOL, "-Y", action, *arguments],
            stdin=stdin,
            capture_output=True,
            env=_quiet(os.environ),
            start_new_session=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as failure:
        raise _late() from failure
    except OSError as failure:
        raise error(CODE, f"{_TOOL} cannot be started: {failure.strerror or failure}") from failure


def _late() -> DiagnosticsError:
    return error(CODE, f"{_TOOL} has not ended after {_SECONDS} seconds", _USABLE)


def _quiet(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if name not in _NO_QUESTIONS}
    return {**kept, "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}


def _last_line(ran: subprocess.CompletedProcess[bytes]) -> str:
    """Why ssh-keygen gave up, in its own words."""
    text = (ran.stderr.strip() or ran.stdout.strip()).decode("utf-8", "backslashreplace")
    last = text.splitlines()[-1] if text else "it says nothing"
    return f"{_TOOL} says: {last.removeprefix('Enter passphrase: ')}"
