"""Makes foreign text harmless before it reaches a terminal.

Names come from other people (the platform, a pull request): a control sequence in one could move
the cursor over a refusal, a bidirectional mark could show one region as another. Such characters
are written as TOML and JSON write them (``\\u202e``), so that TOML shown here can still be pasted.
"""

from __future__ import annotations

import re
import unicodedata

from reconciler.model.harmless import HARMFUL, SUSPECT, safe

__all__ = ["columns", "padded", "safe", "safe_json", "safe_lines"]


def _json(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\n" or unicodedata.category(char) not in HARMFUL:
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def safe_lines(text: str) -> list[str]:
    """The lines of a text of several lines, each made safe."""
    return [safe(line) for line in text.split("\n")]


def safe_json(document: str) -> str:
    """JSON text with the same characters escaped; it means the same document as before."""
    return document if document.isascii() and "\x7f" not in document else SUSPECT.sub(_json, document)


def columns(text: str) -> int:
    """How many columns a terminal uses for a line of safe text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def padded(text: str, width: int) -> str:
    """``text`` filled with spaces up to ``width`` columns."""
    return text + " " * max(0, width - columns(text))
