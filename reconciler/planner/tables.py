"""The TOML lines of an alternative: whole tables, ready to be pasted over those of the same name."""

from __future__ import annotations

from msgspec.structs import asdict

from reconciler.model.desired import Address, Profile, Project


def tables_text(
    projects: dict[str, Project],
    profiles: dict[Address, Profile],
    moved: tuple[Address, Address] | None = None,
) -> str:
    """TOML of the tables, keys in the order of the records, what is not written left out."""
    import rtoml

    parts = [rtoml.dumps({"projects": {key: _written(table)}}) for key, table in projects.items()]
    for address, profile in profiles.items():
        kind, _, key = address.partition(".")
        parts.append(rtoml.dumps({kind: {key: _written(profile)}}))
    if moved is not None:
        parts.append(rtoml.dumps({"moved": [{"from": moved[0], "to": moved[1]}]}))
    return "\n".join(parts)


def _written(table: Project | Profile) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in asdict(table).items():
        if value is not None and value is not False:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found
