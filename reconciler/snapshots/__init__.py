"""Actual state in a file, so that a plan can be made of it later with no login and no network.

  recording.py   what a planner read, and what it asked for
  document.py    that as JSON records, and back
  files.py       written whole, for its owner alone; read with suspicion
  replay.py      a ``Reader`` that answers from it: what it does not hold is unreadable

Must not know how anything is read, planned or shown.
"""

from reconciler.snapshots.document import Document, document_of
from reconciler.snapshots.files import of_another, read, write
from reconciler.snapshots.recording import Recording
from reconciler.snapshots.replay import Replay, lacking

__all__ = ["Document", "Recording", "Replay", "document_of", "lacking", "of_another", "read", "write"]
