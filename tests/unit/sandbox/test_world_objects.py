"""World files: data, apps, jobs and nonces; what is filled in, and what is refused with its place."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

import pytest
from reconciler_sandbox.laws.records import (
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Enabled,
    Job,
    Nonce,
    Part,
    Series,
)
from reconciler_sandbox.world import reader
from reconciler_sandbox.world.model import World
from support.sandbox import Lab
from support.whole_world import ALIGN, BOX, BWA, JOB, P1, P2, READS, SHA, WORK, WORLD, written

R = TypeVar("R")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


def all_of(world: World, kind: type[R]) -> list[R]:
    return [record for record in world.records if isinstance(record, kind)]


def test_objects_are_read_with_their_places(file: Path) -> None:
    world = reader.load(file).world
    objects = {one.id: one for one in all_of(world, DataObject)}
    copies = {(one.object, one.holder): one for one in all_of(world, Copy)}
    reads = objects[READS]
    assert (reads.size, reads.content) == (5, hashlib.sha256(b"ACGT\n").hexdigest())
    assert (reads.created_by, reads.created, reads.state) == ("user-alice", 1_740_787_200_000, "closed")
    assert copies[READS, P1] == Copy(READS, P1, "reads.txt", "/raw/2025", {"sample": "7"}, ("raw",))
    assert copies[READS, P2] == Copy(READS, P2, "the same reads")
    assert copies[WORK, P2].name == WORK
    (note,) = (one for one in objects.values() if one.data_class == "record")
    assert (note.state, note.hidden, note.types, note.links) == ("open", True, ("T",), (READS,))
    assert note.details == [None, {"$dnanexus_link": READS}]
    (part,) = (one.parts for one in objects.values() if one.parts)
    assert part == {"1": Part(2, "00", SHA)}


def test_what_is_the_same_wherever_an_object_lies_may_be_said_anywhere(file: Path) -> None:
    (reads,) = (one for one in all_of(reader.load(file).world, DataObject) if one.id == READS)
    assert (reads.media, reads.size) == ("text/plain", 5)


def test_what_an_applet_bundles_is_written_as_the_platform_has_it(file: Path) -> None:
    (align,) = (one for one in all_of(reader.load(file).world, DataObject) if one.id == ALIGN)
    bundled = [{"name": "reads.txt", "id": {"$dnanexus_link": READS}}]
    assert align.spec == {"runSpec": {"bundledDepends": bundled}}


def test_a_project_has_the_folders_that_it_names_and_those_of_its_objects(file: Path) -> None:
    one, two = reader.load(file).world.projects
    assert one.folders == ("/empty", "/raw", "/raw/2025")
    assert two.folders == ()
    assert (one.version, one.modified - one.created) == (4, 86_400_000)
    assert one.extras == {"allowedExecutables": [ALIGN]}


def test_bytes_are_read_from_the_folder_beside_the_file_and_from_the_text(file: Path) -> None:
    found = {one.data for one in all_of(reader.load(file).world, Content)}
    assert found == {b"\xff\x00", b"ACGT\n", b"left over"}


def test_a_container_takes_region_and_payer_from_its_project(file: Path) -> None:
    (box,) = all_of(reader.load(file).world, Container)
    assert (box.region, box.bill_to, box.name) == ("aws:us-east-1", "org-lab", BOX)


def test_versions_of_an_app_share_what_one_of_them_says(file: Path) -> None:
    world = reader.load(file).world
    one, two = (app for app in all_of(world, App) if app.name == "bwa")
    first, second = (one, two) if one.id == BWA else (two, one)
    assert (first.created_by, first.published) == ("user-alice", first.created)
    assert second.published is None
    assert second.regions["aws:us-east-1"] == Enabled(ALIGN, BOX, {"x": 1})
    shared = {series.id: series for series in all_of(world, Series)}
    assert shared["app-bwa"] == Series(
        "app-bwa",
        "user-alice",
        developers=("user-alice",),
        authorized=("PUBLIC",),
        categories=("Mapping",),
        aliases={"default": first.id, "next": second.id},
    )
    assert shared["globalworkflow-all"].aliases.keys() == {"default"}


def test_the_bare_name_of_an_app_means_its_last_published_version(file: Path) -> None:
    third = (
        '[[apps]]\nname = "bwa"\nversion = "3.0.0"\nbill_to = "org-lab"\npublished = 2026-01-01T00:00:00Z\n'
    )
    text = WORLD.replace('aliases = { default = "1.0.0", next = "2.0.0" }', "") + third
    file.write_text(text, encoding="utf-8")
    world = reader.load(file).world
    (series,) = (one for one in all_of(world, Series) if one.id == "app-bwa")
    (app,) = (one for one in all_of(world, App) if one.version == "3.0.0")
    assert series.aliases == {"default": app.id}
    assert app.published == 1_767_225_600_000


def test_a_job_takes_what_it_leaves_out_from_its_project_and_executable(file: Path) -> None:
    jobs = {job.kind: job for job in all_of(reader.load(file).world, Job)}
    job = jobs["job"]
    assert (job.name, job.region, job.bill_to) == ("align", "aws:us-east-1", "org-lab")
    assert (job.launched_by, job.state, job.output) == ("user-alice", "done", None)
    assert (jobs["analysis"].name, jobs["analysis"].state) == ("bwa", "failed")


def test_a_nonce_of_a_world_file_is_honoured(file: Path) -> None:
    (nonce,) = all_of(reader.load(file).world, Nonce)
    assert nonce.id == "user-alice /org/new n"
    lab = Lab(reader.load(file).world)
    got = lab.call("user-alice", "/org/new", handle="new", name="New", nonce="n")
    assert got.error == "InvalidInput"


def test_policies_without_a_meaning_here_are_kept(file: Path) -> None:
    assert reader.load(file).world.orgs["org-lab"].policies["jobReuse"] is None


def test_generated_ids_go_on_where_the_file_says_and_projects_keep_theirs(file: Path) -> None:
    world = reader.load(file).world
    assert world.issued == 5 + 6
    text = WORLD.replace(f'id = "{P2}"\n', "")
    file.write_text(text, encoding="utf-8")
    first = reader.load(file).world.projects[1].id
    file.write_text(
        text.replace('[[projects]]\nid = "', '[[projects]]\ntags = ["x"]\nid = "'), encoding="utf-8"
    )
    assert reader.load(file).world.projects[1].id == first
    file.write_text(text.replace("issued = 5", "issued = 6"), encoding="utf-8")
    assert reader.load(file).world.projects[1].id != first


def test_a_world_of_a_file_can_be_worked_with(file: Path) -> None:
    lab = Lab(reader.load(file).world)
    listed = lab.call("user-alice", f"/{P1}/listFolder", folder="/raw/2025").body
    assert [entry["id"] for entry in listed["objects"]] == [READS]
    for id in (READS, ALIGN, WORK, BOX, BWA, "app-bwa", "globalworkflow-all", JOB):
        got = lab.call("user-alice", f"/{id}/describe")
        assert (got.status, got.error) == (200, None), got
    assert lab.call("user-alice", "/app-bwa/run", project=P1, input={}).status == 200
    fresh = lab.call("user-alice", "/project/new", name="n", region="aws:us-east-1").body["id"]
    assert fresh not in {P1, P2}


def test_strange_but_possible_states_are_warnings(file: Path) -> None:
    text = WORLD.replace('permitted_regions = ["aws:us-east-1", "aws:eu', 'permitted_regions = ["aws:eu')
    text = text.replace(f'project = "{P1}"\n  [[', f'project = "{P1}"\nregion = "aws:eu-central-1"\n  [[')
    text = text.replace(
        f'project = "{P1}"\nworkspace', f'project = "{P1}"\nregion = "azure:westus"\nworkspace'
    )
    text = text.replace(f'bundled = ["{READS}"]', f'bundled = ["{"file-J00000000000000000000009"}"]')
    far = '[[containers.objects]]\n  id = "file-J00000000000000000000009"\n  [[containers.objects]]'
    text = text.replace("[[containers.objects]]", far)
    file.write_text(text, encoding="utf-8")
    warnings = [line.partition(": ")[2] for line in reader.load(file).warnings]
    lost = "is enabled in aws:us-east-1, which is not permitted for the payer org-lab"
    assert sorted(warnings) == sorted(
        [
            "1 project lies in aws:us-east-1, which is not permitted for the payer org-lab",
            f"{BOX} lies in aws:eu-central-1, but {P1}, its project, in aws:us-east-1",
            f"{JOB} lies in azure:westus, but {P1}, its project, in aws:us-east-1",
            f"{ALIGN} lies in aws:us-east-1, but file-J00000000000000000000009, which it bundles, in "
            "aws:eu-central-1",
            f"app-bwa/1.0.0 {lost}",
            f"app-bwa/2.0.0 {lost}",
            f"app-bwa/2.0.0 is enabled in aws:us-east-1, but {BOX} lies in aws:eu-central-1",
        ]
    )
