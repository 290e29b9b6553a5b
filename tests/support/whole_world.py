"""A world file that uses every table, with bytes in the folder beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

SHA = hashlib.sha256(b"\xff\x00").hexdigest()
P1, P2 = "project-J00000000000000000000001", "project-J00000000000000000000002"
READS, ALIGN = "file-J00000000000000000000002", "applet-J00000000000000000000003"
WORK, BOX = "workflow-J00000000000000000000004", "container-J00000000000000000000005"
BWA, JOB = "app-J00000000000000000000006", "job-J00000000000000000000007"
GONE = "project-J0000000000000000000gone"

WORLD = f"""\
format = 1
seed = 7
now = 2026-01-15T09:00:00Z
issued = 5
gone = ["{GONE}"]

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
[[tokens]]
token = "user-alice"
user = "user-alice"
[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
other_policies = '{{"jobReuse": null}}'
[orgs.org-lab.members]
user-alice = {{ level = "ADMIN" }}

[[projects]]
id = "{P1}"
name = "One"
region = "aws:us-east-1"
bill_to = "org-lab"
created = 2025-03-01T00:00:00Z
modified = 2025-03-02T00:00:00Z
version = 4
members = {{ user-alice = "ADMINISTER" }}
extras = {{ allowedExecutables = ["{ALIGN}"] }}
folders = ["/empty"]

  [[projects.objects]]
  id = "{READS}"
  name = "reads.txt"
  folder = "/raw/2025"
  content = "ACGT\\n"
  tags = ["raw"]
  properties = {{ sample = "7" }}

  [[projects.objects]]
  id = "{ALIGN}"
  name = "align"
  bundled = ["{READS}"]

  [[projects.objects]]
  class = "record"
  name = "note"
  state = "open"
  hidden = true
  types = ["T"]
  details = '[null, {{"$dnanexus_link": "{READS}"}}]'
  links = ["{READS}"]

[[projects]]
id = "{P2}"
name = "Two"
region = "aws:us-east-1"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}

  [[projects.objects]]
  id = "{READS}"
  name = "the same reads"
  media = "text/plain"

  [[projects.objects]]
  class = "file"
  state = "open"
  parts = {{ 1 = {{ size = 2, md5 = "00", sha256 = "{SHA}" }} }}

  [[projects.objects]]
  id = "{WORK}"
  spec = {{ stages = [] }}

[[containers]]
id = "{BOX}"
kind = "workspace"
project = "{P1}"
  [[containers.objects]]
  class = "file"
  name = "bytes"
  sha256 = "{SHA}"

[[contents]]
text = "left over"

[[apps]]
id = "{BWA}"
name = "bwa"
version = "1.0.0"
bill_to = "org-lab"
published = true
regions = {{ "aws:us-east-1" = "{ALIGN}" }}
authorized = ["PUBLIC"]
categories = ["Mapping"]

[[apps]]
name = "bwa"
version = "2.0.0"
bill_to = "org-lab"
regions = {{ "aws:us-east-1" = {{ executable = "{ALIGN}", resources = "{BOX}", options = {{ x = 1 }} }} }}
aliases = {{ default = "1.0.0", next = "2.0.0" }}

[[apps]]
class = "globalworkflow"
name = "all"
version = "0.1"
bill_to = "user-alice"
regions = {{ "aws:us-east-1" = "{WORK}" }}

[[jobs]]
id = "{JOB}"
executable = "{ALIGN}"
project = "{P1}"
workspace = "{BOX}"
input = {{ reads = {{ "$dnanexus_link" = "{READS}" }} }}

[[jobs]]
class = "analysis"
executable = "{BWA}"
project = "{GONE}"
region = "aws:eu-central-1"
bill_to = "org-lab"
launched_by = "user-alice"
state = "failed"

[[nonces]]
user = "user-alice"
route = "/org/new"
nonce = "n"
input_sha256 = "{SHA}"
answer = {{ id = "org-lab" }}
expires = 2026-01-15T10:00:00Z
"""


def written(folder: Path) -> Path:
    """The file, with all that belongs to it."""
    beside = folder / "world.toml.files"
    beside.mkdir()
    (beside / SHA).write_bytes(b"\xff\x00")
    file = folder / "world.toml"
    file.write_text(WORLD, encoding="utf-8")
    return file
