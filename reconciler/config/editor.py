"""What an editor needs to check and complete the TOML, without any network: the schema in a file beside it,
and the line that names that file. Both belong under version control, so that who clones it has them too.
"""

from __future__ import annotations

import msgspec

from reconciler.config.schema import config_schema

SCHEMA = "reconciler.schema.json"
"""Beside the TOML; no ``*.toml``, so it is no part of the workspace."""

LINE = f"#:schema ./{SCHEMA}"
"""The first line of a TOML file, as taplo and the editors that build on it read it."""


def schema_text() -> str:
    """What the file holds: what ``reconciler schema config`` prints."""
    return msgspec.json.format(msgspec.json.encode(config_schema()), indent=2).decode() + "\n"
