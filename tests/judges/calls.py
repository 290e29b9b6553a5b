"""What people call before the page is looked at: some of it is refused, and by which law."""

from __future__ import annotations

from support.sandbox import Served

ATLAS, HEATH = "project-J00000000000000000000011", "project-J00000000000000000000014"
EXOMES, CORAL = "project-J00000000000000000000013", "project-J00000000000000000000015"

ALICE, BOB = "alice-token", "bob-token"


def make(server: Served) -> None:
    """Each with the status that it must have."""
    for token, path, given, status in (
        (ALICE, "/system/whoami", {}, 200),
        (ALICE, "/project/new", {"name": "Exomes, second release", "billTo": "org-biobank"}, 200),
        (ALICE, "/project/new", {"name": "x", "billTo": "org-biobank", "region": "aws:eu-central-1"}, 401),
        (ALICE, f"/{ATLAS}/update", {"billTo": "org-biobank"}, 401),
        (BOB, f"/{EXOMES}/describe", {}, 401),
        (ALICE, f"/{EXOMES}/describe", {}, 200),
        (ALICE, "/org-trials/update", {"defaultRegion": "aws:eu-west-2"}, 422),
        (BOB, f"/{CORAL}/acceptTransfer", {"billTo": "user-bob"}, 401),
    ):
        got, body, _ = server.post(path, given, token=token)
        assert got == status, (path, given, got, body)
