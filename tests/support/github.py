"""GitHub's API as far as a pipeline uses it, on loopback: comments, issues, merges, artifacts."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "example-org/regions"
TOKENS = {
    "workflow": {"login": "github-actions[bot]", "id": 41898282},
    "fork": {"login": "github-actions[bot]", "id": 41898282},
    "mallory": {"login": "mallory", "id": 666},
}
"""Whose each is; that of a fork's run can only read."""
_HERE, _THERE = 1, 2
"""The repository, and a fork of it."""

Json = Any
Answer = tuple[int, Json]


class Asked(NamedTuple):
    """A request; ``within``: the number or commit in its path."""

    method: str
    who: Json
    query: dict[str, str]
    body: Json
    within: str


class GitHub:
    """What is there. ``writes``: (method, path) of each request that could change something."""

    def __init__(self) -> None:
        self.comments: dict[int, list[Json]] = {}
        self.issues: list[Json] = []
        self.merges: dict[str, Json] = {}
        self.artifacts: list[Json] = []
        self.writes: list[tuple[str, str]] = []
        self.down = False
        self.url = ""
        self._kept: dict[int, bytes] = {}

    def comment(self, number: int, body: str, author: str = "mallory") -> Json:
        self.comments.setdefault(number, []).append(
            made := {"id": 1000 + sum(map(len, self.comments.values())), "body": body, "user": TOKENS[author]}
        )
        return made

    def merge(self, number: int, commit: str) -> None:
        self.merges[commit] = {
            "number": number,
            "merged_at": "2026-01-15T09:00:00Z",
            "merge_commit_sha": commit,
        }

    def keep(self, name: str, file: Path, member: str = "plan.json", fork: bool = False) -> Json:
        """What upload-artifact does."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as files:
            files.write(file, member)
        number = len(self.artifacts) + 1
        self._kept[number] = packed.getvalue()
        run = {"repository_id": _HERE, "head_repository_id": _THERE if fork else _HERE}
        made = {"id": number, "name": name, "expired": False, "workflow_run": run}
        self.artifacts.insert(0, made)
        return made

    def answer(self, method: str, path: str, query: dict[str, str], token: str, body: Json) -> Answer:
        """Status and answer; a string is where to look instead."""
        who = TOKENS.get(token)
        if self.down or who is None:
            return (503, {"message": "down"}) if self.down else (401, {"message": "Bad credentials"})
        if path == "/graphql":
            return 200, {"data": {"viewer": {"login": who["login"], "databaseId": who["id"]}}}
        if method != "GET":
            if token == "fork":
                return 403, {"message": "Resource not accessible by integration"}
            self.writes.append((method, path))
        for pattern, route in _ROUTES:
            if found := re.fullmatch(f"/repos/{REPOSITORY}/{pattern}", path):
                return route(self, Asked(method, who, query, body, "".join(found.groups())))
        return 404, {"message": "Not Found"}

    def _comments(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            made = self.comment(int(asked.within), asked.body["body"])
            made["user"] = asked.who
            return 201, made
        return 200, _page(self.comments.get(int(asked.within), []), asked.query)

    def _comment(self, asked: Asked) -> Answer:
        """Who may write can change what others have written, too."""
        (found,) = (one for many in self.comments.values() for one in many if one["id"] == int(asked.within))
        found.update(asked.body)
        return 200, found

    def _issues(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            made = {"number": len(self.issues) + 1, "state": "open", "user": asked.who, **asked.body}
            self.issues.append(made)
            return 201, made
        wanted = [
            one
            for one in self.issues
            if one["state"] == asked.query["state"] and one["user"]["login"] == asked.query["creator"]
        ]
        return 200, _page(wanted, asked.query)

    def _issue(self, asked: Asked) -> Answer:
        self.issues[int(asked.within) - 1].update(asked.body)
        return 200, self.issues[int(asked.within) - 1]

    def _pulls(self, asked: Asked) -> Answer:
        """Not only what was merged as this commit: any that contains it."""
        still_open = {"number": 99, "merged_at": None, "merge_commit_sha": asked.within}
        return 200, _page([still_open, *self.merges.values()], asked.query)

    def _artifacts(self, asked: Asked) -> Answer:
        found = [one for one in self.artifacts if one["name"] == asked.query["name"]]
        return 200, {"total_count": len(found), "artifacts": found}

    def _archive(self, asked: Asked) -> Answer:
        return 302, f"{self.url}/elsewhere/{asked.within}?signature=abc"

    def kept(self, number: int) -> bytes:
        return self._kept[number]


_ROUTES: list[tuple[str, Callable[[GitHub, Asked], Answer]]] = [
    (r"issues/(\d+)/comments", GitHub._comments),
    (r"issues/comments/(\d+)", GitHub._comment),
    (r"issues", GitHub._issues),
    (r"issues/(\d+)", GitHub._issue),
    (r"commits/([0-9a-f]{40})/pulls", GitHub._pulls),
    (r"actions/artifacts", GitHub._artifacts),
    (r"actions/artifacts/(\d+)/zip", GitHub._archive),
]


def _page(items: list[Json], query: dict[str, str]) -> list[Json]:
    size, number = int(query["per_page"]), int(query["page"])
    assert size <= 100
    return items[size * (number - 1) : size * number]


@contextmanager
def serving() -> Iterator[GitHub]:
    """The store of artifacts is part of it, and takes no request that has a token with it."""
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            parts = urlsplit(self.path)
            given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if parts.path.startswith("/elsewhere/"):
                data = hub.kept(int(parts.path.rpartition("/")[2]))
                return self._say(400, b"a token has no business here") if token else self._say(200, data)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = json.loads(given) if given else None
            status, answer = hub.answer(self.command, parts.path, query, token, body)
            if isinstance(answer, str):
                return self._say(status, b"", answer)
            return self._say(status, json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = _handle

        def _say(self, status: int, data: bytes, location: str | None = None) -> None:
            self.send_response(status)
            if location is not None:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
