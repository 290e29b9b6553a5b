"""Foreign text is harmless, and still means the same."""

from __future__ import annotations

import json
import tomllib
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from reconciler.views.escape import columns, padded, safe, safe_json, safe_lines


@given(st.text())
def test_safe_text_has_no_control_or_formatting_character(text: str) -> None:
    assert not {unicodedata.category(char) for char in safe(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\\\n')))
def test_an_escaped_toml_string_reads_as_the_original(text: str) -> None:
    assert tomllib.loads(f'name = "{safe(text)}"')["name"] == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_json_is_the_same_document(text: str) -> None:
    document = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(safe_json(document)) == {"name": text}
    assert not any(unicodedata.category(char) == "Cf" for char in safe_json(document))


def test_ordinary_text_of_any_language_stays_as_it_is() -> None:
    for text in ("RNA-seq 2026", "Étude génomique", "ゲノム", "מחקר", "→ │"):
        assert safe(text) == text


def test_the_lines_of_a_text_stay_lines() -> None:
    assert safe_lines("a\n\x1bb") == ["a", "\\u001bb"]


def test_wide_and_combining_characters_are_counted_as_a_terminal_does() -> None:
    assert columns("ゲノム") == 6
    assert columns("e\u0301") == 1
    assert padded("ゲ", 4) == "ゲ  "
