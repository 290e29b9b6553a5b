"""Why one address gets its verdict: the way from the TOML to facts to rules, told step by step.

Nothing is judged that a plan does not judge: ``planned`` is a plan for this address, and each rule is
asked once more what it says of each change, so that those can be told too that have nothing against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reconciler.diff.changes import Adopt, Change, Contested, Create, Grant, NoSuchPayer, Relocate, Unknown
from reconciler.diff.managed import Compared, marked, written
from reconciler.model.actual import FactKey
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.actual import Project as ActualProject
from reconciler.model.baseline import AttributeValue
from reconciler.model.desired import Address, Profile, Project
from reconciler.model.entries import entry_of
from reconciler.model.explanation import (
    Asked,
    Attribute,
    Default,
    Explanation,
    Identified,
    Line,
    Outcome,
    PolicyAnswer,
    PolicyVerdict,
    UsedFact,
    Written,
)
from reconciler.model.knowledge import ABSENT, Absent, Unreadable
from reconciler.planner import Planned
from reconciler.planner.document import describe
from reconciler.planner.judge import Judge, Judgement
from reconciler.rules import catalogue, find
from reconciler.rules.finding import Finding
from reconciler.rules.ownership import conflict_in_words
from reconciler.rules.policies import Found, Hidden, Place, Residency, Violated
from reconciler.rules.residency import created, left_by
from reconciler.rules.sight import advice
from reconciler.rules.words import listed
from reconciler.rules.world import Overlay

_OF_A_PROJECT = ("region", "name", "bill_to", "mark")
_OF_A_PAYER = ("default_region", "permitted_regions")


class Resource(Struct, frozen=True):
    """An address, what the TOML says of it, what it is at the platform (None: nothing), what differs."""

    address: Address
    desired: Project | Profile
    actual: ActualProject | ActualProfile | None
    wanted: dict[str, AttributeValue]
    judgement: Judgement

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.judgement.changes


def explanation(planned: Planned, address: Address) -> Explanation:
    """All that led to the verdict. ``planned`` is the plan with this address, which is one of its
    workspace, as its only target."""
    judge, plan = planned.judge, planned.plan
    resource = _resource(planned, address)
    lines = judge.workspace.sources.lines(address)
    text = Written(
        tuple(Line(line.file, line.line, line.snippet) for line in lines),
        tuple(_defaults(judge, resource, {(line.file, line.line) for line in lines})),
    )
    return Explanation(
        format_version=plan.format_version,
        kind="explanation",
        created_at=plan.created_at,
        tool=plan.tool,
        workspace=plan.workspace,
        provider=plan.provider,
        identity=plan.identity,
        config=plan.config,
        address=address,
        verdict=_verdict(resource.judgement),
        written=text,
        resource=_identified(judge, resource),
        attributes=tuple(_attributes(judge, resource, text.defaults)),
        facts=tuple(_facts(judge, resource)),
        rules=tuple(_asked(judge, resource.judgement)),
        policies=tuple(_policies(judge, resource)),
        steps=plan.steps,
        manual=plan.manual,
        blocked=plan.blocked,
        refusals=plan.refusals,
        unreadable=plan.unreadable,
        read=plan.read,
    )


def _verdict(judgement: Judgement) -> Outcome:
    verdict = judgement.verdict
    if not judgement.changes:
        return "in_sync"
    return "steps" if verdict == "warning" else verdict  # a warning alone is no verdict


def _resource(planned: Planned, address: Address) -> Resource:
    judge, (kind, _, key) = planned.judge, address.partition(".")
    judgement = next((one for one in planned.judgements if one.address == address), Judgement(address, ()))
    if kind != "projects":
        table, profile = judge.workspace.profile(key), judge.snapshot.profiles[key]
        assert table is not None
        there = None if profile.exists is False else profile
        return Resource(address, table, there, written(table), judgement)
    one = next(one for one in planned.compared if one.address == address)
    return Resource(address, one.desired, one.actual, _wanted(judge, one), judgement)


def _wanted(judge: Judge, one: Compared) -> dict[str, AttributeValue]:
    """What is managed; of a new project also what it is going to be without being written."""
    wanted = written(one.desired) | marked(judge.workspace, one)
    for change in one.changes:
        if isinstance(change, Create):
            wanted["name"] = change.name
            if isinstance(change.region, str):
                wanted["region"] = change.region
    return wanted


def _defaults(judge: Judge, resource: Resource, lines: set[tuple[str, int]]) -> Iterator[Default]:
    """What is filled in: a managed value that stands on no line of the table."""
    for attribute, value in written(resource.desired).items():
        place = judge.workspace.sources.locate(resource.address, attribute)
        if place is not None and (place.file, place.line) not in lines and isinstance(value, str):
            yield Default(attribute, value, place.file, place.line)


def _identified(judge: Judge, resource: Resource) -> Identified:
    actual, desired = resource.actual, resource.desired
    if isinstance(actual, ActualProfile):
        return Identified(actual.id, "address", f"{actual.id}, as the address says")
    if not isinstance(actual, ActualProject) or not isinstance(desired, Project):
        return Identified(None, None, _nothing(resource.changes))
    if desired.id is not None:
        return Identified(actual.id, "id", f"{actual.id}, by the id that is written")
    if isinstance(actual.mark, str) and actual.mark.startswith(judge.workspace.name + "/"):
        return Identified(actual.id, "mark", f"{actual.id}, by its mark {actual.mark}")
    recorded = {entry.id for entry in judge.baseline.resources.values()}
    if actual.id in recorded:
        return Identified(actual.id, "baseline", f"{actual.id}, by the id that the last apply recorded")
    text = f"{actual.id}, the one project of this name and payer that may be adopted"
    return Identified(actual.id, "name", text)


def _nothing(changes: Iterable[Change]) -> str:
    """Why there is no project or payer to speak of."""
    for change in changes:
        match change:
            case Contested():
                return conflict_in_words(change)
            case Unknown(attribute=attribute, reason=reason):
                return f"it cannot be told, for {attribute} could not be read: {reason}"
            case NoSuchPayer(profile=payer):
                return f"there is no {payer} at the platform"
            case _:
                pass
    return "there is none yet: none bears its mark, and none is recorded"


def _attributes(judge: Judge, resource: Resource, defaults: tuple[Default, ...]) -> Iterator[Attribute]:
    filled = {
        default.attribute: f"[defaults.projects], {default.file}:{default.line}" for default in defaults
    }
    for name in _OF_A_PROJECT if isinstance(resource.desired, Project) else _OF_A_PAYER:
        origin = filled.get(name) or _origin(judge, resource, name)
        desired, before = resource.wanted.get(name), _last_applied(judge, resource, name)
        if resource.actual is None:
            yield Attribute(name, desired, origin, None, None, before)
            continue
        value = getattr(resource.actual, name)
        if isinstance(value, Unreadable):
            yield Attribute(name, desired, origin, "unreadable", None, before)
        elif isinstance(value, Absent):
            yield Attribute(name, desired, origin, "absent", None, before)
        else:
            plain = tuple(sorted(value)) if isinstance(value, frozenset) else value
            yield Attribute(name, desired, origin, "known", plain, before)


def _origin(judge: Judge, resource: Resource, name: str) -> str | None:
    """Where a wish comes from that nobody wrote."""
    if name not in resource.wanted or name in written(resource.desired):
        return None
    if name == "mark":
        return "the workspace and the address"
    if name == "name" or not isinstance(resource.desired, Project):
        return "the key of the table"
    payer = resource.desired.bill_to or ""
    table = judge.workspace.profile(payer)
    where = "the platform" if table is None or table.default_region is None else "this TOML"
    return f"the default region of {payer}, by {where}"


def _last_applied(judge: Judge, resource: Resource, name: str) -> AttributeValue | None:
    moved_from = (old for old, new in judge.workspace.moved.items() if new == resource.address)
    for address in (resource.address, *moved_from):
        entry = judge.baseline.resources.get(address)
        if entry is not None:
            return entry.attributes.get(name)
    return None


def _facts(judge: Judge, resource: Resource) -> Iterator[UsedFact]:
    """What was compared, and what the rules asked for."""
    keys = {key for finding in resource.judgement.findings for key in finding.facts}
    keys.update(resource.judgement.asked, *(act.asked for act in resource.judgement.acts))
    if resource.actual is not None:
        keys.update(FactKey(resource.actual.id, name) for name in resource.wanted)
    else:
        payer = not isinstance(resource.desired, Project)
        subject = resource.address.partition(".")[2] if payer else judge.owners.mark(resource.address)
        keys.add(FactKey(subject, "exists" if payer else "holders"))
    sandbox = judge.workspace.provider.type == "sandbox"
    for key in sorted(keys):
        fact = judge.facts.get(key)
        entry, hidden = entry_of(fact), isinstance(fact.value, Unreadable)
        yield UsedFact(
            entry.id,
            entry.subject,
            entry.attribute,
            entry.state,
            entry.value,
            entry.read_at,
            entry.read_by,
            fact.value.reason if isinstance(fact.value, Unreadable) else None,
            advice(key, judge.snapshot.identities, sandbox) if hidden else None,
        )


def _asked(judge: Judge, judgement: Judgement) -> Iterator[Asked]:
    """What each rule says that looked at a change; then what was found only in the order of the steps."""
    told: set[tuple[str, str]] = set()
    for change in judgement.changes:
        overlay = _given(judgement, change)
        for rule in catalogue():
            world = judge.world(overlay, judgement.changes)
            found = tuple(rule.check(change, world))
            if world.asked and not found:
                facts = tuple(sorted(map(str, world.asked)))
                yield Asked(_what(change), rule.id, rule.title, "nothing_against", None, facts)
            for finding in found:
                told.add((finding.rule, finding.message))
                yield _says(_what(change), finding)
    for finding in judgement.findings:
        if (finding.rule, finding.message) not in told and finding.rule:
            yield _says("the order of the steps", finding)


def _given(judgement: Judgement, change: Change) -> Overlay:
    """The rights that another change of the resource has to bring about before this one."""
    return {key: "ADMINISTER" for act in judgement.acts if act.change == change for key in act.awaits}


def _says(change: str, finding: Finding) -> Asked:
    rule = find(finding.rule)
    title = "" if rule is None else rule.title
    return Asked(
        change, finding.rule, title, finding.verdict, finding.message, tuple(map(str, finding.facts))
    )


def _what(change: Change) -> str:
    """A change in words; also one that is never carried out."""
    match change:
        case Relocate(region=region):
            return f"move to {region}"
        case Grant(asked=asked, given_up=given_up):
            parts = [f"be permitted {listed(asked)}"] if asked else []
            return " and ".join(parts + ([f"give up {listed(given_up)}"] if given_up else []))
        case Contested():
            return "say which project it is"
        case Unknown(attribute=attribute):
            return f"compare {attribute}"
        case NoSuchPayer(profile=payer):
            return f"find {payer}"
        case Adopt(project=project) if project.mark is not ABSENT:
            return f"take {project.id} over"
        case _:
            return describe(change)


def _policies(judge: Judge, resource: Resource) -> Iterator[PolicyAnswer]:
    """The policies that mean the project as it is going to be, or else as it is."""
    now, then = _places(resource)
    for residency in judge.policies.each:
        for place in (then, now):
            if place is not None and residency.matcher.answer(place) is not False:
                ahead = "" if place == now else ", as it is to be"
                yield _answer(judge, residency, place, ahead)
                break


def _places(resource: Resource) -> tuple[Place | None, Place | None]:
    """The project as it is, and as all of its changes would leave it."""
    actual = resource.actual
    if isinstance(actual, ActualProject):
        now = Place(actual.id, actual.name, actual.bill_to, actual.region)
        return now, left_by(resource.changes, now)
    made = (created(change) for change in resource.changes if isinstance(change, Create))
    return None, next(made, None)


def _answer(judge: Judge, residency: Residency, place: Place, ahead: str) -> PolicyAnswer:
    verdict, message, waiver = _residency(residency.verdict(place), place)
    source = judge.workspace.sources.locate(f"policies.{residency.id}")
    return PolicyAnswer(
        residency.id,
        tuple(sorted(residency.allowed)),
        verdict,
        message + ahead,
        waiver,
        None if source is None else source.file,
        None if source is None else source.line,
    )


def _residency(found: Found, place: Place) -> tuple[PolicyVerdict, str, str | None]:
    match found:
        case Hidden(attribute=attribute, reason=reason):
            return "cannot_tell", f"{attribute} could not be read: {reason}", None
        case Violated(waiver=waiver) if waiver is not None:
            why = f"{place.region} is not allowed, waived by {waiver.ticket} until {waiver.expires}"
            return "waived", why, waiver.ticket
        case Violated():
            return "violated", f"{place.region} is not allowed", None
        case None:
            return "kept", f"{place.region} is allowed", None
