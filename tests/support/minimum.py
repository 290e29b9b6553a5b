"""The world that the official client's own tests take for granted, as a world file."""

from __future__ import annotations

PUBLIC_PROJECT = "project-0000000000000000000000pb"
FIRST, SECOND = "project-000000000000000000000001", "project-000000000000000000000002"
"""user-alice's; user-bob may view the first one."""

WORLD = f"""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[switches]
rate_limit = 0

[users.user-alice]
first = "Alice"
last = "Ames"
permitted_regions = ["aws:us-east-1", "azure:westus"]
default_region = "aws:us-east-1"

[users.user-bob]
first = "Bob"
last = "Bell"
email = "bob@example.org"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-eve]

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"

[orgs.org-piratelabs]
name = "Pirate Labs"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
members = {{ user-alice = {{ level = "ADMIN" }} }}

[orgs.org-auth_file_app_download]
members = {{ user-alice = {{ level = "ADMIN" }} }}

[orgs.org-team_odd]
members = {{ user-alice = {{ level = "ADMIN" }} }}

[orgs.org-members_with_billing_rights]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
members = {{ user-eve = {{ level = "ADMIN" }}, user-alice = {{ allowBillableActivities = true }} }}

[orgs.org-members_without_billing_rights]
members = {{ user-eve = {{ level = "ADMIN" }}, user-alice = {{}} }}

[[projects]]
id = "{PUBLIC_PROJECT}"
name = "public-test-project"
region = "aws:us-east-1"
bill_to = "org-piratelabs"
created = 2015-01-01T00:00:00Z
members = {{ org-piratelabs = "ADMINISTER", PUBLIC = "VIEW" }}

[[projects]]
id = "{FIRST}"
name = "first"
region = "aws:us-east-1"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER", user-bob = "VIEW" }}

[[projects]]
id = "{SECOND}"
name = "second"
region = "aws:us-east-1"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}
"""
