"""Rights that could not be read when a plan was made for somebody else: confirmed when it is applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.model.actual import Level, Membership, Needed, Profile, Snapshot
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable
from reconciler.model.plan import Plan, ToConfirm
from reconciler.planfile import key_of, read, scope_of, seal, stale, write

from .samples import ALICE, BOB, EU, ORG, US, Key, plan_of, profile, project, project_id, rename, snapshot

ONE = project_id(1)
MEMBER, LEVEL = Key(ORG, "membership", BOB), Key(ONE, "level", BOB)
HIDDEN = Unreadable("not shown")


def there(
    member: Maybe[Membership] = HIDDEN, level: Level | Unreadable = HIDDEN, default: str = US
) -> Snapshot:
    told: Profile = replace(profile(default=default), memberships={BOB: member})
    return snapshot(told, project(1), levels={(BOB, ONE): level})


def for_bob(*needs: tuple[Key, Needed], also: tuple[Key, ...] = ()) -> Plan:
    """Made by user-alice, who sees none of user-bob's rights."""
    facts = (*(key for key, _ in needs), *also)
    made = plan_of(replace(rename("a", 1), as_=BOB), facts=facts, seen=there())
    confirm = tuple(ToConfirm(str(key), need) for key, need in needs)
    return replace(made, apply_as=BOB, to_confirm=confirm)


ADMIN, BILLABLE, PLAIN = (
    Membership("ADMIN", True),
    Membership("MEMBER", True),
    Membership("MEMBER", False),
)


@pytest.mark.parametrize(
    ("needs", "enough", "lacking"),
    [
        ("MEMBER", (PLAIN, BILLABLE, ADMIN), (ABSENT,)),
        ("BILLABLE", (BILLABLE, ADMIN), (PLAIN, ABSENT)),
        ("ADMIN", (ADMIN,), (BILLABLE, PLAIN, ABSENT)),
    ],
)
def test_a_membership_is_confirmed_by_that_much_or_more(
    needs: Needed, enough: tuple[Membership, ...], lacking: tuple[Maybe[Membership], ...]
) -> None:
    plan = for_bob((MEMBER, needs))
    for member in enough:
        assert stale(plan, there(member)) == ()
    for short in lacking:
        (fact,) = stale(plan, there(short))
        assert (fact.id, fact.needs) == (str(MEMBER), needs)
        assert not isinstance(fact.now, Unreadable)


@pytest.mark.parametrize(
    ("needs", "enough", "lacking"),
    [
        ("CONTRIBUTE", ("CONTRIBUTE", "ADMINISTER"), ("NONE", "VIEW", "UPLOAD")),
        ("ADMINISTER", ("ADMINISTER",), ("NONE", "VIEW", "UPLOAD", "CONTRIBUTE")),
    ],
)
def test_a_level_is_confirmed_by_that_much_or_more(
    needs: Needed, enough: tuple[Level, ...], lacking: tuple[Level, ...]
) -> None:
    plan = for_bob((LEVEL, needs))
    for level in enough:
        assert stale(plan, there(level=level)) == ()
    for level in lacking:
        (fact,) = stale(plan, there(level=level))
        assert (fact.needs, fact.now) == (needs, level)


def test_a_right_that_is_still_unreadable_is_not_confirmed() -> None:
    found = stale(for_bob((MEMBER, "MEMBER"), (LEVEL, "ADMINISTER")), there())
    assert [fact.id for fact in found] == [str(MEMBER), str(LEVEL)]
    assert all(isinstance(fact.now, Unreadable) for fact in found)


def test_that_who_applies_can_read_more_is_no_change_unless_a_step_hangs_on_it() -> None:
    hidden = Key("user-bob", "default_region")
    plan = for_bob((LEVEL, "ADMINISTER"), also=(hidden, Key(ORG, "default_region")))
    now = there(level="ADMINISTER")
    now.profiles[BOB] = replace(profile(BOB, default=EU), read_by=BOB)
    assert stale(plan, now) == ()
    hanging = replace(plan.steps[0], preconditions=(str(hidden),))
    assert [fact.id for fact in stale(replace(plan, steps=(hanging,)), now)] == [str(hidden)]
    own = replace(plan, apply_as="", to_confirm=())
    assert [fact.id for fact in stale(own, now)] == [str(LEVEL), str(hidden)]


def test_a_region_that_changed_is_stale_whoever_the_plan_was_made_for() -> None:
    plan = for_bob((LEVEL, "ADMINISTER"), also=(Key(ORG, "default_region"),))
    (fact,) = stale(plan, there(level="ADMINISTER", default=EU))
    assert (fact.id, fact.then, fact.now, fact.needs) == (f"{ORG}.default_region", US, EU, None)


def test_what_is_told_of_somebody_is_known_by_its_id_whoever_has_read_it() -> None:
    plan = for_bob((MEMBER, "ADMIN"), (LEVEL, "VIEW"))
    assert [entry.read_by for entry in plan.facts] == [ALICE, ALICE]
    assert [key_of(entry) for entry in plan.facts] == [MEMBER, LEVEL]


def test_the_rights_of_who_applies_are_read_again_even_by_somebody_else() -> None:
    scope = scope_of(for_bob((MEMBER, "ADMIN"), (LEVEL, "VIEW")))
    assert (scope.rights_of, scope.profiles, scope.levels) == ((BOB,), (ORG,), ((BOB, ONE),))
    assert scope_of(plan_of()).rights_of == ()


def test_a_plan_that_confirms_what_is_none_of_its_facts_is_not_sound(tmp_path: Path) -> None:
    path = str(tmp_path / "plan.json")
    whole = seal(for_bob((MEMBER, "ADMIN")), False)
    write(whole, path)
    assert read(path) == whole
    write(seal(replace(whole, facts=()), False), path)
    with pytest.raises(DiagnosticsError, match=r"org-genomics\.membership@user-bob is to be confirmed"):
        read(path)
