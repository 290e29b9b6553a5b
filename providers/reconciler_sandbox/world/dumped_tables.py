"""Records as the tables of a world file, one function a kind: what reading them gives is the record.

A value that reading fills in by itself is left out (None). Each must say every field of its record.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler_sandbox.laws import nonces
from reconciler_sandbox.laws.records import (
    App,
    Container,
    Copy,
    DataObject,
    Enabled,
    Job,
    Member,
    Nonce,
    Org,
    Part,
    Project,
    Series,
    User,
)
from reconciler_sandbox.laws.switches import Switches

from .json_values import written
from .model import Token
from .writer import Moment

Table = dict[str, object]


def token(one: Token) -> Table:
    return {
        "token": one.token,
        "user": one.user,
        "scope": None if one.scope is None else {"projects": one.scope},
        "expires": None if one.expires is None else Moment(one.expires),
        "revoked": one.revoked or None,
    }


def user(one: User) -> Table:
    return {
        "first": one.first or None,
        "middle": one.middle or None,
        "last": one.last or None,
        "email": one.email or None,
        "bill_to": None if one.bill_to == one.id else one.bill_to,
        "permitted_regions": one.permitted_regions,
        "default_region": one.default_region,
        "pricing": None if one.pricing is None else written(one.pricing),
        "billable": None if one.billable else False,
        "spending": None if one.spending == "ok" else one.spending,
        "installed": one.installed or None,
    }


_POLICIES = ("memberListVisibility", "restrictProjectTransfer")


def org(one: Org) -> Table:
    """Without its members."""
    others = {name: value for name, value in one.policies.items() if name not in _POLICIES}
    return {
        "name": one.name,
        "billable": None if one.billable else False,
        "expired": one.expired or None,
        "spending": None if one.spending == "ok" else one.spending,
        "permitted_regions": one.permitted_regions,
        "default_region": one.default_region,
        "pricing": None if one.pricing is None else written(one.pricing),
        "policies": {name: one.policies[name] for name in _POLICIES if name in one.policies},
        "other_policies": written(others) if others else None,
        "phi": one.phi or None,
    }


def member(one: Member) -> Table:
    return {
        "level": one.level,
        "allowBillableActivities": one.allow_billable_activities,
        "projectAccess": one.project_access,
        "appAccess": one.app_access,
    }


def project(one: Project) -> Table:
    return {
        "id": one.id,
        "name": one.name,
        "region": one.region,
        "bill_to": one.bill_to,
        "summary": one.summary or None,
        "description": one.description or None,
        "created_by": one.created_by,
        "created": Moment(one.created),
        "modified": _modified(one.modified, one.created),
        "version": None if one.version == 1 else one.version,
        "members": one.members or None,
        "properties": one.properties or None,
        "tags": one.tags or None,
        "flags": dict.fromkeys(one.flags, True) or None,
        "extras": None if one.extras is None else written(one.extras),
        "folders": one.folders or None,
        "pending_transfer": one.pending_transfer,
    }


def container(one: Container) -> Table:
    return {
        "id": one.id,
        "name": None if one.name == one.id else one.name,
        "kind": one.kind,
        "region": one.region,
        "bill_to": one.bill_to,
        "project": one.project,
        "app": one.app,
        "created": Moment(one.created),
        "modified": _modified(one.modified, one.created),
        "folders": one.folders or None,
    }


def copy(one: Copy) -> Table:
    return {
        "id": one.object,
        "name": None if one.name == one.object else one.name,
        "folder": None if one.folder == "/" else one.folder,
        "properties": one.properties or None,
        "tags": one.tags or None,
    }


def data_object(one: DataObject, text: str | None) -> Table:
    """Without its id, which each of its places has. ``text``: its bytes, where they are written here."""
    return {
        "created_by": one.created_by,
        "created": Moment(one.created),
        "modified": _modified(one.modified, one.created),
        "state": None if one.state == "closed" else one.state,
        "hidden": one.hidden or None,
        "types": one.types or None,
        "details": None if one.details == {} else written(one.details),
        "links": one.links or None,
        "media": one.media or None,
        "size": one.size if one.content is not None or one.size else None,
        "content": text,
        "sha256": one.content if text is None else None,
        "parts": {index: _part(part) for index, part in one.parts.items()} or None,
        "spec": written(one.spec) if one.spec else None,
    }


def _part(one: Part) -> Table:
    return {"size": one.size, "md5": one.md5, **({} if one.content is None else {"sha256": one.content})}


def app(one: App) -> Table:
    regions = {region: _enabled(enabled) for region, enabled in one.regions.items()}
    return {
        "id": one.id,
        "name": one.name,
        "version": one.version,
        "bill_to": one.bill_to,
        "created_by": one.created_by,
        "created": Moment(one.created),
        "modified": _modified(one.modified, one.created),
        "published": None if one.published is None else Moment(one.published),
        "regions": regions or None,
        "tags": one.tags or None,
        "spec": written(one.spec) if one.spec else None,
    }


def _enabled(one: Enabled) -> str | Mapping[str, object]:
    more: Table = {}
    if one.resources is not None:
        more["resources"] = one.resources
    if one.options:
        more["options"] = written(one.options)
    return {"executable": one.executable, **more} if more else one.executable


def series(one: Series) -> Table:
    return {
        "created_by": one.created_by,
        "developers": one.developers or None,
        "authorized": one.authorized or None,
        "categories": one.categories or None,
        "aliases": one.aliases or None,
    }


def job(one: Job) -> Table:
    return {
        "id": one.id,
        "name": one.name,
        "executable": one.executable,
        "applet": one.applet,
        "project": one.project,
        "workspace": one.workspace,
        "region": one.region,
        "bill_to": one.bill_to,
        "state": one.state,
        "launched_by": one.launched_by,
        "created": Moment(one.created),
        "modified": _modified(one.modified, one.created),
        "folder": None if one.folder == "/" else one.folder,
        "input": written(one.input) if one.input else None,
        "output": None if one.output is None else written(one.output),
        "tags": one.tags or None,
        "properties": one.properties or None,
        "extras": written(one.extras) if one.extras else None,
    }


def nonce(one: Nonce, switches: Switches) -> Table:
    unique_for = nonces.key(switches.nonce_scope, one.user, one.route, one.nonce)
    return {
        "id": None if one.id == unique_for else one.id,
        "user": one.user,
        "route": one.route,
        "nonce": one.nonce,
        "input_sha256": one.input_sha256,
        "answer": written(one.answer),
        "expires": Moment(one.expires),
    }


def _modified(modified: int, created: int) -> Moment | None:
    return None if modified == created else Moment(modified)
