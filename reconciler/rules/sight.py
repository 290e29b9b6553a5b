"""What would show a fact that could not be read: whose login, or which permission. It decides nothing.

The platform tells a user's regions to that user alone, an org's regions and its transfer policy to its
members, all projects of an org to its ADMINs; a project's name, payer, region and properties to who has
VIEW on it, an offer of it to who has ADMINISTER; and whatever hangs on who asks to that user.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model.actual import BY_IDENTITY, FactKey


def advice(key: FactKey, at_hand: Collection[str], sandbox: bool) -> str:
    """What to do, in one line. ``at_hand``: users of identities; ``sandbox``: an identity names a user."""
    attribute, subject = key.attribute.partition(":")[0], key.subject
    if attribute in BY_IDENTITY and key.identity:
        return _login(key.identity, at_hand, sandbox)
    if attribute == "estate":
        return _whole_list(subject)
    if subject.startswith("user-"):
        return _login(subject, at_hand, sandbox)
    if subject.startswith("org-"):
        return f"add an identity that is a member of {subject}"
    level = "ADMINISTER" if attribute == "pending_transfer" else "VIEW"
    what = subject if subject.startswith("project-") else "the project"
    return f"get {level} on {what} for an identity at hand, or add an identity that has it"


def _login(user: str, at_hand: Collection[str], sandbox: bool) -> str:
    if user in at_hand:
        return f"give the identity of {user} a token of full scope: the one at hand does not show it"
    handle = user.removeprefix("user-")
    variable = "".join(char if char.isalnum() else "_" for char in handle).upper()
    key = f'user = "{user}"' if sandbox else f'token_env = "DX_TOKEN_{variable}"'
    return f"add an identity: [identities.{_bare(handle)}] {key}"


def _bare(name: str) -> str:
    """The name as a TOML key: a dot would begin another table."""
    return f'"{name}"' if "." in name else name


def _whole_list(payer: str) -> str:
    """Nobody's list is known to hold all that a user pays for."""
    org = payer.startswith("org-")
    shown = (
        f"add an identity that is an ADMIN of {payer}" if org else f"nobody sees all that {payer} pays for"
    )
    table = f"[{'orgs' if org else 'users'}.{_bare(payer)}]"
    return f'{shown}; or accept that it cannot be told: unreadable = "accept" in {table}'
