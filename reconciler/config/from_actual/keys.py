"""An address for each project: of its own mark where it bears ours, else made from its name.

The oldest comes first, so that a project that is made later takes no address from another. Linear in
the projects, however many have the same name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from reconciler.config.checks.projects import KEY
from reconciler.model.actual import Project

_MOST = 64
_OTHER = re.compile(r"[^a-z0-9_]+")


def keys(projects: Iterable[Project], prefix: str, taken: Collection[str]) -> dict[str, str]:
    """Id → key. ``prefix``: what our marks on projects begin with, ``<workspace>/projects.``; ``taken``: keys
    that are in use."""
    oldest_first = sorted(projects, key=lambda project: (project.created, project.id))
    used, found = set(taken), dict[str, str]()
    for project in oldest_first:
        key = marked(project, prefix)
        if key is not None and key not in used:
            used.add(key)
            found[project.id] = key
    last: dict[str, int] = {}
    for project in oldest_first:
        if project.id not in found:
            found[project.id] = key = _free(_slug(project), used, last)
            used.add(key)
    return found


def marked(project: Project, prefix: str) -> str | None:
    """The key that the project's mark names, where it is one of ours."""
    if not isinstance(project.mark, str) or not project.mark.startswith(prefix):
        return None
    key = project.mark.removeprefix(prefix)
    return key if KEY.fullmatch(key) else None


def _slug(project: Project) -> str:
    """Letters and digits of the name, without accents; the id where there are none."""
    name = project.name if isinstance(project.name, str) else ""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:_MOST].strip("-") or project.id


def _free(slug: str, used: Collection[str], last: dict[str, int]) -> str:
    """``slug``, or with the next number behind it that nobody has. ``last``: slug → its last number."""
    key, number = slug, last.get(slug, 1)
    while key in used:
        number += 1
        end = f"-{number}"
        key = slug[: _MOST - len(end)] + end
    last[slug] = number
    return key
