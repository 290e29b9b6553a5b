"""GitHub's part of a pipeline: the comment on a pull request, the issue of the nightly drift, and the plan
that was reviewed. Only Python's own library, for it runs before anything else is known to be there.

    github.py comment KEY FILE         FILE as the one comment with this key
    github.py reviewed KEY FILE        the plan that this comment of the merged pull request names, into FILE
    github.py issue KEY FILE TITLE     FILE as the one open issue with this key
    github.py quiet KEY FILE           FILE as its last word, and it is closed

A comment or an issue is known by its first line, a hidden mark, and by its author: what anybody else has
written, with whatever mark, is neither changed nor believed. The environment is that of a step of GitHub
Actions, with ``GITHUB_TOKEN``. Exit code 3: no plan was reviewed; 5: it is not kept any more;
1: something is wrong.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import IO, Any, NoReturn

Json = Any
SECONDS = 30
MOST = 256 << 20
"""Bytes of an answer, and of a plan: beyond what 100 000 changes need."""
PAGE = 100
REVIEWED = re.compile(r"^<!-- reconciler:reviewed plan=\S+ digest=([0-9a-f]{64}) -->$", re.MULTILINE)


class Trouble(Exception):
    """Something that a person has to be told."""

    code = 1


class Refused(Trouble):
    """Nothing was reviewed that could be applied."""

    code = 3


class Stale(Trouble):
    """What was reviewed is not to be had any more."""

    code = 5


class GitHub:
    """One repository, as seen with one token."""

    def __init__(self) -> None:
        self._token = _variable("GITHUB_TOKEN")
        self._api = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        self._graphql = os.environ.get("GITHUB_GRAPHQL_URL", f"{self._api}/graphql")
        self.repository = _variable("GITHUB_REPOSITORY")
        # GET /user is closed to the token of a workflow; this tells of every sort of token whose it is.
        asked = json.loads(self._send("POST", self._graphql, {"query": "{ viewer { login databaseId } }"}))
        viewer = (asked.get("data") or {}).get("viewer")
        if not viewer:
            raise Trouble(f"GitHub does not tell whose GITHUB_TOKEN is: {asked.get('errors')}")
        self.login, self._id = str(viewer["login"]), int(viewer["databaseId"])

    def call(self, method: str, path: str, data: Json = None) -> Json:
        """``path`` is below the repository."""
        return json.loads(self._send(method, f"{self._api}/repos/{self.repository}/{path}", data))

    def every(self, path: str, **query: str) -> Iterator[Json]:
        """Of all pages of a list."""
        for number in itertools.count(1):
            asked = urllib.parse.urlencode({**query, "per_page": PAGE, "page": number})
            page = self.call("GET", f"{path}?{asked}")
            yield from page
            if len(page) < PAGE:
                return

    def ours(self, key: str, path: str, **query: str) -> Json | None:
        """The first of a list that is ours and has our mark."""
        head = mark(key)
        for one in self.every(path, **query):
            author = one.get("user") or {}
            if author.get("id") == self._id and str(one.get("body") or "").startswith(head):
                return one
        return None

    def archive(self, number: int) -> bytes:
        """The bytes of an artifact, which lie elsewhere."""
        path = f"{self._api}/repos/{self.repository}/actions/artifacts/{number}/zip"
        return self._send("GET", path)

    def _send(self, method: str, url: str, data: Json = None) -> bytes:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(url, body, method=method)
        request.add_header("Accept", "application/vnd.github+json")
        request.add_header("X-GitHub-Api-Version", "2022-11-28")
        request.add_header("Content-Type", "application/json")
        # Unredirected: wherever the answer sends us, the token has no business there.
        request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return _bounded(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                told = refused.read(2_000).decode(errors="replace")
            raise Trouble(f"{method} {url}: {refused.code} {' '.join(told.split())}") from None


def comment(hub: GitHub, key: str, file: str) -> None:
    """On the pull request of this event, or of the commit that it was merged as."""
    number = _open_number() or _merged(hub)["number"]
    said = hub.ours(key, f"issues/{number}/comments")
    body = {"body": _text(key, file)}
    if said is None:
        hub.call("POST", f"issues/{number}/comments", body)
    else:
        hub.call("PATCH", f"issues/comments/{said['id']}", body)


def reviewed(hub: GitHub, key: str, file: str) -> None:
    """The comment names the plan by its digest, and so does the name of its artifact."""
    number = _merged(hub)["number"]
    said = hub.ours(key, f"issues/{number}/comments")
    named = REVIEWED.search(str(said["body"])) if said else None
    if named is None:
        raise Refused(f"no plan was reviewed on pull request {number}: {hub.login} has named none there")
    digest = named[1]
    found = hub.call("GET", f"actions/artifacts?name=reconciler-plan-{digest}&per_page={PAGE}")["artifacts"]
    kept = [one for one in found if not one["expired"] and _from_here(one)]
    if not kept:
        raise Stale(f"the plan that was reviewed on pull request {number}, {digest}, is not kept any more")
    plan = _unpacked(hub.archive(kept[0]["id"]))
    is_digest = json.loads(plan).get("digest")
    if is_digest != digest:
        raise Refused(f"the plan that is kept has the digest {is_digest}, and {digest} was reviewed")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(plan)


def issue(hub: GitHub, key: str, file: str, title: str) -> None:
    said = _issue(hub, key)
    data = {"title": title, "body": _text(key, file)}
    if said is None:
        hub.call("POST", "issues", data)
    else:
        hub.call("PATCH", f"issues/{said['number']}", data)


def quiet(hub: GitHub, key: str, file: str) -> None:
    said = _issue(hub, key)
    if said is not None:
        last = {"body": _text(key, file), "state": "closed", "state_reason": "completed"}
        hub.call("PATCH", f"issues/{said['number']}", last)


def mark(key: str) -> str:
    """The first line. The page's own mark will not do: an error's page knows no workspace."""
    return f"<!-- reconciler:comment {urllib.parse.quote(key, safe='').replace('-', '%2D')} -->\n"


def _text(key: str, file: str) -> str:
    with open(file, encoding="utf-8") as page:
        text = mark(key) + page.read()
    run, server = os.environ.get("GITHUB_RUN_ID"), os.environ.get("GITHUB_SERVER_URL")
    if run and server:
        text += f"\n[The run]({server}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{run})\n"
    return text


def _issue(hub: GitHub, key: str) -> Json | None:
    return hub.ours(key, "issues", state="open", creator=hub.login)


def _open_number() -> int | None:
    """Of the pull request whose event this is."""
    if not os.environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return None
    with open(_variable("GITHUB_EVENT_PATH"), encoding="utf-8") as event:
        return int(json.load(event)["pull_request"]["number"])


def _merged(hub: GitHub) -> Json:
    """The pull request that was merged as this commit: one that only contains it is not agreed upon."""
    commit = _variable("GITHUB_SHA")
    for one in hub.every(f"commits/{commit}/pulls"):
        if one.get("merged_at") and one.get("merge_commit_sha") == commit:
            return one
    raise Refused(f"commit {commit} is no merged pull request, so no plan of it was reviewed")


def _from_here(artifact: Json) -> bool:
    """A fork's run can name its artifacts as it likes."""
    run = artifact.get("workflow_run") or {}
    return run.get("repository_id") is not None and run["repository_id"] == run.get("head_repository_id")


def _unpacked(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        try:
            with files.open("plan.json") as plan:
                return _bounded(plan)
        except KeyError:
            raise Trouble(f"the artifact has no plan.json in it, but {files.namelist()[:5]}") from None


def _bounded(source: IO[bytes]) -> bytes:
    data = source.read(MOST + 1)
    if len(data) > MOST:
        raise Trouble(f"more than {MOST} bytes")
    return data


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise Trouble(f"{name} is not set")
    return value


COMMANDS: dict[tuple[str, int], Callable[..., None]] = {
    ("comment", 2): comment,
    ("reviewed", 2): reviewed,
    ("issue", 3): issue,
    ("quiet", 2): quiet,
}
"""By name and number of arguments."""


def main(words: list[str]) -> NoReturn:
    command = COMMANDS.get((words[0], len(words) - 1)) if words else None
    if command is None:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    try:
        command(GitHub(), *words[1:])
    except (Trouble, OSError, HTTPException, ValueError, zipfile.BadZipFile) as trouble:
        print(f"error: github.py {words[0]}: {trouble}", file=sys.stderr)
        sys.exit(trouble.code if isinstance(trouble, Trouble) else 1)
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
