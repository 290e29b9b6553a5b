"""What is not known of the real platform, as switches with the likeliest answer as the default.

A client must reach a right result under every value. Must not know where the values come from.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Natural = Annotated[int, Meta(ge=0)]


class Switches(Struct, frozen=True, forbid_unknown_fields=True):
    """One field a question; the comment is the question."""

    # Region not permitted for the new payer (update, acceptTransfer).
    bill_to_region_error: Literal["PermissionDenied", "InvalidInput", "InvalidState"] = "PermissionDenied"
    # A default region that is known but not permitted.
    default_region_error: Literal["InvalidInput", "PermissionDenied"] = "InvalidInput"
    # billTo set to its present value.
    same_bill_to: Literal["error", "noop"] = "error"
    # billTo changed while a transfer is pending.
    pending_blocks_bill_to: Literal["InvalidState", "allow_and_cancel", "allow_and_keep"] = "InvalidState"
    # How a pending transfer is withdrawn.
    cancel_transfer: Literal["null_invitee", "route", "none"] = "null_invitee"
    # A second transfer while one is pending.
    retransfer: Literal["replace", "InvalidState"] = "replace"
    # Acceptance with the payer that the project already has.
    accept_already_payer: Literal["ok", "InvalidInput"] = "ok"
    # billTo another existing user.
    foreign_user_bill_to: Literal["InvalidInput", "PermissionDenied"] = "InvalidInput"
    # billTo an unknown user at creation.
    unknown_user_bill_to: Literal["InvalidInput", "ResourceNotFound"] = "InvalidInput"
    # A payer without a billing account.
    non_billable_error: Literal["PermissionDenied", "InvalidInput", "SpendingLimitExceeded"] = (
        "PermissionDenied"
    )
    # Whose default fills a missing region.
    default_region_of: Literal["payer", "caller"] = "payer"
    # No region given and no default there.
    no_default_region: Literal["InvalidInput", "first_permitted", "aws:us-east-1"] = "InvalidInput"
    # region in a project's update.
    update_region: Literal["ignore", "InvalidInput"] = "ignore"
    # permittedRegions in a profile's update.
    update_permitted_regions: Literal["ignore", "InvalidInput", "PermissionDenied"] = "ignore"
    # Any other unknown input key.
    unknown_keys: Literal["ignore", "InvalidInput"] = "ignore"
    # Unknown or forbidden names in a field selection.
    unknown_fields: Literal["omit", "InvalidInput"] = "omit"
    # A nonce sent with a project's creation.
    project_new_nonce: Literal["ignore", "honour", "InvalidInput"] = "ignore"
    # What a nonce is unique for.
    nonce_scope: Literal["user+route", "user", "global"] = "user+route"
    # Which error wins.
    check_order: Literal["state_before_payer", "rights_last", "payer_first"] = "state_before_payer"
    # Describe of an existing, foreign project.
    hide_invisible_projects: Literal["PermissionDenied", "ResourceNotFound"] = "PermissionDenied"
    # Describe of an org by somebody who is no member.
    org_stranger_view: Literal["public_fields", "PermissionDenied", "ResourceNotFound"] = "public_fields"
    # A plain member reads the org's region fields.
    org_member_sees_regions: Literal["yes", "no"] = "yes"
    # Is it readable whether an org can be billed.
    org_billable_field: Literal["none", "billable"] = "none"
    # An org ADMIN on projects billed to, but not shared with, the org.
    org_admin_implicit_level: Literal["NONE", "VIEW", "ADMINISTER"] = "NONE"
    # Who may join a project: the user billed or an ADMIN of the org billed; nobody (404); that user only.
    join_rights: Literal["payer", "off", "user_payer_only"] = "payer"
    # Describe inside an org's list of projects where the level is NONE ("error": the call fails).
    org_find_describe_none: Literal["basic", "full", "omit", "error"] = "basic"
    # Who may list the projects billed to an org.
    org_find_rights: Literal["ADMIN", "MEMBER"] = "ADMIN"
    # The region fields of an org that has just been made.
    new_org_regions: Literal["empty", "creator", "aws:us-east-1"] = "empty"
    # Does an org payer give its members access to a new project.
    new_project_org_members: Literal["no", "admins"] = "no"
    # billTo as an array in findProjects.
    find_projects_bill_to_array: Literal["InvalidInput", "accept"] = "InvalidInput"
    # region as an array in findProjects.
    find_projects_region_array: Literal["accept", "InvalidInput"] = "accept"
    # A filter by a well-formed region that the platform does not know.
    find_unknown_region: Literal["empty", "InvalidInput"] = "empty"
    # The order of results.
    find_order: Literal["created_desc", "created_asc", "random"] = "created_desc"
    # How late find routes show a write, in ms.
    find_lag_ms: Natural = 0
    # No limit given.
    default_limit: Annotated[int, Meta(ge=1, le=1000)] = 1000
    # A limit out of range.
    limit_error: Literal["InvalidInput", "clamp"] = "InvalidInput"
    # Is there a bulk describe of projects.
    describe_projects: Literal["off", "on"] = "off"
    # Takes an ADMINISTER billing away from another user, or a non-member from an org that lets members.
    foreign_payer_rights: Literal["PermissionDenied", "allow"] = "PermissionDenied"
    # A stale version in a project's update.
    version_error: Literal["InvalidState", "InvalidInput"] = "InvalidState"
    # The last ADMINISTER leaves.
    leave_last_admin: Literal["InvalidState", "allow"] = "InvalidState"
    # Bundled objects outside the applet's region.
    bundled_region_error: Literal["InvalidInput", "PermissionDenied", "InvalidState"] = "InvalidInput"
    # An applet outside the region of an app that it is to serve.
    app_applet_region_error: Literal["InvalidInput", "PermissionDenied", "InvalidState"] = "InvalidInput"
    # A run across regions.
    run_region_error: Literal["InvalidInput", "PermissionDenied", "InvalidState"] = "InvalidInput"
    # Does a run look at the payer's permitted regions.
    run_needs_permitted: Literal["no", "yes"] = "no"
    # Does an app stay enabled in a region that its payer has lost.
    app_keeps_regions: Literal["yes", "no"] = "yes"
    # A clone with one object that cannot be cloned.
    clone_partial: Literal["all_or_nothing", "partial"] = "all_or_nothing"
    # What becomes of a job.
    job_model: Literal["done", "runnable", "failed"] = "done"
    # Sizes of properties and tags.
    property_limits: Literal["on", "off"] = "on"
    # A region in upper case.
    region_case: Literal["InvalidInput", "fold"] = "InvalidInput"
    # Creation in a retired region that is still permitted.
    retired_regions: Literal["PermissionDenied", "InvalidInput", "allow"] = "PermissionDenied"
    # What calls are counted by.
    rate_scope: Literal["user", "payer", "token"] = "user"
    # How many calls a second pass (0: no limit).
    rate_limit: Natural = 200
    # Seconds to wait that a 429 names.
    retry_after_s: Natural | Literal["absent"] = 20
    # Answers compressed for those who ask for it.
    gzip_responses: Literal["off", "on"] = "off"
