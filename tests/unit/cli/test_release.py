"""``release``: the mark is taken off, of the one project that is meant, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from support.command import Ran
from support.desk import EU, PEOPLE, US, Desk, a_project, marked, pid
from support.ledgers import baseline_of

from reconciler import planfile

PAYER = '[orgs.org-lab]\ndefault_region = "aws:us-east-1"\n'
RNA = f'[projects.rna]\nname = "RNA"\nregion = "{US}"\nbill_to = "org-lab"\n'
TWICE = a_project(2, "RNA copied by hand", properties=marked("rna"))
CLAIM = a_project(3, "A claim", EU, "org-clinic", properties=marked("dna"))
THEIRS = a_project(4, "Trial", properties=marked("trial", "theirs"))
ONLY_SEEN = a_project(5, "Seen", properties=marked("seen"), members={"user-alice": "VIEW"})
NOT_SEEN = a_project(6, "Unseen", US, "org-guests", properties=marked("unseen"), members={"user-bob": "VIEW"})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A project of ours whose table has left the TOML, as an apply has recorded."""
    ours = a_project(1, "RNA", properties={**marked("rna"), "study": "7"})
    made = Desk.new(tmp_path, PEOPLE + ours + CLAIM + THEIRS + ONLY_SEEN + NOT_SEEN)
    made.write(PAYER)
    assert made.run("apply", "--auto-approve").code == 0
    return made


def released(desk: Desk, project: str, code: int = 0) -> Ran:
    ran = desk.run("release", project, "--auto-approve")
    assert ran.code == code, (ran.code, ran.out, ran.err)
    return ran


def kept(desk: Desk, project: str, code: int, *said: str) -> None:
    """Nothing is sent, for the reason that is given in these words."""
    before = desk.dump()
    told = " ".join(released(desk, project, code).err.split())
    assert all(one in told for one in said), told
    assert (desk.dump(), desk.writes()) == (before, [])


def ids_known(desk: Desk) -> set[str]:
    """Of projects, by the ledger."""
    known = baseline_of(desk.folder, "lab")
    recorded = {one.id for one in known.resources.values() if one.id.startswith("project-")}
    return recorded | set(known.forgotten.values())


@pytest.mark.parametrize("project", ["projects.rna", pid(1)])
def test_the_mark_is_taken_off_in_one_call_and_nothing_else_is(desk: Desk, project: str) -> None:
    assert pid(1) in ids_known(desk)
    assert "projects.rna   released" in released(desk, project).out
    assert desk.writes() == [("user-alice", f"/{pid(1)}/setProperties")]
    assert dict(desk.project(pid(1)).properties) == {"study": "7"}
    assert pid(1) not in ids_known(desk)


def test_what_was_released_is_nobodys_even_if_its_table_comes_back(desk: Desk) -> None:
    released(desk, "projects.rna")
    assert desk.refused(PAYER + RNA) == {"projects.rna": ["REG303"]}
    assert desk.apply(PAYER + RNA + "adopt = true\n") == [("adopt", "projects.rna")]


def test_the_history_has_it_step_by_step(desk: Desk) -> None:
    released(desk, "projects.rna")
    (run, *_) = desk.run("history", "--format", "json").json["runs"]
    told = desk.run("history", "--run", run["started"]["run"]).out
    assert "release projects.rna --auto-approve" in told
    assert f"release   done {pid(1)}" in told


def test_the_answer_as_json_is_that_of_an_apply(desk: Desk) -> None:
    ran = desk.run("release", "projects.rna", "--auto-approve", "--format", "json")
    (step,) = ran.json["steps"]
    assert ran.json["kind"] == "apply"
    assert (step["action"], step["address"], step["result"]) == ("release", "projects.rna", "done")


@pytest.mark.parametrize("project", ["projects.rna", pid(1)])
def test_a_project_of_the_toml_keeps_its_mark(desk: Desk, project: str) -> None:
    desk.write(PAYER + RNA)
    kept(desk, project, 3, f"projects.rna of the TOML is {pid(1)}", "lab.toml:9", "Take its table out")


@pytest.mark.parametrize("project", ["projects.rna", pid(1)])
def test_so_does_one_whose_address_was_moved(desk: Desk, project: str) -> None:
    moved = '[[moved]]\nfrom = "projects.rna"\nto = "projects.rnaseq"\n'
    desk.write(PAYER + RNA.replace("projects.rna", "projects.rnaseq") + moved)
    kept(desk, project, 3, f"projects.rnaseq of the TOML is {pid(1)}")


def test_so_does_one_that_another_address_names_by_its_id(desk: Desk) -> None:
    desk.write(f'{PAYER}[projects.other]\nid = "{pid(1)}"\n')
    kept(desk, "projects.rna", 3, f"projects.other of the TOML is {pid(1)}")


