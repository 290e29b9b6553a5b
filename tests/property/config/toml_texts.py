"""Valid TOML at random, as untidy as a person can write it: every kind of value, comments wherever they may
stand, spaces, blank lines, both line ends, a byte order mark."""

from __future__ import annotations

import json

from hypothesis import strategies as st

words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
ODD = (
    "0x1F",
    "1_000",
    "-0.5e3",
    "+inf",
    "true",
    "false",
    "2027-01-31",
    "2027-01-31 08:15:00",
    "2027-01-31T08:15:00.5+01:00",
    "08:15:00",
    "''",
    '"\\u00e9\\t\\""',
    "'C:\\x'",
    "'say \"so\"'",
    '"""a\n"b" # no comment\n\n"""',
    "'''\n[no.table]\n'''",
    '"""x"""""',
)


class Untidy:
    """Writes the same table twice in no two ways alike."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._count = 0

    def text(self) -> str:
        parts = [self._pairs()]
        for _ in range(self._draw(st.integers(0, 4))):
            way = self._draw(st.sampled_from(("[{}]", "[[{}]]", "[ {} ]", "  [{} . 'x y'.\"z\"]")))
            parts.append(way.format(self._key()) + self._tail() + self._pairs())
        text = "".join(parts)
        if self._draw(st.booleans()):
            text = text.removesuffix("\n")
        if self._draw(st.integers(0, 5)) == 0 and '"""' not in text and "'''" not in text:
            text = text.replace("\n", "\r\n")
        return text

    def _pairs(self) -> str:
        lines = [f"{self._gap()}{self._between()}{self._pair()}{self._tail()}" for _ in range(self._some(3))]
        return "".join(lines) + self._between()

    def _pair(self, depth: int = 0) -> str:
        key = self._key()
        if self._draw(st.integers(0, 4)) == 0:
            key += f"{self._gap()}.{self._gap()}{self._key()}"
        return f"{key}{self._gap()}={self._gap()}{self._value(depth)}"

    def _key(self) -> str:
        self._count += 1
        bare = f"k{'e' * self._some(9)}y-{self._count}"
        odd = json.dumps(f"{self._draw(words)}{self._count}", ensure_ascii=False)
        return self._draw(st.sampled_from((bare, bare, f'"{bare}"', f"'{bare}'", odd)))

    def _value(self, depth: int) -> str:
        kind = self._draw(st.integers(0, 6 if depth < 3 else 4))
        if kind == 6:
            return "{" + ",".join(self._gap() + self._pair(depth + 1) for _ in range(self._some(3))) + " }"
        if kind == 5:
            items = [self._lines() + self._value(depth + 1) + self._lines() for _ in range(self._some(9))]
            comma = "," if items and self._draw(st.booleans()) else ""
            return f"[{','.join(items)}{comma}{self._lines()}]"
        if kind < 3:
            return json.dumps(self._draw(words), ensure_ascii=False)
        return self._draw(st.sampled_from(ODD))

    def _lines(self) -> str:
        """What may stand between the items of an array."""
        return self._draw(st.sampled_from(("", "", "", " ", "\n", "\n  # one, two ] \n", " # three\n\n\n")))

    def _between(self) -> str:
        return self._draw(
            st.sampled_from(("", "", "", "\n", "\n\n\n", "# [k]\n", "\n  # k = 'v'  \n", "#\n\n"))
        )

    def _tail(self) -> str:
        return self._draw(st.sampled_from(("\n", "\n", "  \n", "# so\n", "   # [why] \n")))

    def _gap(self) -> str:
        return self._draw(st.sampled_from(("", " ", "\t ")))

    def _some(self, most: int) -> int:
        return self._draw(st.integers(0, most))


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    return Untidy(draw).text()
