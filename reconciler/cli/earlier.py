"""What an earlier apply left open: told by plan, settled by apply before anything else."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cli import exitcodes
from reconciler.cli.console import Console
from reconciler.cli.stop import stop
from reconciler.ledger import Ended, Ledger, OpenCall
from reconciler.model.diagnostics import Diagnostic
from reconciler.provider import Reader
from reconciler.views.pages import NotePage

CODE = "open-call"
_RESULTS = {"done": "carried out", "failed": "not carried out", "uncertain": "still not known"}


def warnings(calls: Sequence[OpenCall]) -> tuple[Diagnostic, ...]:
    """One for each call of which it is not known whether it was carried out."""
    return tuple(
        Diagnostic(
            "warning",
            CODE,
            f"{call.intent.address}: an apply sent its {call.intent.action} at {call.intent.at}, "
            "and it is not known whether it was carried out",
            "apply looks for it before it sends anything; nothing is made twice.",
        )
        for call in calls
    )


def settled(console: Console, reader: Reader, ledger: Ledger, seconds: float) -> tuple[Ended, ...]:
    """Finds out what became of the calls that earlier applies left open, and says so. The lock must be held.

    Raises Stop where a person has ended the search, and what ``settle`` raises.
    """
    calls = ledger.open_calls()
    if not calls:
        return ()
    from reconciler.apply import Pace, settle, stopping_on_signals

    console.tell(NotePage("earlier", _announced(calls, seconds)))
    pace = Pace()
    with stopping_on_signals(pace):
        found = settle(calls, reader, ledger, pace, seconds)
    console.tell(NotePage("earlier", "\n".join(map(_line, found)) + "\n"))
    if pace.stopped:
        detail = "Run the same command again: the search goes on where it was."
        raise stop(
            exitcodes.INTERRUPTED, "interrupted", "interrupted while settling an earlier apply", detail
        )
    return found


def _announced(calls: Sequence[OpenCall], seconds: float) -> str:
    count = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
    made = any(call.intent.action == "create" for call in calls)
    wait = f" A project that does not show is looked for up to {seconds:g} s." if made else ""
    return f"An earlier apply did not end by itself: looking for what became of {count}.{wait}"


def _line(ended: Ended) -> str:
    what = f"  {ended.address}: {ended.action} {_RESULTS[ended.result]}"
    named = f" ({ended.id})" if ended.id and ended.result == "done" else ""
    return what + named + (f": {ended.message}" if ended.message else "")
