"""The command, with no limit to the calls of a second: what it costs by itself shows only then.

python tests/bench/unpaced.py apply …
"""

from __future__ import annotations

import sys

from reconciler_dnanexus import traffic

from reconciler.cli.entry import run

if __name__ == "__main__":
    traffic.CALLS_PER_SECOND = 1e9
    sys.exit(run(sys.argv[1:]))
