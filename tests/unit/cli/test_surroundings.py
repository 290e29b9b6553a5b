"""Unmerged configuration is never applied; lock and baseline outlive the runner."""

from __future__ import annotations

import pytest
from support.worlds import NoSources

from reconciler.cli.stop import Stop
from reconciler.cli.surroundings import want_right_place
from reconciler.model.desired import ProviderTable, Workspace

PULL_REQUESTS = [
    {"GITHUB_EVENT_NAME": "pull_request"},
    {"GITHUB_EVENT_NAME": "pull_request_target"},
    {"CI_MERGE_REQUEST_IID": "7"},
    {"BITBUCKET_PR_ID": "7"},
    {"SYSTEM_PULLREQUEST_PULLREQUESTID": "7"},
    {"CHANGE_ID": "7"},
]


def workspace(provider: str) -> Workspace:
    return Workspace(
        "w", "/w", ".", ProviderTable(provider), {}, {}, {}, {}, {}, {}, {}, (), (), None, (), "", NoSources()
    )


@pytest.mark.parametrize("environ", PULL_REQUESTS)
def test_a_pull_request_of_any_ci_system_is_refused_except_on_the_sandbox(environ: dict[str, str]) -> None:
    with pytest.raises(Stop, match="pull request") as stopped:
        want_right_place(workspace("dnanexus"), environ, local_ledger=True)
    assert stopped.value.code == 3
    want_right_place(workspace("sandbox"), environ, local_ledger=False)


@pytest.mark.parametrize("environ", [{}, {"GITHUB_EVENT_NAME": "push"}, {"CI": "false"}, {"CI": ""}])
def test_a_merge_or_a_person_is_let_through(environ: dict[str, str]) -> None:
    want_right_place(workspace("dnanexus"), environ, local_ledger=False)


def test_ci_with_a_local_ledger_has_to_be_wanted_except_on_the_sandbox() -> None:
    with pytest.raises(Stop, match="local file") as stopped:
        want_right_place(workspace("dnanexus"), {"CI": "true"}, local_ledger=False)
    assert stopped.value.code == 64
    want_right_place(workspace("dnanexus"), {"CI": "true"}, local_ledger=True)
    want_right_place(workspace("sandbox"), {"CI": "true"}, local_ledger=False)
