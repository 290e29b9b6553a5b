"""What a right workspace becomes."""

from __future__ import annotations

import datetime
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.config import catalogue, load
from reconciler.model.desired import Guards, IdentityTable, Match, Project, Region

from .conftest import HEAD, Loaded

EVERYTHING = """
[identities.alice]
token_env = "DX_TOKEN_ALICE"
[regions."aws:ca-central-1"]
name = "AWS Canada"
[region_groups]
eu = ["aws:eu-central-1", "azure:westeurope"]
near = ["@eu", "aws:eu-west-2"]
[orgs.org-genomics]
default_region = "aws:eu-central-1"
permitted_regions = ["aws:eu-central-1", "aws:us-east-1"]
[orgs."org-a.b"]
[users.user-alice]
default_region = "aws:us-east-1"
unreadable = "accept"
[defaults.projects]
bill_to = "org-genomics"
[projects.rnaseq]
name = "RNA-seq 2026"
region = "aws:ca-central-1"
[projects.cohort]
id = "project-J00000000000000000000001"
bill_to = "user-alice"
adopt = true
take_over = "old"
[[moved]]
from = "projects.rna"
to = "projects.rnaseq"
[[policies]]
id = "gdpr"
match = { bill_to = "org-genomics", name = "EU *" }
regions = ["@near"]
[[waivers]]
policy = "gdpr"
match = { id = "project-J00000000000000000000001" }
reason = "moved out by 2027"
ticket = "COMP-17"
approved_by = "dpo@example.org"
expires = 2027-01-31
[guards]
max_changes = 50
allow_empty = false
"""


def test_every_table_reaches_its_record(loaded: Loaded) -> None:
    workspace = loaded(EVERYTHING)
    assert workspace.name == "test"
    assert workspace.provider.type == "sandbox"
    assert workspace.identities == {"alice": IdentityTable(token_env="DX_TOKEN_ALICE")}
    assert workspace.regions["aws:ca-central-1"] == Region(name="AWS Canada")
    assert workspace.orgs["org-genomics"].permitted_regions == ("aws:eu-central-1", "aws:us-east-1")
    assert set(workspace.orgs) == {"org-genomics", "org-a.b"}
    assert workspace.users["user-alice"].unreadable == "accept"
    assert workspace.policies[0].match == Match(bill_to="org-genomics", name="EU *")
    assert workspace.waivers[0].expires == datetime.date(2027, 1, 31)
    assert workspace.guards == Guards(max_changes=50, allow_empty=False)
    assert workspace.moved == {"projects.rna": "projects.rnaseq"}
    assert workspace.warnings == ()


def test_defaults_fill_only_the_projects_that_lack_the_key(loaded: Loaded) -> None:
    projects = loaded(EVERYTHING).projects
    assert projects["rnaseq"] == Project(
        name="RNA-seq 2026", region="aws:ca-central-1", bill_to="org-genomics"
    )
    assert projects["cohort"].bill_to == "user-alice"


def test_what_is_left_out_stays_unmanaged(loaded: Loaded) -> None:
    project = loaded('[projects.a]\nid = "project-J00000000000000000000001"').projects["a"]
    assert (project.name, project.region, project.bill_to) == (None, None, None)
    assert loaded("").guards is None


def test_a_group_of_groups_becomes_its_regions(loaded: Loaded) -> None:
    groups = loaded(EVERYTHING).region_groups
    assert set(groups["near"]) == {"aws:eu-central-1", "azure:westeurope", "aws:eu-west-2"}


def test_regions_of_the_workspace_lie_over_the_catalogue(loaded: Loaded) -> None:
    regions = loaded('[regions."aws:me-south-1"]\nname = "Bahrain"').regions
    assert regions["aws:me-south-1"] == Region(name="Bahrain")
    assert catalogue()["aws:me-south-1"].retired
    assert len(catalogue()) == 10
    assert [code for code, region in catalogue().items() if region.retired] == ["aws:me-south-1"]


