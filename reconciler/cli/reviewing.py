"""A saved plan as it was reviewed: read once, and where that is asked for only if it is signed."""

from __future__ import annotations

import typer
from msgspec import Struct

from reconciler import planfile
from reconciler.cli import exitcodes
from reconciler.cli.stop import stop
from reconciler.model.plan import Plan


class Signed(Struct, frozen=True):
    """By whom a plan has to be signed: one of the file ``by``, in the file ``signature`` (None: beside the
    plan). Nobody need have signed where ``by`` is None."""

    by: str | None = None
    signature: str | None = None


class Reviewed(Struct, frozen=True):
    """``signer`` is the principal whose signature was asked for and is good."""

    plan: Plan
    signer: str | None = None


def read(path: str, signed: Signed) -> Reviewed:
    """The plan in the file ``path``. The very bytes that were verified are those that are understood.

    Raises DiagnosticsError as ``planfile.read`` does, Stop where the signature is not as wanted.
    """
    if signed.by is None:
        if signed.signature is not None:
            why = "it is verified only against --require-signature ALLOWED_SIGNERS."
            raise typer.BadParameter(why, param_hint="--signature")
        return Reviewed(planfile.read(path))
    data = planfile.read_bytes(path)
    signer = _signer(path, data, signed.by, signed.signature)
    return Reviewed(planfile.parse(path, data), signer)


def _signer(path: str, data: bytes, by: str, beside: str | None) -> str:
    from reconciler.planfile import signature

    try:
        return signature.verify(path, data, by, beside)
    except signature.Unsigned as failure:
        raise stop(exitcodes.REFUSED, "unsigned", failure.summary, failure.detail) from failure
