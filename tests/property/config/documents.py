"""Workspaces at random, and several ways of writing each down."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import strategies as st

REGIONS = ("aws:us-east-1", "aws:eu-central-1", "azure:westeurope", "oci:us-ashburn-1")
Table = dict[str, object]
Place = tuple[str, str | None]

keys = st.text("abcXYZ019_-", min_size=1, max_size=6)
words = st.text(
    st.characters(codec="utf-8", exclude_characters="\x7f", min_codepoint=32), min_size=1, max_size=8
)
regions = st.sampled_from(REGIONS)
payers = st.sampled_from(("org-one", "org-two", "user-a.b", "user-c"))


def profiles(prefix: str) -> st.SearchStrategy[Table]:
    """Payers whose default region is among the permitted ones, where both are written."""
    some = st.fixed_dictionaries(
        {}, optional={"default_region": regions, "permitted_regions": st.just(list(REGIONS))}
    )
    names = st.text("abc._09", min_size=1, max_size=4).map(lambda text: prefix + text)
    return st.dictionaries(names, some, max_size=3)


projects = st.fixed_dictionaries(
    {"bill_to": payers},
    optional={"name": words, "region": regions, "adopt": st.booleans(), "same_name": st.just("create")},
)


@st.composite
def workspaces(draw: st.DrawFn) -> Table:
    """The tables of a workspace without errors."""
    document: Table = {
        "workspace": draw(st.text("abc-19", min_size=1, max_size=9)),
        "provider": {"type": "sandbox"},
        "orgs": draw(profiles("org-")),
        "users": draw(profiles("user-")),
        "projects": draw(st.dictionaries(keys, projects, max_size=5)),
        "policies": [{"id": "p", "regions": draw(st.lists(regions, min_size=1, max_size=3))}],
    }
    if draw(st.booleans()):
        document["defaults"] = {"projects": {"region": draw(regions)}}
    return document


class Writer:
    """Writes a workspace as TOML and remembers on which line each value of a resource is."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._lines: list[str] = []
        self.lines_of: dict[Place, int] = {}

    def write(self, document: Mapping[str, object]) -> str:
        plain = {key: value for key, value in document.items() if isinstance(value, str)}
        for key, value in self._shuffled(plain):
            self._line(f"{self._key(key)} = {self._value(value)}")
        for name, table in self._shuffled({key: document[key] for key in document.keys() - plain.keys()}):
            if isinstance(table, list):
                for entry in table:
                    self._line(f"[[{name}]]")
                    self._pairs(entry)
            elif name in ("orgs", "users", "projects"):
                self._resources(name, table)
            elif name == "defaults":
                self._line("[defaults.projects]")
                self._pairs(table["projects"])
            else:
                self._line(f"[{name}]")
                self._pairs(table)
        return "\n".join(self._lines) + "\n"

    def _resources(self, table: str, resources: Mapping[str, Table]) -> None:
        way = self._draw(st.sampled_from(("headers", "inline", "dotted")))
        if way != "headers":
            self._line(f"[{table}]")
        for key, values in self._shuffled(resources):
            address = f"{table}.{key}"
            if way == "headers":
                self._line(f"[{table}.{self._key(key)}]", (address, None))
                self._pairs(values, address)
            elif way == "inline" or not values:
                inner = ", ".join(
                    f"{self._key(name)} = {self._value(value)}" for name, value in self._shuffled(values)
                )
                places = [(address, name) for name in values]
                self._line(f"{self._key(key)} = {{ {inner} }}", (address, None), *places)
            else:
                for index, (name, value) in enumerate(self._shuffled(values)):
                    here = [(address, None)] if index == 0 else []
                    self._line(
                        f"{self._key(key)}.{self._key(name)} = {self._value(value)}", *here, (address, name)
                    )

    def _pairs(self, values: Mapping[str, object], address: str | None = None) -> None:
        for name, value in self._shuffled(values):
            places = [(address, name)] if address else []
            self._line(f"{self._key(name)} = {self._value(value)}", *places)

    def _line(self, text: str, *places: Place) -> None:
        for _ in range(self._draw(st.integers(0, 1))):
            self._lines.append(self._draw(st.sampled_from(("", "# [projects.a]", "  # name = 5"))))
        self._lines.append(text)
        self.lines_of.update(dict.fromkeys(places, len(self._lines)))

    def _key(self, key: str) -> str:
        plain = key.isascii() and all(char.isalnum() or char in "_-" for char in key)
        ways = ([key] if plain else []) + [f"'{key}'", json.dumps(key)]
        return self._draw(st.sampled_from(ways))

    def _value(self, value: object) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(self._value, value))}]"
        # JSON writes characters beyond 16 bits as two escapes; TOML wants them as they are.
        return json.dumps(value, ensure_ascii=False)

    def _shuffled(self, table: Mapping[str, object]) -> list[tuple[str, object]]:
        return self._draw(st.permutations(sorted(table.items())))