def test_so_does_one_whose_mark_was_changed_behind_the_ledger(desk: Desk) -> None:
    desk.apply(PAYER + RNA)
    desk.call("user-alice", f"/{pid(1)}/setProperties", properties=marked("gone"))
    assert f"projects.rna of the TOML is {pid(1)}" in released(desk, pid(1), 3).err
    assert dict(desk.project(pid(1)).properties)["reconciler"] == "lab/projects.gone"


def test_the_mark_of_another_workspace_is_theirs(desk: Desk) -> None:
    kept(desk, pid(4), 3, "is not of this workspace: its mark is theirs/projects.trial")


@pytest.fixture
def twins(tmp_path: Path) -> Desk:
    """Two projects that bear the mark of one address, which the TOML has."""
    ours = a_project(1, "RNA", properties=marked("rna"))
    made = Desk.new(tmp_path, PEOPLE + ours + TWICE)
    made.write(PAYER + RNA)
    return made


def test_of_two_that_bear_one_mark_the_wrong_one_is_released_by_its_id(twins: Desk) -> None:
    kept(twins, "projects.rna", 3, f"2 projects bear the mark lab/projects.rna: {pid(1)}, {pid(2)}")
    released(twins, pid(2))
    assert twins.writes() == [("user-alice", f"/{pid(2)}/setProperties")]
    assert twins.plan()["steps"] == twins.plan()["refusals"] == []
    assert f"projects.rna of the TOML is {pid(1)}" in released(twins, pid(1), 3).err


def test_the_mark_of_an_address_that_is_another_project_by_its_id_is_taken_off(desk: Desk) -> None:
    desk.write(f'{PAYER}[projects.rna]\nid = "{pid(5)}"\n')
    released(desk, pid(1))
    assert "reconciler" not in desk.project(pid(1)).properties


def test_what_the_ledger_knows_is_ours_though_its_payer_has_left_the_toml(desk: Desk) -> None:
    desk.write('[orgs.org-clinic]\ndefault_region = "aws:eu-central-1"\n')
    released(desk, "projects.rna")
    assert "reconciler" not in desk.project(pid(1)).properties


def test_a_claim_is_released_by_its_id_alone(desk: Desk) -> None:
    kept(desk, "projects.dna", 3, f"only {pid(3)} bears the mark lab/projects.dna", "by its id")
    released(desk, pid(3))
    assert "reconciler" not in desk.project(pid(3)).properties


def test_what_bears_no_mark_is_not_released_again(desk: Desk) -> None:
    desk.call("user-alice", f"/{pid(1)}/setProperties", properties={"reconciler": None})
    sent = desk.writes()
    for project in ("projects.rna", pid(1)):
        assert released(desk, project).out == f"{pid(1)} bears no mark: there is nothing to release.\n"
        assert pid(1) not in ids_known(desk)
    assert desk.writes() == sent


@pytest.mark.parametrize(
    ("project", "code", "said"),
    [
        ("projects.rnaa", 1, "no project that can be seen bears the mark lab/projects.rnaa"),
        (pid(9), 1, f"there is no {pid(9)} at the platform"),
        (pid(6), 7, f"whether {pid(6)} bears a mark of ours cannot be read"),
        (pid(5), 3, "CONTRIBUTE"),
        ("orgs.org-lab", 64, "is not a project"),
        ("rna", 64, "is not a project"),
    ],
)
def test_what_is_not_known_not_seen_or_not_allowed_is_told_and_nothing_sent(
    desk: Desk, project: str, code: int, said: str
) -> None:
    kept(desk, project, code, said)


def test_no_plan_file_releases_anything(desk: Desk) -> None:
    desk.write(PAYER + RNA.replace('"RNA"', '"RNA-seq"'))
    assert desk.run("plan", "-o", "plan.json").code == 0
    plan = planfile.read(str(desk.folder / "plan.json"))
    (step,) = plan.steps
    forged = replace(step, action="release", before={"id": pid(1), "mark": "lab/projects.rna"}, after={})
    planfile.write(planfile.seal(replace(plan, steps=(forged,)), reproducible=False), str(desk.folder / "p"))
    for command in ("check", "apply"):
        ran = desk.run(command, "p", *(["--auto-approve"] if command == "apply" else []))
        assert (ran.code, desk.writes()) == (3, []), ran.out
        assert "this plan takes the mark off projects.rna" in ran.out + ran.err


def test_without_a_terminal_nobody_says_yes(desk: Desk) -> None:
    ran = desk.run("release", "projects.rna")
    assert (ran.code, desk.writes()) == (64, [])
    assert "release asks before it sends anything" in ran.err


REAL = 'workspace = "lab"\n[provider]\ntype = "dnanexus"\nendpoint = "http://127.0.0.1:9"\n'


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ({"GITHUB_EVENT_NAME": "pull_request"}, 3, "release does not run on a pull request"),
        ({"CI": "true"}, 64, "--local-ledger"),
    ],
)
def test_on_the_real_platform_it_runs_where_apply_does(
    desk: Desk, setting: dict[str, str], code: int, said: str
) -> None:
    (desk.folder / "lab.toml").write_text(REAL)
    desk.settings = setting
    kept(desk, "projects.rna", code, said)
