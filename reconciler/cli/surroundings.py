"""Where ``apply`` or ``release`` is run: on a pull request, on a throw-away runner, without a person."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reconciler.cli import exitcodes
from reconciler.cli.session import SANDBOX
from reconciler.cli.stop import stop
from reconciler.model.desired import Workspace

_PULL_REQUEST_IDS = {
    "CI_MERGE_REQUEST_IID": "GitLab",
    "BITBUCKET_PR_ID": "Bitbucket",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "Azure Pipelines",
    "CHANGE_ID": "Jenkins",
}


def want_person(auto_approve: bool, command: str = "apply") -> None:
    """Without a terminal nobody can answer: that has to be said beforehand. Raises Stop."""
    if not auto_approve and not sys.stdin.isatty():
        raise stop(
            exitcodes.USAGE,
            "no-terminal",
            f"{command} asks before it sends anything, and there is no terminal to ask on",
            "Give --auto-approve where nobody can answer.",
        )


def want_right_place(
    workspace: Workspace, environ: Mapping[str, str], local_ledger: bool, command: str = "apply"
) -> None:
    """Unmerged configuration is never applied, and a lock and a baseline must outlive the runner.

    The sandbox is exempt: its world is this machine's own. Raises Stop.
    """
    if workspace.provider.type == SANDBOX:
        return
    event = pull_request(environ)
    if event:
        raise stop(
            exitcodes.REFUSED,
            "pull-request",
            f"{command} does not run on a pull request ({event})",
            f"What is not merged is not agreed upon. Run plan here, and {command} after the merge.",
        )
    if _is_set(environ.get("CI")) and workspace.provider.ledger is None and not local_ledger:
        raise stop(
            exitcodes.USAGE,
            "local-ledger",
            "CI is set and the ledger is a local file: a throw-away runner keeps neither lock nor baseline",
            'Share one: [provider] ledger = "postgresql://…". Or keep .reconciler/ between runs and say so '
            "with --local-ledger.",
        )


def pull_request(environ: Mapping[str, str]) -> str:
    """How it is known that this runs on a pull-request event; "" where it does not."""
    event = environ.get("GITHUB_EVENT_NAME", "")
    if event.startswith("pull_request"):
        return f"GITHUB_EVENT_NAME={event}"
    for variable, system in _PULL_REQUEST_IDS.items():
        if environ.get(variable):
            return f"{variable}={environ[variable]}, {system}"
    return ""


def _is_set(value: str | None) -> bool:
    return (value or "").lower() not in ("", "0", "false")
