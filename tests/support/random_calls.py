"""Random calls of every route, drawn so that laws are met: near the edge, not far outside it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from reconciler_sandbox.laws.route import Name
from reconciler_sandbox.state import State

from support.sandbox import AZURE, EU, RETIRED, US, USERS

T = TypeVar("T")
Input = dict[str, Any]

REGIONS = (US, US, EU, EU, AZURE, AZURE, RETIRED, "aws:nowhere-1", "moon")
LEVELS = ("VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")
FOLDERS = ("/", "/a", "/a/b", "/c", "//a//")
NAMES = ("one", "two", "three")
TYPES = ("mem1_ssd1_x2", "mem1_ssd1_x2", "azure:mem1_ssd1_x2", "oci:mem1_ssd1_x2")
CALLERS = (*USERS, *USERS, *USERS, "PUBLIC", "narrow-token")
"""Tokens: a user's is the user's id; the anonymous one; one of user-alice that only views."""


class Pick:
    """Chooses near what is there. The same seed and state: the same choices."""

    def __init__(self, seed: str, state: State) -> None:
        self._random = random.Random(seed)
        self.state = state

    def one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def chance(self, of: int) -> bool:
        """Once in ``of`` times."""
        return self._random.randrange(of) == 0

    def some(self, options: Sequence[T], most: int = 2) -> list[T]:
        return [self.one(options) for _ in range(self._random.randint(1, most))]

    def known(self, klass: str) -> str:
        """The id of something that is there (or, seldom, is not)."""
        options = _KNOWN[klass](self.state)
        if not options or self.chance(25):
            return f"{klass}-{'0' * 24}" if klass not in ("user", "org") else f"{klass}-nobody"
        return self.one(options)

    def payer(self) -> str:
        return self.known(self.one(("user", "org")))

    def holder(self) -> str:
        return self.known("container") if self.chance(8) else self.known("project")

    def data(self) -> str:
        return self.known(self.one(("record", "file", "applet", "workflow")))

    def inside(self, holder: str) -> str:
        """An object that the holder holds, mostly."""
        inside = [copy.rpartition("/")[0] for _, copy in self.state.held_by(holder)]
        return self.one(inside) if inside and not self.chance(8) else self.data()

    def folder(self) -> str:
        return self.one(FOLDERS)

    def region(self) -> str:
        return self.one(REGIONS)

    def optional(self, **makers: Callable[[], object]) -> Input:
        """Each key in every third call or so."""
        return {key: make() for key, make in makers.items() if self.chance(3)}


def _objects(klass: str) -> Callable[[State], list[str]]:
    return lambda state: [id for id in state.objects if id.startswith(f"{klass}-")]


def _apps(klass: str) -> Callable[[State], list[str]]:
    def written(state: State) -> list[str]:
        own = [app for app in state.apps.values() if app.id.startswith(f"{klass}-")]
        return [*(app.id for app in own), *(f"{app.series}/{app.version}" for app in own[:3])]

    return written


_KNOWN: Mapping[str, Callable[[State], list[str]]] = {
    "user": lambda state: list(state.users),
    "org": lambda state: list(state.orgs),
    "project": lambda state: list(state.projects),
    "container": lambda state: list(state.containers),
    "record": _objects("record"),
    "file": _objects("file"),
    "applet": _objects("applet"),
    "workflow": _objects("workflow"),
    "app": _apps("app"),
    "globalworkflow": _apps("globalworkflow"),
    "job": lambda state: [id for id in state.jobs if id.startswith("job-")],
    "analysis": lambda state: [id for id in state.jobs if id.startswith("analysis-")],
}


class Chosen(NamedTuple):
    token: str
    path: str
    entity: str
    given: Input


def call_of(pick: Pick, name: Name) -> Chosen:
    """A call of the route."""
    family, method = name
    entity = pick.known(family.removesuffix("-")) if family.endswith("-") else ""
    offered = [id for id, project in pick.state.projects.items() if project.pending_transfer is not None]
    if method == "acceptTransfer" and offered and not pick.chance(6):
        entity = pick.one(offered)
    given = BUILDERS[general(name)](pick, entity)
    return Chosen(_caller(pick, entity, given), f"/{entity or family}/{method}", entity, given)


def _caller(pick: Pick, entity: str, given: Input) -> str:
    """Mostly somebody who has a say, or strangers would be refused before any law is looked at."""
    project = pick.state.projects.get(entity) or pick.state.projects.get(str(given.get("project")))
    admins = [] if project is None else [who for who in project.members if who in USERS]
    if project is not None and project.pending_transfer is not None:
        admins += [project.pending_transfer] * 2
    admins += [who for who in (entity, given.get("billTo")) if who in USERS]
    if admins and not pick.chance(3):
        return pick.one(admins)
    return pick.one(CALLERS)


def general(name: Name) -> Name:
    """Builders are shared by the classes of data objects, by projects and containers, by apps."""
    family, method = name
    shared = {
        "file-": "data-",
        "record-": "data-",
        "applet-": "data-",
        "workflow-": "data-",
        "container-": "project-",
        "globalworkflow-": "app-",
        "analysis-": "job-",
    }
    general = (shared.get(family, family), method)
    return name if name in BUILDERS or general not in BUILDERS else general


def nothing(_pick: Pick, _entity: str) -> Input:
    return {}


def describe(pick: Pick, _entity: str) -> Input:
    fields = ("name", "region", "permittedRegions", "defaultRegion", "pendingTransfer", "nonsense")
    return pick.optional(fields=lambda: dict.fromkeys(pick.some(fields), True), defaultFields=lambda: True)


def found(pick: Pick, _entity: str) -> Input:
    return pick.optional(describe=lambda: True, limit=lambda: 2, name=lambda: pick.one(NAMES))


def _project_new(pick: Pick, _entity: str) -> Input:
    given: Input = {"name": pick.one(NAMES)}
    given |= pick.optional(nonce=lambda: "n1")
    return given | _often(pick, region=pick.region, billTo=lambda: pick.one((pick.payer(), "org-lab")))


def _often(pick: Pick, **makers: Callable[[], object]) -> Input:
    return {key: make() for key, make in makers.items() if not pick.chance(4)}


def _project_update(pick: Pick, _entity: str) -> Input:
    given = pick.optional(region=pick.region, name=lambda: pick.one(NAMES), protected=lambda: pick.chance(2))
    return given | _often(pick, billTo=pick.payer)


def _profile_update(pick: Pick, _entity: str) -> Input:
    return pick.optional(
        defaultRegion=pick.region, permittedRegions=lambda: [EU, AZURE], name=lambda: pick.one(NAMES)
    ) | pick.optional(billTo=lambda: pick.known("org"))


def _accept(pick: Pick, entity: str) -> Input:
    """Mostly with the recipient's own purse."""
    project = pick.state.projects.get(entity)
    recipient = None if project is None else project.pending_transfer
    return {"billTo": pick.payer() if recipient is None or pick.chance(3) else recipient}


