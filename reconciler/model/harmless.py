"""Foreign text on one line, with nothing in it that acts: what is shown and what is written as TOML alike.

A control sequence in a name could move the cursor over a refusal, a bidirectional mark could show one
region as another. Such characters are written as TOML and JSON write them (``\\u202e``).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Everything but printable ASCII may need a look; nothing else ever does.
SUSPECT: Final = re.compile(r"[^ -~]")
HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str) -> str:
    """One line of text without control, formatting, bidirectional and unassigned characters.

    A line end is such a character too: what is shown on one line stays on one line.
    """
    return text if text.isascii() and text.isprintable() else SUSPECT.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if unicodedata.category(char) not in HARMFUL:
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
