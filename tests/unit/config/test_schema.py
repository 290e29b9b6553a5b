"""The JSON Schema for editors."""

from __future__ import annotations

import json

from msgspec import Struct
from msgspec.structs import fields

from reconciler.config.schema import WORDS, config_schema
from reconciler.model import desired


def test_every_field_of_every_record_has_words_for_people() -> None:
    schema = config_schema()
    assert set(schema["$defs"]) == set(WORDS)
    for name, words in WORDS.items():
        record = getattr(desired, name)
        assert issubclass(record, Struct)
        assert {field.encode_name for field in fields(record)} == set(words)
        for key in words:
            assert schema["$defs"][name]["properties"][key]["description"] == words[key]


def test_unknown_keys_are_errors_in_the_schema_too() -> None:
    definitions = config_schema()["$defs"]
    assert all(definition["additionalProperties"] is False for definition in definitions.values())
    assert definitions["Document"]["properties"]["orgs"]["propertyNames"]["pattern"].startswith("^org-")
    assert definitions["Waiver"]["required"] == [
        "policy",
        "match",
        "reason",
        "ticket",
        "approved_by",
        "expires",
    ]


def test_the_schema_knows_no_null_because_toml_has_none() -> None:
    text = json.dumps(config_schema())
    assert "null" not in text


def test_what_is_returned_is_the_callers_own() -> None:
    config_schema()["$defs"].clear()
    assert config_schema()["$defs"]