def _find_projects(pick: Pick, _entity: str) -> Input:
    return found(pick, "") | pick.optional(
        level=lambda: "VIEW", region=pick.region, billTo=pick.payer, explicitPermission=lambda: True
    )


def _find_data(pick: Pick, _entity: str) -> Input:
    return found(pick, "") | pick.optional(
        region=lambda: pick.one((US, EU, AZURE)),
        scope=lambda: {"project": pick.holder(), "folder": pick.folder()},
        visibility=lambda: "either",
        state=lambda: "closed",
    )


def _objects_asked(pick: Pick, _entity: str) -> Input:
    asked = [{"id": pick.data(), "describe": True} for _ in range(2)]
    return {"objects": asked}


def _resolve(pick: Pick, _entity: str) -> Input:
    return {"objects": [{"name": pick.one(NAMES)}], "project": pick.known("project")}


def _invite(pick: Pick, _entity: str) -> Input:
    return {"invitee": pick.one((pick.payer(), "PUBLIC")), "level": pick.one(LEVELS)}


def _decrease(pick: Pick, _entity: str) -> Input:
    return {pick.payer(): pick.one((None, *LEVELS))}


def _contents(pick: Pick, entity: str) -> Input:
    """Objects and folders in a project."""
    given = pick.optional(folders=lambda: pick.some(FOLDERS))
    return given | {"objects": [pick.inside(entity) for _ in range(1 if pick.chance(2) else 2)]}


