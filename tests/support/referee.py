"""A second opinion on the platform: judges every answer by what was true before and after the call.

Written from the platform's documentation alone, with no code of the laws that it judges. Each region
law has a method named after it, which counts the calls where the law made a difference, so that a
law that was never put to the test is noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler_sandbox.laws.errors import STATUS
from reconciler_sandbox.laws.records import (
    App,
    Container,
    Copy,
    DataObject,
    Job,
    Org,
    Project,
    Region,
    Series,
    User,
)
from reconciler_sandbox.state import State

LAWS = tuple(f"L{number}" for number in range(1, 25))
_LEVELS = ("NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")
_PUBLIC_USER = {"id", "class", "first", "middle", "last", "handle"}
_REGION_FIELDS = {"permittedRegions", "defaultRegion"}


class Facts(NamedTuple):
    """What the platform holds at one moment."""

    regions: Mapping[str, Region]
    users: Mapping[str, User]
    orgs: Mapping[str, Org]
    projects: Mapping[str, Project]
    containers: Mapping[str, Container]
    objects: Mapping[str, DataObject]
    copies: Mapping[str, Copy]
    apps: Mapping[str, App]
    series: Mapping[str, Series]
    jobs: Mapping[str, Job]

    @classmethod
    def of(cls, state: State) -> Facts:
        return cls(
            state.regions,
            dict(state.users),
            dict(state.orgs),
            dict(state.projects),
            dict(state.containers),
            dict(state.objects),
            dict(state.copies),
            dict(state.apps),
            dict(state.series),
            dict(state.jobs),
        )

    def permitted(self, payer: str) -> Collection[str]:
        profile: User | Org = self.users[payer] if payer in self.users else self.orgs[payer]
        return profile.permitted_regions or ()

    def region_of(self, holder: str) -> str:
        return self.projects[holder].region if holder in self.projects else self.containers[holder].region

    def regions_of(self, object: str) -> set[str]:
        """Where a data object lies."""
        return {self.region_of(copy.holder) for copy in self.copies.values() if copy.object == object}


class Case(NamedTuple):
    """One call and its answer. ``user`` "" for the anonymous one; ``scope`` None: a full token;
    ``family`` and ``method`` as in the table of routes; ``entity`` the id that was meant."""

    before: Facts
    after: Facts
    user: str
    scope: Mapping[str, str] | None
    family: str
    entity: str
    method: str
    given: Mapping[str, Any]
    status: int
    body: Mapping[str, Any]
    law: str | None

    @property
    def done(self) -> bool:
        return self.status == 200

    def regions_given(self) -> list[object]:
        """Every region that the input names where only one region can be meant."""
        match (self.family, self.method):
            case ("project", "new") | ("system", "findProjects"):
                value = self.given.get("region", "aws:us-east-1")
                return list(value) if isinstance(value, list) else [value]
            case ("user-" | "org-", "update"):
                return [self.given[key] for key in ("defaultRegion",) if key in self.given]
            case ("app" | "globalworkflow", "new"):
                return list(self.given.get("regionalOptions") or ())
        return []


def level_of(facts: Facts, user: str, scope: Mapping[str, str] | None, project: Project) -> int:
    """Index into the levels: explicit, through an org (capped, but not an ADMIN's), public."""
    best = 0
    for entity, level in project.members.items():
        rank = _LEVELS.index(level)
        if entity == user:
            best = max(best, rank)
        elif entity == "PUBLIC":
            best = max(best, 1)
        elif entity in facts.orgs and user in facts.orgs[entity].members:
            member = facts.orgs[entity].members[user]
            cap = 4 if member.level == "ADMIN" else _LEVELS.index(member.project_access)
            best = max(best, min(rank, cap))
    if scope is not None:
        best = min(best, _LEVELS.index(scope.get(project.id, scope.get("*", "NONE"))))
    return best


def well_formed(region: object) -> bool:
    if not isinstance(region, str):
        return False
    cloud, colon, place = region.partition(":")
    return cloud in ("aws", "azure", "oci") and bool(colon and place) and region == region.lower()


def links(value: object) -> Iterator[str]:
    """Ids of the data objects that a JSON value links to."""
    if isinstance(value, dict):
        link = value.get("$dnanexus_link")
        if isinstance(link, str):
            yield link
        elif isinstance(link, dict) and isinstance(link.get("id"), str):
            yield link["id"]
        else:
            for inner in value.values():
                yield from links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner)


