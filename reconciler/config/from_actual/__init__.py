"""Actual state → TOML: what ``import`` writes, so that the first plan on it is empty.

  keys.py     an address for each project, from its mark or its name
  tables.py   a payer or a project → its table; a comment for what could not be read or cannot be written
  toml.py     text as TOML, in the canonical layout
  files.py    which table goes into which file

Must not know how it was read, or where the files go.
"""

from reconciler.config.from_actual.files import Imported, Target, imported

__all__ = ["Imported", "Target", "imported"]