def _clone(pick: Pick, entity: str) -> Input:
    given = _contents(pick, entity) | {"project": pick.holder()}
    return given | pick.optional(destination=pick.folder, parents=lambda: True)


def _new_object(pick: Pick, _entity: str) -> Input:
    given: Input = {"project": pick.holder() if pick.chance(6) else pick.known("project")}
    return given | pick.optional(
        name=lambda: pick.one(NAMES),
        folder=pick.folder,
        parents=lambda: True,
        close=lambda: True,
        nonce=lambda: pick.one(("n1", "n2")),
        details=lambda: {"link": {"$dnanexus_link": pick.data()}},
        hidden=lambda: pick.chance(2),
    )


def _new_applet(pick: Pick, entity: str) -> Input:
    spec: Input = {"interpreter": "bash", "code": "true"}
    spec |= pick.optional(
        bundledDepends=lambda: [{"name": "x", "id": {"$dnanexus_link": pick.data()}}],
        systemRequirements=lambda: {"*": {"instanceType": pick.one(TYPES)}},
    )
    given = {key: value for key, value in _new_object(pick, entity).items() if key != "close"}
    return given | {"runSpec": spec, "dxapi": "1.0.0"}


def _new_workflow(pick: Pick, entity: str) -> Input:
    given = {key: value for key, value in _new_object(pick, entity).items() if key != "close"}
    return given | pick.optional(stages=lambda: [{"executable": pick.known("applet")}])


def _regional(pick: Pick, kind: str) -> Input:
    """Mostly each applet where it lies."""
    options: Input = {}
    for executable in pick.some(_KNOWN[kind](pick.state) or [f"{kind}-{'0' * 24}"]):
        holders = list(pick.state.holders_of(executable))
        held = pick.one(holders) if holders else ""
        lies = pick.state.projects[held].region if held in pick.state.projects else US
        options[pick.one((US, AZURE, pick.region())) if pick.chance(3) else lies] = {kind: executable}
    return options


def _new_app(kind: str) -> Callable[[Pick, str], Input]:
    def build(pick: Pick, _entity: str) -> Input:
        given: Input = {"name": pick.one(("tool", "other")), "version": pick.one(("1.0.0", "2.0.0", "3.0.0"))}
        given |= {"regionalOptions": _regional(pick, kind), "dxapi": "1.0.0"}
        return given | pick.optional(billTo=pick.payer, nonce=lambda: "n1")

    return build


def _app_update(pick: Pick, entity: str) -> Input:
    kind = "workflow" if entity.startswith("globalworkflow") else "applet"
    return pick.optional(regionalOptions=lambda: _regional(pick, kind), title=lambda: "t", billTo=pick.payer)


def _run(pick: Pick, entity: str) -> Input:
    """Half of them plain: a project, and nothing else that could be wrong."""
    lying = [held for held in pick.state.holders_of(entity) if held in pick.state.projects]
    given: Input = {"project": pick.one(lying) if lying and not pick.chance(3) else pick.known("project")}
    if pick.chance(2):
        return given
    return given | pick.optional(
        input=lambda: {"x": {"$dnanexus_link": pick.inside(given["project"])}},
        systemRequirements=lambda: {"*": {"instanceType": pick.one(TYPES)}},
        nonce=lambda: "n1",
        folder=pick.folder,
    )


def _project_and(**more: Callable[[Pick], object]) -> Callable[[Pick, str], Input]:
    """The container that holds the object, and more."""

    def build(pick: Pick, entity: str) -> Input:
        holders = list(pick.state.holders_of(entity))
        holder = pick.one(holders) if holders and not pick.chance(6) else pick.holder()
        return {"project": holder} | {key: make(pick) for key, make in more.items()}

    return build