def bundled(applet: DataObject) -> Iterator[str]:
    spec = applet.spec.get("runSpec")
    yield from links(spec.get("bundledDepends", []) if isinstance(spec, dict) else [])


def _walk(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


class Referee:
    """``tried``: how often each law made a difference."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()

    def judge(self, case: Case) -> None:
        """Raises AssertionError: the platform did what it must not do."""
        assert case.status != 500, case
        if not case.done:
            assert STATUS[case.body["error"]["type"]] == case.status
            assert case.before == case.after, "a refused call has changed something"
        for law in LAWS:
            try:
                if getattr(self, law.lower())(case):
                    self.tried[law] += 1
            except AssertionError as error:
                raise AssertionError(f"{law} is broken: {error}\n{_told(case)}") from None
        self.shows_only_what_may_be_seen(case)

    def l1(self, case: Case) -> bool:
        malformed = [region for region in case.regions_given() if not well_formed(region)]
        assert not (malformed and case.done), malformed
        if malformed and len(case.regions_given()) == 1:
            assert case.law in (None, "L1"), f"{malformed[0]} is no region at all"
        return bool(malformed)

    def l2(self, case: Case) -> bool:
        if (case.family, case.method) == ("system", "findProjects"):
            return False
        unknown = [
            region
            for region in case.regions_given()
            if well_formed(region) and region not in case.before.regions
        ]
        assert not (unknown and case.done), unknown
        if len(case.regions_given()) == 1:
            assert not (unknown and case.law in ("L5", "L9", "L17")), "unknown, not just not permitted"
        return bool(unknown)

    def l3(self, case: Case) -> bool:
        for id, project in case.after.projects.items():
            old = case.before.projects.get(id)
            assert old is None or old.region == project.region, id
        return (case.family, case.method) == ("project-", "update") and case.done and "region" in case.given

    def l4(self, case: Case) -> bool:
        if (case.family, case.method) != ("project", "new") or "region" in case.given or not case.user:
            return False
        payer = case.given.get("billTo") or case.before.users[case.user].bill_to
        profile = case.before.users.get(payer) or case.before.orgs.get(payer)
        default = None if profile is None else profile.default_region
        if case.done:
            assert case.after.projects[case.body["id"]].region == default
        if case.law == "L4":
            assert default is None
        return case.done or case.law == "L4"

    def l5(self, case: Case) -> bool:
        fresh = [project for id, project in case.after.projects.items() if id not in case.before.projects]
        for project in fresh:
            assert project.region in case.before.permitted(project.bill_to), project
            assert not case.before.regions[project.region].retired
        if case.law == "L5":
            payer = case.given.get("billTo") or case.before.users[case.user].bill_to
            region = case.given.get("region") or case.before.orgs.get(payer, None)
            if isinstance(region, str):
                retired = case.before.regions[region].retired
                assert region not in case.before.permitted(payer) or retired
        return case.law == "L5"

    def l6(self, case: Case) -> bool:
        if case.method != "acceptTransfer":
            self._billed_where_permitted(case)
        return case.law == "L6"

    def l7(self, case: Case) -> bool:
        if case.method == "acceptTransfer":
            self._billed_where_permitted(case)
        return case.law == "L7"

    def _billed_where_permitted(self, case: Case) -> None:
        for id, project in case.after.projects.items():
            old = case.before.projects.get(id)
            if old is not None and old.bill_to != project.bill_to:
                assert project.region in case.before.permitted(project.bill_to), project
        if case.law in ("L6", "L7"):
            project = case.before.projects[case.entity]
            assert project.region not in case.before.permitted(case.given["billTo"])

    def l8(self, case: Case) -> bool:
        """An offer by somebody who may make it succeeds, whatever the regions."""
        project = case.before.projects.get(case.entity)
        invitee = case.given.get("invitee")
        if (case.family, case.method) != ("project-", "transfer") or project is None or case.scope:
            return False
        if invitee not in case.before.users or level_of(case.before, case.user, None, project) < 4:
            return False
        org = case.before.orgs.get(project.bill_to)
        member = None if org is None else org.members.get(case.user)
        may = project.bill_to == case.user or (member is not None and member.level == "ADMIN")
        assert case.done or not may, "an offer was refused"
        return may and project.region not in case.before.permitted(invitee)

    def l9(self, case: Case) -> bool:
        for profile in (*case.after.users.values(), *case.after.orgs.values()):
            old = case.before.users.get(profile.id) or case.before.orgs.get(profile.id)
            if old is not None and old.default_region != profile.default_region:
                assert profile.default_region in (profile.permitted_regions or ()), profile
        return case.law == "L9"

    def l10(self, case: Case) -> bool:
        for profile in (*case.after.users.values(), *case.after.orgs.values()):
            old = case.before.users.get(profile.id) or case.before.orgs.get(profile.id)
            assert old is None or old.permitted_regions == profile.permitted_regions, profile
        return case.method == "update" and case.done and "permittedRegions" in case.given

    def l11(self, case: Case) -> bool:
        for id, user in case.after.users.items():
            if user.default_region != case.before.users[id].default_region:
                assert (case.user, case.scope) == (id, None)
        for id, org in case.after.orgs.items():
            old = case.before.orgs.get(id)
            if old is not None and org.default_region != old.default_region:
                member = old.members.get(case.user)
                assert member is not None, f"{case.user} is a stranger to {id}"
                assert member.level == "ADMIN"
        return case.law == "L11"

    def l12(self, case: Case) -> bool:
        """Of another user, and of oneself with a narrower token, only the public fields show."""
        foreign = False
        for shown in _walk(case.body) if case.done else ():
            id = shown.get("id")
            if shown.get("class") == "user" and (id != case.user or case.scope is not None):
                assert set(shown) <= _PUBLIC_USER, set(shown)
                foreign = True
        if (case.family, case.method) == ("user-", "describe") and case.done:
            other = case.entity != case.user or case.scope is not None
            assert not other or set(case.body) <= _PUBLIC_USER
        return foreign

    def l13(self, case: Case) -> bool:
        for copy in case.after.copies.values():
            if copy.id not in case.before.copies:
                assert len(case.after.regions_of(copy.object)) == 1, copy
        if case.law == "L13":
            target = case.given["project"]
            assert case.before.region_of(case.entity) != case.before.region_of(target)
        return case.law == "L13"

    def l14(self, case: Case) -> bool:
        for id, job in case.after.jobs.items():
            if id in case.before.jobs or job.applet is None:
                continue
            region = case.after.projects[job.project].region
            needed = [*links(job.input)]
            applet = case.before.objects.get(job.applet)
            if applet is not None:
                needed += [applet.id, *bundled(applet)]
            for object in needed:
                if object in case.before.objects:
                    assert region in case.before.regions_of(object), object
            app = case.before.apps.get(job.executable)
            assert app is None or region in app.regions
        return case.law == "L14"

    def l15(self, case: Case) -> bool:
        fresh = [job for id, job in case.after.jobs.items() if id not in case.before.jobs]
        for job in fresh:
            assert job.region == case.after.projects[job.project].region
        shown = case.done and case.family in ("job-", "analysis-") and "region" in case.body
        if shown and case.body.get("project") in case.after.projects:
            assert case.body["region"] == case.after.projects[case.body["project"]].region
        return bool(fresh)

    def l16(self, case: Case) -> bool:
        fresh = [c for id, c in case.after.containers.items() if id not in case.before.containers]
        for container in fresh:
            if container.project is not None:
                assert container.region == case.after.projects[container.project].region
            for app in case.after.apps.values():
                for region, enabled in app.regions.items():
                    assert enabled.resources != container.id or container.region == region
        return bool(fresh)

    def l17(self, case: Case) -> bool:
        for app, regions in self._newly_enabled(case):
            assert regions <= set(case.before.permitted(app.bill_to)), app
        return case.law == "L17"

    def l18(self, case: Case) -> bool:
        for app, regions in self._newly_enabled(case):
            for region in regions:
                executable = app.regions[region].executable
                if executable in case.before.objects:
                    assert region in case.before.regions_of(executable), app
        return case.law == "L18"

    def _newly_enabled(self, case: Case) -> Iterator[tuple[App, set[str]]]:
        for id, app in case.after.apps.items():
            old = case.before.apps.get(id)
            same = {} if old is None or old.bill_to != app.bill_to else old.regions
            fresh = {region for region, enabled in app.regions.items() if same.get(region) != enabled}
            if fresh:
                yield app, fresh

    def l19(self, case: Case) -> bool:
        for id, applet in case.after.objects.items():
            if id.startswith("applet-") and id not in case.before.objects:
                (region,) = case.after.regions_of(id)
                for object in bundled(applet):
                    assert region in case.before.regions_of(object), applet
        return case.law == "L19"

    def l20(self, case: Case) -> bool:
        for id, applet in case.after.objects.items():
            if id.startswith("applet-") and id not in case.before.objects:
                (region,) = case.after.regions_of(id)
                spec = applet.spec.get("runSpec")
                self._of_its_cloud(spec.get("systemRequirements") if isinstance(spec, dict) else None, region)
        if case.method == "run" and case.done:
            region = case.after.projects[case.given["project"]].region
            self._of_its_cloud(case.given.get("systemRequirements"), region)
        return case.law == "L20"

    def _of_its_cloud(self, requirements: object, region: str) -> None:
        for entry in _walk(requirements):
            kind = entry.get("instanceType")
            if isinstance(kind, str):
                cloud = kind.partition(":")[0] if ":" in kind else "aws"
                assert cloud == region.partition(":")[0], kind

    def l21(self, case: Case) -> bool:
        """What is there stays: runs go on, apps stay enabled, whatever their payer has lost."""
        assert case.law != "L21"
        if case.method == "run":
            project = case.before.projects.get(case.given.get("project", ""))
            if project is None or project.region in case.before.permitted(project.bill_to):
                return False
            assert case.done or not self._plain_run_of_an_admin(case, project), "a run was stopped"
            return case.done
        if not case.done:
            return False
        if case.family in ("app-", "globalworkflow-") and "regionalOptions" in case.body:
            app = case.before.apps[case.body["id"]] if "id" in case.body else None
            if app is not None:
                assert set(case.body["regionalOptions"]) == set(app.regions)
                return not set(app.regions) <= set(case.before.permitted(app.bill_to))
        return False

    def _plain_run_of_an_admin(self, case: Case, project: Project) -> bool:
        """Of an applet in the project itself, which nothing but a loss of the region could stop."""
        applet = case.before.objects.get(case.entity)
        return (
            case.family == "applet-"
            and applet is not None
            and f"{case.entity}/{project.id}" in case.before.copies
            and case.given.keys() == {"project"}
            and not list(bundled(applet))
            and case.scope is None
            and level_of(case.before, case.user, None, project) == 4
        )

    def l22(self, case: Case) -> bool:
        """The payer's regions count: what the caller alone may use does not help, nor harm."""
        fresh = [project for id, project in case.after.projects.items() if id not in case.before.projects]
        for project in fresh:
            assert project.region in case.before.permitted(project.bill_to)
            if project.region not in case.before.permitted(case.user):
                return True
        if case.law == "L5" and isinstance(case.given.get("region"), str):
            return case.given["region"] in case.before.permitted(case.user)
        return False

    def l23(self, case: Case) -> bool:
        found = False
        for shown in _walk(case.body) if case.done else ():
            if "pricingModelsByRegion" in shown:
                id = shown.get("id", case.entity)
                assert set(shown["pricingModelsByRegion"]) <= set(case.before.permitted(id)), shown
                found = True
        return found

    def l24(self, case: Case) -> bool:
        """Region fields show of oneself and of one's own organisations only."""
        found = False
        for shown in _walk(case.body) if case.done else ():
            id = shown.get("id", case.entity)
            stranger = id in case.before.orgs and case.user not in case.before.orgs[id].members
            stranger = stranger or (id in case.before.users and id != case.user)
            if stranger and case.method != "new":
                assert not _REGION_FIELDS & set(shown), shown
                found = found or "handle" in shown
        return found

    def shows_only_what_may_be_seen(self, case: Case) -> None:
        if not case.done:
            return
        for shown in _walk(case.body):
            project = case.after.projects.get(str(shown.get("id", case.entity)))
            if project is not None and shown.get("pendingTransfer") is not None:
                admin = level_of(case.before, case.user, case.scope, project) == 4
                assert admin or project.pending_transfer == case.user, shown
        if (case.family, case.method) in (("system", "findProjects"), ("system", "findDataObjects")):
            for result in case.body["results"]:
                id = result.get("project", result["id"])
                if id in case.before.projects:
                    assert level_of(case.before, case.user, case.scope, case.before.projects[id]) > 0
        if (case.family, case.method) == ("org-", "findProjects"):
            assert case.before.orgs[case.entity].members[case.user].level == "ADMIN"
        if "email" in case.body and case.family == "user-":
            assert case.entity == case.user


def _told(case: Case) -> str:
    path = f"/{case.entity or case.family}/{case.method}"
    return f"{case.user or 'anonymous'} {path} {dict(case.given)} -> {case.status} {dict(case.body)}"
