"""The pictures in docs/, of the page and of the residency report: ``make picture``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from judges import calls
from judges.chromium import Tab, chromium
from judges.reports import large, of_biobanks
from support.sandbox import served

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


def main() -> None:
    if shutil.which("pngquant") is None:
        sys.exit("no pngquant is installed. On Debian: apt-get install pngquant")
    with chromium() as tab, tempfile.TemporaryDirectory() as folder:
        page(tab)
        reports(tab, Path(folder))


def page(tab: Tab) -> None:
    """Light, 1280 px wide, down to the last call."""
    with served(HERE / "world.toml") as server:
        calls.make(server)
        tab.size(1280)
        tab.prefer("light")
        tab.open(f"http://127.0.0.1:{server.port}/")
        below = tab.ask("document.querySelector('section:has(#laws)').getBoundingClientRect().top")
        save("sandbox-page", tab.picture(bottom=below))


def reports(tab: Tab, folder: Path) -> None:
    """That of configs/biobanks in light, dark and on a phone; the table of 10 000 projects, filtered."""
    report = of_biobanks(folder / "biobanks").as_uri()
    for name, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 390)):
        tab.size(width)
        tab.prefer(scheme)
        tab.open(report)
        save(f"report-{name}", tab.picture(bottom=2450))
    tab.size(1280)
    tab.open(large(folder / "large", 10_000).as_uri())
    tab.ask("document.getElementById('estate-filter').focus()")
    tab.write("cohort 07")
    top = tab.ask("document.getElementById('projects').getBoundingClientRect().top + scrollY")
    save("report-10000", tab.picture(top - 20, top + 800))


def save(name: str, picture: bytes) -> None:
    (DOCS / f"{name}.png").write_bytes(smaller(picture))


def smaller(picture: bytes) -> bytes:
    """In 64 colours, which is what the page has."""
    command = ["pngquant", "64", "--nofs", "--strip", "-"]
    return subprocess.run(command, input=picture, capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