def _with(**makers: Callable[[Pick], object]) -> Callable[[Pick, str], Input]:
    return lambda pick, _entity: {key: make(pick) for key, make in makers.items()}


def _stage(**more: Callable[[Pick], object]) -> Callable[[Pick, str], Input]:
    """An edit of a stage, at the version that the workflow is at."""

    def build(pick: Pick, entity: str) -> Input:
        found = pick.state.objects.get(entity)
        version = 0 if found is None else found.spec.get("editVersion", 0)
        return {"editVersion": version, "stage": "stage-1"} | {key: make(pick) for key, make in more.items()}

    return build


def _upload(pick: Pick, _entity: str) -> Input:
    data = pick.one(BYTES)
    return {"index": 1, "size": len(data), "md5": hashlib.md5(data).hexdigest()}


BYTES = (b"", b"ACGT", b"ACGTACGT")

_tags = _with(tags=lambda pick: pick.some(NAMES))
_properties = _with(properties=lambda pick: {pick.one(("a", "b")): pick.one((None, "x", "y"))})
_people = ("user-alice", "user-bob", "user-carol", "org-lab", "PUBLIC", "user-nobody")

BUILDERS: Mapping[Name, Callable[[Pick, str], Input]] = {
    ("system", "whoami"): nothing,
    ("system", "greet"): nothing,
    ("system", "headers"): nothing,
    ("system", "findProjects"): _find_projects,
    ("system", "findOrgs"): lambda pick, _: found(pick, "") | {"level": "MEMBER"},
    ("system", "findApps"): found,
    ("system", "findGlobalWorkflows"): found,
    ("system", "findDataObjects"): _find_data,
    ("system", "findExecutions"): found,
    ("system", "findJobs"): found,
    ("system", "findAnalyses"): found,
    ("system", "describeDataObjects"): _objects_asked,
    ("system", "resolveDataObjects"): _resolve,
    ("system", "describeProjects"): lambda pick, _: {"projects": [pick.known("project")]},
    ("system", "describeExecutions"): lambda pick, _: {"objects": [pick.known("job")]},
    ("user-", "describe"): describe,
    ("user-", "update"): _profile_update,
    ("org", "new"): lambda pick, _: (
        {"handle": pick.one(("new1", "new2", "lab")), "name": "New"} | pick.optional(nonce=lambda: "n1")
    ),
    ("org-", "describe"): describe,
    ("org-", "update"): _profile_update,
    ("org-", "findMembers"): found,
    ("org-", "findProjects"): found,
    ("org-", "findApps"): found,
    ("org-", "invite"): lambda pick, _: (
        {"invitee": pick.known("user")}
        | pick.optional(level=lambda: "ADMIN", allowBillableActivities=lambda: True)
    ),
    ("org-", "setMemberAccess"): lambda pick, _: {
        pick.known("user"): {"level": pick.one(("ADMIN", "MEMBER"))}
    },
    ("org-", "removeMember"): _with(user=lambda pick: pick.known("user")),
    ("project", "new"): _project_new,
    ("project-", "describe"): describe,
    ("project-", "update"): _project_update,
    ("project-", "destroy"): lambda pick, _: pick.optional(terminateJobs=lambda: True),
    ("project-", "setProperties"): _properties,
    ("project-", "addTags"): _tags,
    ("project-", "removeTags"): _tags,
    ("project-", "invite"): _invite,
    ("project-", "decreasePermissions"): _decrease,
    ("project-", "leave"): nothing,
    ("project-", "join"): _with(level=lambda pick: pick.one(LEVELS)),
    ("project-", "transfer"): lambda pick, _: {
        "invitee": pick.one((*USERS, *USERS, None, "org-lab", "user-nobody"))
    },
    ("project-", "cancelTransfer"): nothing,
    ("project-", "acceptTransfer"): _accept,
    ("project-", "clone"): _clone,
    ("project-", "listFolder"): lambda pick, _: (
        {"folder": pick.folder()}
        | pick.optional(describe=lambda: {"fields": {"name": True}}, includeHidden=lambda: True)
    ),
    ("project-", "newFolder"): lambda pick, _: (
        {"folder": pick.folder()} | pick.optional(parents=lambda: True)
    ),
    ("project-", "renameFolder"): _with(folder=Pick.folder, newpath=Pick.folder),
    ("project-", "removeFolder"): lambda pick, _: (
        {"folder": pick.folder()}
        | pick.optional(recurse=lambda: True, force=lambda: True, partial=lambda: True)
    ),
    ("project-", "move"): lambda pick, entity: _contents(pick, entity) | {"destination": pick.folder()},
    ("project-", "removeObjects"): lambda pick, entity: {"objects": [pick.inside(entity)]},
    ("record", "new"): _new_object,
    ("file", "new"): lambda pick, entity: {
        key: value for key, value in _new_object(pick, entity).items() if key != "close"
    },
    ("applet", "new"): _new_applet,
    ("workflow", "new"): _new_workflow,
    ("data-", "describe"): lambda pick, entity: (
        _project_and()(pick, entity) if pick.chance(2) else describe(pick, entity)
    ),
    ("data-", "close"): nothing,
    ("data-", "get"): nothing,
    ("data-", "rename"): _project_and(name=lambda pick: pick.one(NAMES)),
    ("data-", "setProperties"): _project_and(properties=lambda _: {"a": "x"}),
    ("data-", "addTags"): _project_and(tags=lambda pick: pick.some(NAMES)),
    ("data-", "removeTags"): _project_and(tags=lambda pick: pick.some(NAMES)),
    ("data-", "addTypes"): _with(types=lambda pick: pick.some(NAMES)),
    ("data-", "removeTypes"): _with(types=lambda pick: pick.some(NAMES)),
    ("data-", "setDetails"): _with(x=lambda pick: {"$dnanexus_link": pick.data()}),
    ("data-", "getDetails"): nothing,
    ("data-", "setVisibility"): _with(hidden=lambda pick: pick.chance(2)),
    ("data-", "listProjects"): nothing,
    ("data-", "run"): _run,
    ("data-", "addStage"): _with(executable=lambda pick: pick.known("applet"), editVersion=lambda _: 0),
    ("workflow-", "removeStage"): _stage(),
    ("workflow-", "moveStage"): _stage(newIndex=lambda _: 0),
    ("workflow-", "updateStageExecutable"): _stage(executable=lambda pick: pick.known("applet")),
    ("data-", "update"): _with(editVersion=lambda _: 0, title=lambda _: "t"),
    ("data-", "overwrite"): _with(editVersion=lambda _: 0, **{"from": lambda pick: pick.known("workflow")}),
    ("file-", "upload"): _upload,
    ("file-", "download"): nothing,
    ("app", "new"): _new_app("applet"),
    ("globalworkflow", "new"): _new_app("workflow"),
    ("app-", "describe"): describe,
    ("app-", "get"): nothing,
    ("app-", "update"): _app_update,
    ("app-", "publish"): nothing,
    ("app-", "delete"): nothing,
    ("app-", "install"): nothing,
    ("app-", "uninstall"): nothing,
    ("app-", "run"): _run,
    ("app-", "addTags"): _tags,
    ("app-", "removeTags"): _tags,
    ("app-", "addCategories"): _with(categories=lambda pick: pick.some(NAMES)),
    ("app-", "removeCategories"): _with(categories=lambda pick: pick.some(NAMES)),
    ("app-", "listCategories"): nothing,
    ("app-", "addDevelopers"): _with(developers=lambda pick: pick.some(_people)),
    ("app-", "removeDevelopers"): _with(developers=lambda pick: pick.some(_people)),
    ("app-", "listDevelopers"): nothing,
    ("app-", "addAuthorizedUsers"): _with(authorizedUsers=lambda pick: pick.some(_people)),
    ("app-", "removeAuthorizedUsers"): _with(authorizedUsers=lambda pick: pick.some(_people)),
    ("app-", "listAuthorizedUsers"): nothing,
    ("job-", "describe"): describe,
    ("job-", "terminate"): nothing,
}
