"""Whatever valid TOML is laid out: it means what it meant, has the comments it had, and stays as it is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

import rtoml
import toml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.config.layout import WIDTH, canonical
from reconciler.config.statements import Comment, Header, Inline, Item, Pair, Value, statements

from .documents import Writer, workspaces
from .toml_texts import toml_texts

MANY = settings(max_examples=60, deadline=None)


def comments(text: str) -> Counter[str]:
    """Each comment and how often it is there."""
    found: Counter[str] = Counter()
    for statement in statements(text):
        match statement:
            case Comment():
                found[statement.text] += 1
            case Header() | Pair():
                found[statement.comment] += 1
                if isinstance(statement, Pair):
                    found.update(inner(statement.value))
            case _:
                pass
    del found[""]
    return found


def inner(value: Value | None) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in getattr(value, "items", ()) if not isinstance(value, Inline) else value.pairs:
        found[item.comment] += 1
        assert isinstance(item, Item | Pair)
        found.update(inner(item.value))
    return found


@MANY
@given(toml_texts())
def test_what_is_laid_out_means_what_it_meant_to_two_readers(text: str) -> None:
    laid_out = canonical(text)
    assert repr(tomllib.loads(laid_out)) == repr(tomllib.loads(text))
    assert repr(rtoml.loads(laid_out)) == repr(rtoml.loads(text))


@MANY
@given(toml_texts())
def test_twice_gives_the_same_bytes_as_once(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once


@MANY
@given(toml_texts())
def test_no_comment_is_lost_or_made_up(text: str) -> None:
    assert comments(canonical(text)) == comments(text)


@MANY
@given(toml_texts())
def test_no_line_ends_in_a_space_and_no_two_are_blank(text: str) -> None:
    laid_out = re.sub(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}', '""', canonical(text), flags=re.DOTALL)
    assert not re.search(r"[ \t]\n", laid_out)
    assert "\n\n\n" not in laid_out
    assert not laid_out.startswith("\n")
    assert not laid_out or (laid_out.endswith("\n") and not laid_out.endswith("\n\n"))
    arrays = [line for line in laid_out.split("\n") if re.fullmatch(r"[a-z0-9-]+ *= \[[^#{]+\]", line)]
    assert all(len(line) <= WIDTH for line in arrays)


def read_by_toml(text: str) -> bool:
    """The oldest of the readers stumbles over commas and brackets in strings: does it over these?"""
    try:
        return bool(toml.loads(text) == tomllib.loads(text))
    except (toml.TomlDecodeError, IndexError):
        return False


@MANY
@given(st.data())
def test_three_readers_read_the_same_in_a_workspace_that_is_laid_out(data: st.DataObject) -> None:
    text = Writer(data.draw).write(data.draw(workspaces()))
    assume(read_by_toml(text))
    laid_out = canonical(text)
    assert toml.loads(laid_out) == tomllib.loads(laid_out) == rtoml.loads(laid_out)
