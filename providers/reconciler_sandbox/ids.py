"""Ids of generated entities: a class and 24 characters of the platform's alphabet.

The platform's documentation: ``<class>-`` and 24 characters of 0-9 and the letters BFGJKPQVXYZ in
both cases, fixed for life. The n-th id of a seed is always the same one.
"""

from __future__ import annotations

import base64
import hashlib

_OURS = b"0123456789BFGJKPQVXYZbfgjkpqvxyz"
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_OURS = bytes.maketrans(_BASE32, _OURS)


def generated(seed: int, klass: str, number: int) -> str:
    """The ``number``-th id of ``klass`` in the world of that seed."""
    digest = hashlib.blake2b(f"{seed}/{klass}/{number}".encode(), digest_size=15).digest()
    return f"{klass}-{base64.b32encode(digest).translate(_TO_OURS).decode()}"
