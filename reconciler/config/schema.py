"""The JSON Schema of a workspace's TOML, for editors; made from the records that read it.

Only the words for people are here; a test holds them to the records' fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import msgspec

from reconciler.model.desired import Document

_KEYS: Final[Mapping[str, str]] = {
    "orgs": r"^org-[A-Za-z0-9_.]+$",
    "users": r"^user-[A-Za-z0-9_.]+$",
    "projects": r"^[A-Za-z0-9_-]{1,64}$",
    "regions": r"^[a-z][a-z0-9]*:[a-z0-9-]+$",
}

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Document": {
        "workspace": "Name of the workspace: owns the projects that it creates, wherever the checkout lies.",
        "provider": "The platform that is meant.",
        "identities": "Further identities to act as; the default one is the login at hand.",
        "regions": "Regions beyond the shipped catalogue, keyed by code.",
        "region_groups": "Names for lists of regions; @name stands for the list.",
        "orgs": "Region settings of orgs, keyed by org-…",
        "users": "Region settings of users, keyed by user-…",
        "defaults": "Values for what leaves them out.",
        "projects": "The projects under management, keyed by an address of your choice.",
        "moved": "Renamed addresses: the project stays the same.",
        "policies": "Residency: which regions are allowed for which projects, managed or not.",
        "waivers": "Exceptions from policies, each with a reason and an end.",
        "guards": "Limits for one plan.",
    },
    "ProviderTable": {
        "type": "sandbox (embedded) or dnanexus, or another installed provider.",
        "endpoint": "URL of the platform; left out: what dx's configuration says, or an embedded one.",
        "ledger": "PostgreSQL URL of a shared ledger; left out: a file under .reconciler/.",
        "world": "Sandbox: the file that says what it holds at first.",
        "user": "Sandbox: the user to act as; left out: that of the world's first token.",
    },
    "IdentityTable": {
        "token_env": "Environment variable that holds the token.",
        "user": "Whose token it must be; on the sandbox alone: a user of the world.",
    },
    "Region": {
        "name": "Name for people.",
        "retired": "No new projects there: a warning.",
        "jurisdiction": "Whose law holds there, for reports.",
        "city": "City, state or country, for reports.",
        "latitude": "Degrees north, for the map of reports.",
        "longitude": "Degrees east, for the map of reports.",
    },
    "Profile": {
        "default_region": "Region of new projects that name none; must be permitted.",
        "permitted_regions": "Regions that the payer may use; granted by the platform's sales only.",
        "unreadable": "accept: that it cannot be read does not set an exit code.",
    },
    "Project": {
        "name": "Name at the platform; left out: not managed, at creation the key.",
        "region": "Region; fixed for ever once created. Left out: the payer's default at creation.",
        "bill_to": "Who is billed: user-… or org-…",
        "id": "Is exactly this project.",
        "adopt": "Write our mark on the project that is there already.",
        "same_name": "create: make another one although an unowned one has that name.",
        "recreate": "Make a new, empty one although this one of ours was destroyed.",
        "take_over": "With adopt: the workspace whose mark is replaced.",
    },
    "Defaults": {"projects": "Filled into each project that lacks the key."},
    "ProjectDefaults": {
        "region": "Region, where a project has none.",
        "bill_to": "Payer, where it has none.",
    },
    "Moved": {"from": "The old address, projects.KEY.", "to": "The new one."},
    "Match": {
        "id": "Id of a project.",
        "name": "Glob over the name.",
        "bill_to": "Who is billed.",
        "region": "Region.",
    },
    "Policy": {
        "id": "Name of the policy.",
        "regions": "Allowed regions and @groups.",
        "match": "Which projects; keys are ANDed.",
        "reason": "Why: a law or a contract.",
    },
    "Waiver": {
        "policy": "Id of the policy.",
        "match": "Which projects: at least id or name.",
        "reason": "Why.",
        "ticket": "Where it was decided.",
        "approved_by": "Who decided.",
        "expires": "Last day, a TOML date.",
    },
    "Guards": {
        "max_changes": "Most steps of one plan, creations included.",
        "max_change_percent": "Most updates, in percent of the resources in the baseline.",
        "allow_empty": "false: a workspace that managed something may not become empty.",
    },
}


EXAMPLES: Final[Mapping[str, Mapping[str, tuple[object, ...]]]] = {
    "Document": {
        "workspace": ("genomics",),
        "region_groups": ({"eu": ["aws:eu-central-1", "azure:westeurope"]},),
    },
    "ProviderTable": {
        "type": (
            "sandbox",
            "dnanexus",
        ),
        "endpoint": ("https://api.dnanexus.com",),
        "ledger": ("postgresql://user@host/database",),
        "world": ("world/world.toml",),
        "user": ("user-alice",),
    },
    "IdentityTable": {
        "token_env": ("DX_TOKEN_BOB",),
        "user": ("user-bob",),
    },
    "Region": {
        "name": ("AWS Canada",),
        "retired": (True,),
        "jurisdiction": ("Canada",),
        "city": ("Montreal",),
        "latitude": (45.5,),
        "longitude": (-73.6,),
    },
    "Profile": {
        "default_region": ("aws:eu-central-1",),
        "permitted_regions": (["aws:eu-central-1", "aws:us-east-1"],),
        "unreadable": ("accept",),
    },
    "Project": {
        "name": ("RNA-seq 2026",),
        "region": (
            "aws:eu-central-1",
            "azure:westeurope",
        ),
        "bill_to": (
            "org-genomics",
            "user-alice",
        ),
        "id": ("project-J0000000000000000000001A",),
        "adopt": (True,),
        "same_name": ("create",),
        "recreate": ("project-J0000000000000000000001A",),
        "take_over": ("old-workspace",),
    },
    "ProjectDefaults": {
        "region": ("aws:eu-central-1",),
        "bill_to": ("org-genomics",),
    },
    "Moved": {
        "from": ("projects.rna",),
        "to": ("projects.rnaseq",),
    },
    "Match": {
        "id": ("project-J0000000000000000000001A",),
        "name": ("EU *",),
        "bill_to": ("org-genomics",),
        "region": ("aws:us-east-1",),
    },
    "Policy": {
        "id": ("gdpr",),
        "regions": (
            ["@eu"],
            ["aws:eu-central-1"],
        ),
        "match": ({"bill_to": "org-genomics", "name": "EU *"},),
        "reason": ("GDPR art. 44",),
    },
    "Waiver": {
        "policy": ("gdpr",),
        "match": ({"name": "EU pilot"},),
        "reason": ("moved out by 2027",),
        "ticket": ("COMP-17",),
        "approved_by": ("dpo@example.org",),
        "expires": ("2027-01-31",),
    },
    "Guards": {
        "max_changes": (50,),
        "max_change_percent": (30,),
        "allow_empty": (False,),
    },
}
"""Values as they may be written, for each key that holds no table of its own."""


def config_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one TOML file of a workspace, as plain JSON values.

    Nothing is required at the top: a workspace may be spread over several files.
    """
    schema = msgspec.json.schema(Document)
    for name, words in WORDS.items():
        properties = schema["$defs"][name]["properties"]
        for key, text in words.items():
            # Beside a bare reference, not in it: what it refers to is shared.
            examples = EXAMPLES.get(name, {}).get(key, ())
            shown = {"examples": deepcopy(list(examples))} if examples else {}
            properties[key] = {"title": key, "description": text, **shown, **_without_null(properties[key])}
    tables = schema["$defs"]["Document"]["properties"]
    for key, pattern in _KEYS.items():
        tables[key]["propertyNames"] = {"pattern": pattern}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reconciler workspace",
        **schema,
    }


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: what may be left out is not null when it is written."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1 and len(kinds) < len(field["anyOf"]):
        return kinds[0]  # type: ignore[no-any-return]  # plain JSON values
    # A default that is a table is spelt with nulls, and says no more than that it may be left out.
    rest = {key: value for key, value in field.items() if key != "default" or isinstance(value, bool)}
    if "enum" in rest:
        rest["enum"] = [value for value in rest["enum"] if value is not None]
    return rest
