"""A way out as a person takes it: the TOML that the tool prints, pasted."""

from __future__ import annotations

import re


def paste(text: str, snippet: str) -> str:
    """The text with the snippet's tables in the place of those of the same header, the rest added."""
    for table in tables(snippet):
        header = table.splitlines()[0]
        same = [one for one in tables(text) if one.splitlines()[0] == header and "[[" not in header]
        text = text.replace(same[0], table) if same else f"{text}\n{table}"
    return text


def tables(text: str) -> list[str]:
    """Each from its header to its last key: comments after that may be about the next one."""
    found = re.findall(r"(?m)^\[.*\n(?:(?!\[).*\n)*", text)
    return [re.sub(r"\n(?:\s*(?:#.*)?\n)*\Z", "\n", table) for table in found]
