"""A pytest plugin that watches a whole run: what commands print, what tests print and log, and the files that
they leave. A token of a test's world in any of it fails that test, or the run at its end."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from support.tokens import given_away, no_token_below, no_token_in, shows_a_world


@pytest.fixture(scope="session", autouse=True)
def no_file_holds_a_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Plans, reports, ledgers and logs of all tests lie there until the end of the run."""
    yield
    no_token_below(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session", autouse=True)
def no_process_prints_a_token() -> Iterator[None]:
    """Every child whose output a test collects, by ``subprocess.run`` too."""
    collect = subprocess.Popen.communicate

    def watched(self: subprocess.Popen[Any], *given: Any, **more: Any) -> tuple[Any, Any]:
        out, err = collect(self, *given, **more)
        words = list(map(str, self.args if isinstance(self.args, list) else [self.args]))
        if not shows_a_world(words):
            no_token_in(f"the output of {' '.join(words)[:200]}", out, err)
        return out, err

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "communicate", watched)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What was printed or logged in this process during the test."""
    report = yield
    for title, text in report.sections if call.when == "teardown" else ():
        if names := given_away(text):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: {title.lower()} gives away the token of {sorted(names)}"
    return report
