"""The routes that this client uses: there are no others, and none of them removes anything.

Ids come from files that people edit, so they are checked before they become part of a path.
"""

from __future__ import annotations

import re

from reconciler.provider import ProviderError
from reconciler_dnanexus.failures import printable

WHOAMI = "/system/whoami"
FIND_PROJECTS = "/system/findProjects"
FIND_DATA_OBJECTS = "/system/findDataObjects"
NEW_PROJECT = "/project/new"

_PROFILE = re.compile(r"(user|org)-[A-Za-z0-9_.-]+", re.ASCII)
_PROJECT = re.compile(r"project-[0-9A-Za-z]{24}", re.ASCII)
_DATA = re.compile(r"(container|record|file|applet|workflow|database)-[0-9A-Za-z]{24}", re.ASCII)
_APP = re.compile(r"(app|globalworkflow)-[0-9A-Za-z._-]+(/[0-9A-Za-z._+-]+)?", re.ASCII)


def is_project_id(text: str) -> bool:
    return _PROJECT.fullmatch(text) is not None


def describe(entity: str) -> str:
    return _of(entity, "describe")


def describe_data(datum: str) -> str:
    """Of a project or container, a data object, an app by its id or by name and version."""
    if not any(form.fullmatch(datum) for form in (_PROJECT, _DATA, _APP)):
        raise ProviderError(f'"{printable(datum)}" is no id of a project, of data or of an app')
    return f"/{datum}/describe"


def list_projects(data_object: str) -> str:
    if not _DATA.fullmatch(data_object):
        raise ProviderError(f'"{printable(data_object)}" is no id of a data object')
    return f"/{data_object}/listProjects"


def update(entity: str) -> str:
    return _of(entity, "update")


def org_projects(org: str) -> str:
    return _of(org, "findProjects")


def org_members(org: str) -> str:
    return _of(org, "findMembers")


def set_properties(project: str) -> str:
    return _of(project, "setProperties")


def transfer(project: str) -> str:
    return _of(project, "transfer")


def accept_transfer(project: str) -> str:
    return _of(project, "acceptTransfer")


def _of(entity: str, method: str) -> str:
    if not (_PROFILE.fullmatch(entity) or _PROJECT.fullmatch(entity)):
        raise ProviderError(f'"{printable(entity)}" is no id of a user, an org or a project')
    return f"/{entity}/{method}"
