"""Small worlds made by hand, and questions put to them through the real client without a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from reconciler_sandbox.laws.records import App, Copy, DataObject, Enabled, Org, Project, Record, Series, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.model import World, in_order

from reconciler.model.answer import Answer
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.planner.questions import Question, ask
from support.inprocess import PEOPLE, REGIONS, client, platform_of, world
from support.worlds import OPTIONS, desired, pid

US, EU = REGIONS[:2]
ALICE, BOB = PEOPLE[:2]


def oid(klass: str, number: int) -> str:
    return f"{klass}-{number:024d}"


def place(
    number: int, region: str = US, payer: str = ALICE, *, mark: str | None = None, **more: object
) -> Project:
    """A project that user-alice administers unless ``members`` says otherwise."""
    members = more.pop("members", {ALICE: "ADMINISTER"})
    properties = {} if mark is None else {"reconciler": mark}
    return Project(
        pid(number),
        f"p{number}",
        region,
        payer,
        ALICE,
        number,
        number,
        members,
        properties,
        **more,  # type: ignore[arg-type] # test sugar
    )


def thing(id: str, *holders: int | str, **fields: object) -> list[Record]:
    """A closed object, held by the projects of these numbers, or by what has these ids."""
    record = DataObject(id, ALICE, 1, 1, **{"state": "closed", **fields})  # type: ignore[arg-type] # test sugar
    ids = [pid(one) if isinstance(one, int) else one for one in holders]
    return [record, *(Copy(id, one, id) for one in ids)]


def tool(
    number: int,
    applets: Mapping[str, str],
    *,
    payer: str = BOB,
    developer: str = BOB,
    users: tuple[str, ...] = ("PUBLIC",),
    published: int | None = 1,
    default: int | None = None,
) -> list[Record]:
    """A version of app-tool, enabled with these applets by region."""
    id = oid("app", number)
    enabled = {region: Enabled(applet) for region, applet in applets.items()}
    series = Series(
        "app-tool", developer, (developer,), users, aliases={"default": oid("app", default or number)}
    )
    return [App(id, "tool", f"{number}.0.0", payer, developer, number, 1, enabled, published), series]


def platform(
    projects: Sequence[Project],
    records: Sequence[Record] = (),
    *,
    orgs: Mapping[str, Org] | None = None,
    users: Mapping[str, tuple[str, ...]] | None = None,
) -> World:
    """People may use US and EU, unless ``users`` gives one other permitted regions."""
    people = {
        name: User(name, name, permitted_regions=(users or {}).get(name, (US, EU)), default_region=US)
        for name in PEOPLE
    }
    made = world(people, orgs or {}, tuple(projects), Switches(rate_limit=0))
    unique = {(type(one), one.id): one for one in records}
    return replace(made, records=in_order(unique.values()))


def asked(
    question: Question,
    at: World,
    *identities: str,
    workspace: Workspace | None = None,
    before: Baseline | None = None,
) -> Answer:
    """The answer to whom these identities belong; to user-alice without any."""
    reader = client(platform_of(at), identities or (ALICE,))
    return ask(question, workspace or desired({}), reader, before or Baseline(), OPTIONS)
