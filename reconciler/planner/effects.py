"""What a change, once carried out, leaves at the platform, as facts laid over those that were read."""

from __future__ import annotations

from reconciler.diff.changes import Adopt, Create, Rebill, Release, Remark, Rename, SetDefault
from reconciler.model.actual import FactKey, FactValue
from reconciler.model.knowledge import ABSENT, Absent
from reconciler.rules.actor import Able, Acceptance, Actionable, Handover

Effects = dict[FactKey, FactValue | Absent]


def effects(change: Actionable, able: Able) -> Effects:
    """The facts as they are when ``able`` have carried the change out, whole."""
    match change:
        case SetDefault(profile=profile, after=after):
            return {FactKey(profile, "default_region"): after}
        case Create(mark=mark):
            return {FactKey(mark, "holders"): ("(created)",)}
        case Adopt(project=project, mark=mark) | Remark(project=project, mark=mark):
            found: Effects = {FactKey(project.id, "mark"): mark, FactKey(mark, "holders"): (project.id,)}
            if isinstance(project.mark, str):
                found[FactKey(project.mark, "holders")] = ()
            return found
        case Release(project=project):
            return {FactKey(project.id, "mark"): ABSENT}
        case Rename(project=project, name=name):
            return {FactKey(project.id, "name"): name}
        case Rebill():
            return _rebilled(change, able)


def offered(change: Rebill, recipient: str) -> Effects:
    """After the first half of a handover."""
    return {FactKey(change.project.id, "pending_transfer"): recipient}


def _rebilled(change: Rebill, able: Able) -> Effects:
    """The platform gives who accepts a project the level ADMINISTER on it."""
    project = change.project.id
    found: Effects = {FactKey(project, "bill_to"): change.bill_to}
    if isinstance(able, Acceptance | Handover):
        found[FactKey(project, "pending_transfer")] = ABSENT
        found[FactKey(project, "level", able.recipient)] = "ADMINISTER"
    return found
