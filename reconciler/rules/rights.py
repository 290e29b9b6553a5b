"""The rule on rights: some identity at hand must be allowed to carry the change out."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Clone, Create, Rebill, Rename, Run, SetDefault
from reconciler.rules.access import who_may
from reconciler.rules.actor import Acceptance, Actionable, Actor, ByHand, Handover, No, Unsure, right
from reconciler.rules.finding import Finding, Request, cannot_tell
from reconciler.rules.rule import PERMISSIONS, Example, Rule
from reconciler.rules.words import api_call
from reconciler.rules.world import World


class IdentityIsAllowed(Rule):
    """Some identity at hand must be allowed to carry the change out.

    An org's default region is set by its ADMINs; a user's by that user. A project is created for an
    org by who may do billable activities there, for a user by that user. A project is renamed by who
    has ADMINISTER on it, marked with CONTRIBUTE, and billed to another payer by who has ADMINISTER,
    may take it away from the present payer (`restrictProjectTransfer`) and may bill to the new one.

    Data is cloned by who has VIEW on the source and UPLOAD on the destination; nothing leaves a
    restricted project, and PHI goes only where PHI may be. A run is started by who has CONTRIBUTE on its
    project, may use the executable and sees the inputs.

    **Why.** The platform answers PermissionDenied; found at apply, that leaves a plan half carried out.

    **How to mend it.** Get the right, or configure an identity that has it:

        [identities.bob]
        token_env = "DX_TOKEN_BOB"

    What only one named person can do becomes a manual step with the commands for that person.
    """

    id = "REG201"
    title = "an identity at hand must be allowed to do it"
    source = PERMISSIONS
    breaks = Example("""\
# We are an ADMIN of org-lab, and of org-partner a MEMBER who may not do billable activities.
[projects.cohort]
region  = "aws:us-east-1"
bill_to = "org-partner"
""")
    keeps = breaks.changed('"org-partner"', '"org-lab"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Actionable | Clone | Run):
            return
        if isinstance(change, Create) and world.exists(change.bill_to) is False:
            return  # REG202 says so
        answer = who_may(change, world) if isinstance(change, Clone | Run) else right(change, world)
        match answer:
            case No(lacks=lacks, facts=facts):
                yield Finding(self.id, change.address, "refused", lacks, _attribute(change), facts)
            case Unsure(key=key, reason=reason):
                yield cannot_tell(self.id, change.address, key, reason, _attribute(change))
            case ByHand(user=user) if not isinstance(change, Clone | Run):
                yield self._by_hand(change, user)
            case Acceptance(recipient=user, at_hand=False) if isinstance(change, Rebill):
                yield self._acceptance(change, user)
            case Handover(at_hand=False) if isinstance(change, Rebill):
                yield self._handover(change, answer)
            case Actor() | Acceptance() | Handover():
                return

    def _by_hand(self, change: Actionable, user: str) -> Finding:
        if isinstance(change, Create):
            body = {"name": change.name, "billTo": user, "properties": {"reconciler": change.mark}}
            if isinstance(change.region, str):
                body["region"] = change.region
            command, what = api_call("project", "new", body), f"bill a new project to {user}"
        else:
            after = change.after if isinstance(change, SetDefault) else ""
            command = api_call(user, "update", {"defaultRegion": after})
            what = f"set the default region of {user}"
        text = f"Only {user} can {what}. As {user}, run:\n{command}"
        if isinstance(change, Create):
            look = f"dx find projects --level VIEW --property reconciler={change.mark}"
            text = f"{text}\nDo it once: if it was done before, this shows the project:\n{look}"
        message = f"only {user} can {what}"
        return Finding(
            self.id, change.address, "manual", message, _attribute(change), request=Request(user, text)
        )

    def _acceptance(self, change: Rebill, user: str) -> Finding:
        text = f"{change.project.id} is already offered to {user}. {_region_needed(change)}.\n"
        text += f"As {user}, run:\n{_accept_command(change)}"
        message = f"the offer to {user} has to be accepted"
        return Finding(self.id, change.address, "manual", message, "bill_to", request=Request(user, text))

    def _handover(self, change: Rebill, pair: Handover) -> Finding:
        offer = api_call(change.project.id, "transfer", {"invitee": pair.recipient})
        text = (
            f"Billing {change.project.id} to {change.bill_to} needs two people. {_region_needed(change)}.\n"
            f"As {pair.offerer}, run:\n{offer}\n"
            f"Then, as {pair.recipient}, run:\n{_accept_command(change)}"
        )
        message = f"{pair.offerer} has to offer the project and {pair.recipient} to accept it"
        request = Request(f"{pair.offerer} and {pair.recipient}", text)
        return Finding(self.id, change.address, "manual", message, "bill_to", request=request)


def _accept_command(change: Rebill) -> str:
    return api_call(change.project.id, "acceptTransfer", {"billTo": change.bill_to})


def _region_needed(change: Rebill) -> str:
    region = change.project.region
    where = region if isinstance(region, str) else "a region that could not be read"
    return f"{change.project.id} is in {where}: that region must be permitted for {change.bill_to}"


def _attribute(change: Change) -> str | None:
    match change:
        case SetDefault():
            return "default_region"
        case Create() | Rebill():
            return "bill_to"
        case Rename():
            return "name"
        case _:
            return None
