"""The picture of the page in docs/: ``make picture``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from judges import calls
from judges.chromium import chromium
from support.sandbox import served

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "sandbox-page.png"


def main() -> None:
    """Light, 1280 px wide, down to the last call."""
    if shutil.which("pngquant") is None:
        sys.exit("no pngquant is installed. On Debian: apt-get install pngquant")
    with served(HERE / "world.toml") as server:
        calls.make(server)
        with chromium() as tab:
            tab.size(1280)
            tab.prefer("light")
            tab.open(f"http://127.0.0.1:{server.port}/")
            below = tab.ask("document.querySelector('section:has(#laws)').getBoundingClientRect().top")
            picture = tab.picture(bottom=below)
    PICTURE.write_bytes(smaller(picture))


def smaller(picture: bytes) -> bytes:
    """In 64 colours, which is what the page has."""
    command = ["pngquant", "64", "--nofs", "--strip", "-"]
    return subprocess.run(command, input=picture, capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
