"""Random whole worlds of the embedded platform, every field of every record drawn: see ``worlds``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from hypothesis import strategies as st
from reconciler_sandbox.faults.record import Fault, RivalCall
from reconciler_sandbox.laws.records import (
    DATA_CLASSES,
    FLAGS,
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Enabled,
    Job,
    Member,
    Nonce,
    Org,
    Part,
    Project,
    Record,
    Region,
    Series,
    User,
)
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.model import LATEST, Clock, Token, World

REGIONS = ("aws:us-east-1", "azure:westus")
USERS = ("user-a", "user-b.c")
ORGS = ("org-x", "org-Y_2")
PAYERS = (*USERS, *ORGS)
LEVELS = ("VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")

texts = st.text(max_size=8)
names = st.text(min_size=1, max_size=8)
paths = texts.map("/{}".format)
users = st.sampled_from(USERS)
payers = st.sampled_from(PAYERS)
regions = st.sampled_from(REGIONS)
times = st.integers(0, LATEST)
tags = st.lists(texts, max_size=2).map(tuple)
properties = st.dictionaries(texts, texts, max_size=2)
some_regions = st.none() | st.lists(regions, unique=True, max_size=2).map(tuple)
jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
hashes = st.dictionaries(texts, jsons, max_size=3)
hexes = st.text("0123456789abcdef", min_size=64, max_size=64)
folder_sets = st.sampled_from(((), ("/a",), ("/a", "/a/ü\n'\"")))


R = TypeVar("R", bound=msgspec.Struct)


def every(kind: type[R], /, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[R]:
    """A record of which every field is drawn: a new field cannot be forgotten here."""
    assert sorted(fields) == sorted(kind.__struct_fields__), f"{kind.__name__}: {sorted(fields)}"
    return st.builds(kind, **fields)


def ids(klass: str, most: int) -> st.SearchStrategy[list[str]]:
    numbers = st.lists(st.integers(0, 9), unique=True, max_size=most)
    return numbers.map(lambda found: [f"{klass}-{number:024}" for number in found])


def a_user(id: str) -> st.SearchStrategy[User]:
    return every(
        User,
        id=st.just(id),
        bill_to=payers,
        first=texts,
        middle=texts,
        last=texts,
        email=texts,
        permitted_regions=some_regions,
        default_region=st.none() | regions,
        pricing=st.none() | hashes,
        billable=st.booleans(),
        spending=st.sampled_from(("ok", "exceeded")),
        installed=tags,
    )


def an_org(id: str) -> st.SearchStrategy[Org]:
    member = every(
        Member,
        level=st.sampled_from(("ADMIN", "MEMBER")),
        allow_billable_activities=st.booleans(),
        project_access=st.sampled_from(("NONE", *LEVELS)),
        app_access=st.booleans(),
    )
    known = st.fixed_dictionaries(
        {
            "memberListVisibility": st.sampled_from(("ADMIN", "MEMBER", "PUBLIC")),
            "restrictProjectTransfer": st.sampled_from(("ADMIN", "MEMBER")),
        }
    )
    return every(
        Org,
        id=st.just(id),
        name=texts,
        members=st.dictionaries(users, member),
        policies=st.builds(lambda others, known: others | known, hashes, known),
        permitted_regions=some_regions,
        default_region=st.none() | regions,
        pricing=st.none() | hashes,
        billable=st.booleans(),
        expired=st.booleans(),
        spending=st.sampled_from(("ok", "exceeded")),
        phi=st.booleans(),
    )


def a_project(id: str) -> st.SearchStrategy[Project]:
    return every(
        Project,
        id=st.just(id),
        name=names,
        region=regions,
        bill_to=payers,
        created_by=payers,
        created=times,
        modified=times,
        members=st.dictionaries(st.sampled_from((*PAYERS, "PUBLIC")), st.sampled_from(LEVELS)),
        properties=properties,
        tags=tags,
        flags=st.sets(st.sampled_from(FLAGS)).map(lambda on: tuple(name for name in FLAGS if name in on)),
        summary=texts,
        description=texts,
        version=st.integers(1, 99),
        pending_transfer=st.none() | users,
        extras=st.none() | hashes,
        folders=folder_sets,
    )


def a_container(id: str, projects: Sequence[str], apps: Sequence[str]) -> st.SearchStrategy[Container]:
    return every(
        Container,
        id=st.just(id),
        name=texts,
        region=regions,
        bill_to=payers,
        kind=st.sampled_from(("resources", "workspace")),
        created=times,
        modified=times,
        project=maybe(projects, "project"),
        app=maybe(apps, "app"),
        folders=folder_sets,
    )


def maybe(there: Sequence[str], klass: str) -> st.SearchStrategy[str | None]:
    """Nothing, something that is there, or something that is gone."""
    return st.none() | named(there, klass)


def named(there: Sequence[str], klass: str) -> st.SearchStrategy[str]:
    return st.sampled_from((*there, f"{klass}-{'gone':0>24}"))


def an_object(id: str, objects: Sequence[str], contents: Sequence[str]) -> st.SearchStrategy[DataObject]:
    is_file = id.startswith("file-")
    content = st.none() | st.sampled_from(contents) if is_file and contents else st.none()
    part = every(Part, size=st.integers(0, 99), md5=texts, content=content)
    return every(
        DataObject,
        id=st.just(id),
        created_by=payers,
        created=times,
        modified=times,
        state=st.sampled_from(("open", "closing", "closed")),
        hidden=st.booleans(),
        types=tags,
        details=jsons,
        links=st.lists(named(objects, "record"), max_size=2).map(tuple),
        media=texts,
        size=st.integers(0, 2**50),
        content=content,
        parts=st.dictionaries(texts, part, max_size=2) if is_file else st.just({}),
        spec=hashes,
    )


def a_copy(object: str, holder: Project | Container) -> st.SearchStrategy[Copy]:
    return every(
        Copy,
        object=st.just(object),
        holder=st.just(holder.id),
        name=texts,
        folder=st.sampled_from(("/", *holder.folders)),
        properties=properties,
        tags=tags,
    )


def an_app(id: str, name: str, objects: Sequence[str], containers: Sequence[str]) -> st.SearchStrategy[App]:
    enabled = every(
        Enabled,
        executable=named(objects, "applet"),
        resources=maybe(containers, "container"),
        options=hashes,
    )
    return every(
        App,
        id=st.just(id),
        name=st.just(name),
        version=st.just(f"{int(id[-3:])}.0.0"),
        bill_to=payers,
        created_by=payers,
        created=times,
        modified=times,
        regions=st.dictionaries(regions, enabled),
        published=st.none() | times,
        tags=tags,
        spec=hashes,
    )


def a_series(id: str, versions: Sequence[str]) -> st.SearchStrategy[Series]:
    return every(
        Series,
        id=st.just(id),
        created_by=payers,
        developers=st.lists(payers, max_size=2).map(tuple),
        authorized=st.lists(st.sampled_from((*PAYERS, "PUBLIC")), max_size=2).map(tuple),
        categories=tags,
        aliases=st.dictionaries(texts, named(versions, "app"), max_size=2),
    )


def a_job(id: str, ids: dict[str, list[str]]) -> st.SearchStrategy[Job]:
    return every(
        Job,
        id=st.just(id),
        name=texts,
        executable=named([*ids["object"], *ids["app"]], "applet"),
        project=named(ids["project"], "project"),
        region=regions,
        bill_to=payers,
        state=texts,
        launched_by=payers,
        created=times,
        modified=times,
        applet=maybe(ids["object"], "applet"),
        workspace=maybe(ids["container"], "container"),
        folder=texts,
        input=hashes,
        output=st.none() | hashes,
        tags=tags,
        properties=properties,
        extras=hashes,
    )


nonces = every(
    Nonce,
    id=texts,
    user=users,
    route=texts,
    nonce=names,
    input_sha256=hexes,
    answer=hashes,
    expires=times,
)
tokens = every(
    Token,
    token=names,
    user=users,
    scope=st.none() | st.dictionaries(texts, st.sampled_from(LEVELS), max_size=2),
    expires=st.none() | times,
    revoked=st.booleans(),
)
faults = st.builds(
    Fault,
    route=paths,
    effect=st.sampled_from(("close", "html", "slow:2s", "stale:3")),
    when=st.sampled_from(("before", "after")),
    caller=st.none() | users,
    match=hashes,
    nth=st.integers(0, 3),
    times=st.none() | st.integers(1, 3),
    probability=st.sampled_from((0.5, 1.0)),
)
rivals = st.builds(
    Fault,
    route=paths,
    effect=st.just("rival"),
    calls=st.lists(st.builds(RivalCall, user=users, route=paths, input=hashes), min_size=1, max_size=2).map(
        tuple
    ),
)
waits = st.builds(Fault, route=paths, effect=st.just("status:503"), retry_after=st.none() | st.integers(0, 9))
switches = st.fixed_dictionaries(
    {},
    optional={
        "same_bill_to": st.just("noop"),
        "nonce_scope": st.sampled_from(("user", "global")),
        "rate_limit": st.integers(0, 9),
        "retry_after_s": st.just("absent") | st.integers(0, 9),
    },
).map(lambda values: msgspec.convert(values, Switches))


def content(data: bytes) -> Content:
    return Content(hashlib.sha256(data).hexdigest(), data)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Consistent, as the laws leave a world: users, orgs and regions are there, an object lies in one
    region and is held by something. All else may be anything."""
    found = {klass: draw(ids(klass, 2)) for klass in ("project", "container", "app", "job", "analysis")}
    found["app"] += draw(ids("globalworkflow", 1))
    projects = [draw(a_project(id)) for id in found["project"]]
    containers = [draw(a_container(id, found["project"], found["app"])) for id in found["container"]]
    holders = [*projects, *containers]
    found["object"] = [id for klass in DATA_CLASSES for id in draw(ids(klass, 1))] if holders else []
    bytes_of_files = st.lists(st.binary(max_size=5) | texts.map(str.encode), max_size=3)
    contents = {one.id: one for one in map(content, draw(bytes_of_files))}
    records: list[Record] = [*containers, *contents.values()]
    for id in found["object"]:
        records.append(draw(an_object(id, found["object"], list(contents))))
        place = draw(st.sampled_from(holders))
        alike = [one for one in holders if one.region == place.region]
        kept = draw(st.lists(st.sampled_from(alike), unique_by=lambda one: one.id, min_size=1))
        records += [draw(a_copy(id, holder)) for holder in kept]
    name = draw(names)
    records += [draw(an_app(id, name, found["object"], found["container"])) for id in found["app"]]
    series = {one.series for one in records if isinstance(one, App)} | {f"app-{draw(names)}"}
    records += [draw(a_series(id, found["app"])) for id in sorted(series)]
    records += [draw(a_job(id, found)) for id in (*found["job"], *found["analysis"])]
    records += draw(st.lists(nonces, unique_by=lambda one: one.id, max_size=2))
    return World(
        seed=draw(st.integers(-5, 2**40)),
        clock=draw(
            st.builds(Clock, times) | st.builds(Clock, st.integers(-(2**40), 2**40), real=st.just(True))
        ),
        switches=draw(switches),
        regions={code: draw(every(Region, name=texts, retired=st.booleans())) for code in REGIONS},
        tokens=tuple(draw(st.lists(tokens, unique_by=lambda one: one.token, max_size=2))),
        users={id: draw(a_user(id)) for id in USERS},
        orgs={id: draw(an_org(id)) for id in ORGS},
        projects=projects,
        records=draw(st.permutations(records)),
        issued=draw(st.integers(0, 2**40)),
        faults=tuple(draw(st.lists(faults | rivals | waits, max_size=2))),
    )