def test_a_chain_of_moves_ends_at_the_last_address(loaded: Loaded) -> None:
    text = '[projects.d]\nbill_to = "user-a"\n' + "".join(
        f'[[moved]]\nfrom = "projects.{old}"\nto = "projects.{new}"\n' for old, new in ("bc", "ab", "cd")
    )
    assert loaded(text).moved == dict.fromkeys(("projects.a", "projects.b", "projects.c"), "projects.d")


def test_files_are_merged_in_name_order(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.toml").write_text("not toml at all")
    (tmp_path / ".hidden.toml").write_text("not toml at all")
    workspace = loaded(
        b='[projects.b]\nbill_to = "user-a"\n[[policies]]\nid = "two"\nregions = ["aws:us-east-1"]\n',
        a=HEAD + '[projects.a]\nbill_to = "user-a"\n[[policies]]\nid = "one"\nregions = ["aws:us-east-1"]\n',
    )
    assert list(workspace.projects) == ["a", "b"]
    assert [policy.id for policy in workspace.policies] == ["one", "two"]
    assert [file.path for file in workspace.files] == ["a.toml", "b.toml"]


def test_defaults_of_one_file_count_in_the_others(loaded: Loaded) -> None:
    workspace = loaded(a=HEAD + "[projects.a]", z='[defaults.projects]\nbill_to = "org-x"')
    assert workspace.projects["a"].bill_to == "org-x"


def test_one_file_is_a_workspace(tmp_path: Path) -> None:
    path = tmp_path / "any.name"
    path.write_text(HEAD)
    workspace = load(str(path))
    assert workspace.directory == str(tmp_path)
    assert workspace.shown == str(path)
    assert [file.path for file in workspace.files] == ["any.name"]


def test_digests_are_of_names_and_bytes(loaded: Loaded, tmp_path: Path) -> None:
    first = loaded("")
    assert first.files[0].sha256 == hashlib.sha256(HEAD.encode()).hexdigest()
    assert loaded("").digest == first.digest
    assert loaded("# comment").digest != first.digest
    loaded("")
    (tmp_path / "all.toml").rename(tmp_path / "renamed.toml")
    assert load(str(tmp_path)).digest != first.digest


def test_the_directory_is_absolute_and_shown_as_given(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded("")
    monkeypatch.chdir(tmp_path)
    workspace = load(".")
    assert (workspace.directory, workspace.shown) == (str(tmp_path), ".")
    place = workspace.sources.locate("provider", "type")
    assert place is not None
    assert place.file == "all.toml"


@pytest.mark.parametrize("before", ["\ufeff", "# é\r\n", "\n\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_read(loaded: Loaded, before: str) -> None:
    text = before + HEAD.replace("\n", "\r\n")
    assert loaded(a=text).name == "test"


def test_a_region_that_is_retired_warns_where_something_new_would_be_placed(loaded: Loaded) -> None:
    text = """
[orgs.org-x]
default_region = "aws:me-south-1"
[defaults.projects]
bill_to = "org-x"
[projects.new]
region = "aws:me-south-1"
[projects.old]
region = "aws:me-south-1"
id = "project-J00000000000000000000001"
"""
    workspace = loaded(text)
    assert [(w.severity, w.code, w.source.line) for w in workspace.warnings] == [
        ("warning", "retired-region", 6),
        ("warning", "retired-region", 10),
    ]
    assert workspace.projects["new"].bill_to == "org-x"


def test_a_right_workspace_needs_no_syntax_tree(loaded: Loaded, tmp_path: Path) -> None:
    loaded(EVERYTHING)
    code = (
        "import sys; from reconciler import config; config.load(sys.argv[1]); "
        "print([m for m in ('tree_sitter', 'tree_sitter_toml', 'tomlkit', 'difflib') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert run.stdout.strip() == "[]"
