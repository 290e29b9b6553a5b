"""Tags, categories, developers, authorized users and installations of apps."""

from __future__ import annotations

import pytest
from reconciler_sandbox.laws.records import Member
from support.apps import an_app_lab, described, made_app, published
from support.sandbox import Lab

LISTS = {
    "categories": "Categories",
    "developers": "Developers",
    "authorizedUsers": "AuthorizedUsers",
}


def listed(lab: Lab, id: str, key: str, user: str = "user-alice") -> object:
    return lab.call(user, f"/{id}/list{LISTS[key]}").body[key]


@pytest.mark.covers("app-/addCategories", "app-/removeCategories", "app-/listCategories")
def test_categories_belong_to_all_versions() -> None:
    lab = an_app_lab()
    first, second = made_app(lab), made_app(lab, version="2.0.0")
    assert listed(lab, first, "categories") == []
    got = lab.call("user-alice", f"/{first}/addCategories", categories=["Mapping", "RNA", "Mapping"])
    assert got.body == {"id": first}
    assert described(lab, second)["categories"] == ["Mapping", "RNA"]
    lab.call("user-alice", f"/{second}/removeCategories", categories=["RNA", "absent"])
    assert listed(lab, first, "categories") == ["Mapping"]


@pytest.mark.covers("app-/addAuthorizedUsers", "app-/removeAuthorizedUsers", "app-/listAuthorizedUsers")
def test_authorized_users_are_users_organisations_or_everybody() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    add, remove = f"/{id}/addAuthorizedUsers", f"/{id}/removeAuthorizedUsers"
    given = ["user-bob", "org-lab", "user-bob", "PUBLIC"]
    assert lab.call("user-alice", add, authorizedUsers=given).body == {"id": id}
    assert listed(lab, id, "authorizedUsers") == ["user-bob", "org-lab", "PUBLIC"]
    lab.call("user-alice", remove, authorizedUsers=["PUBLIC", "user-nobody", "user-bob", "user-bob"])
    assert described(lab, "app-bwa/1.0.0")["authorizedUsers"] == ["org-lab"]
    for unknown in ("user-nobody", "org-nobody", "nobody"):
        got = lab.call("user-alice", add, authorizedUsers=["user-bob", unknown])
        assert got.error == "ResourceNotFound"
    assert listed(lab, id, "authorizedUsers") == ["org-lab"]


@pytest.mark.covers("app-/addDevelopers", "app-/removeDevelopers", "app-/listDevelopers")
def test_the_creator_is_the_first_developer_and_may_name_others() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    add, remove = f"/{id}/addDevelopers", f"/{id}/removeDevelopers"
    assert listed(lab, id, "developers") == ["user-alice"]
    assert lab.call("user-alice", add, developers=["user-bob"]).body == {"id": id}
    assert described(lab, id, "user-bob")["isDeveloperFor"] is True
    assert lab.call("user-bob", remove, developers=["user-alice", "user-nobody", "user-alice"]).status == 200
    assert listed(lab, id, "developers", "user-bob") == ["user-bob"]
    assert lab.call("user-alice", f"/{id}/describe").error == "PermissionDenied"
    assert lab.call("user-bob", add, developers=["PUBLIC"]).error == "ResourceNotFound"
    assert lab.call("user-bob", add, developers=["user-nobody"]).error == "ResourceNotFound"


@pytest.mark.covers("app-/removeDevelopers")
def test_the_last_developer_stays() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    got = lab.call("user-alice", f"/{id}/removeDevelopers", developers=["user-alice"])
    assert got.error == "InvalidState"


def test_members_of_an_organisation_develop_and_use_as_far_as_it_gives_them_access_to_apps() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    lab.call("user-alice", f"/{id}/addDevelopers", developers=["org-lab"])
    lab.call("user-alice", f"/{id}/removeDevelopers", developers=["user-alice"])
    members = lab.platform.state.orgs["org-lab"].members
    assert described(lab, id, "user-carol")["isDeveloperFor"] is True
    lab.change_org(members=members | {"user-carol": Member("MEMBER", app_access=False)})
    assert lab.call("user-carol", f"/{id}/describe").error == "PermissionDenied"
    lab.change_org(members=members | {"user-alice": Member("ADMIN", app_access=False)})
    assert lab.call("user-alice", f"/{id}/publish").status == 200


@pytest.mark.covers("app-/describe", "app-/listAuthorizedUsers")
def test_once_published_an_app_is_seen_by_those_whom_it_is_open_to() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    lab.call("user-alice", f"/{id}/addAuthorizedUsers", authorizedUsers=["user-dave", "org-lab"])
    assert lab.call("user-dave", "/app-bwa/describe").error == "ResourceNotFound"
    lab.call("user-alice", f"/{id}/publish")
    for user in ("user-dave", "user-carol"):
        shown = described(lab, "app-bwa", user)
        assert shown["isDeveloperFor"] is False
        assert "authorizedUsers" not in shown
        assert lab.call(user, f"/{id}/listAuthorizedUsers").error == "PermissionDenied"
        assert listed(lab, id, "developers", user) == ["user-alice"]
    lab.call("user-alice", f"/{id}/removeAuthorizedUsers", authorizedUsers=["user-dave"])
    assert lab.call("user-dave", f"/{id}/describe").error == "PermissionDenied"


@pytest.mark.covers("app-/addTags", "app-/removeTags")
def test_a_tag_names_one_version_and_moves() -> None:
    lab = an_app_lab()
    first, second = made_app(lab), made_app(lab, version="2.0.0")
    assert lab.call("user-alice", f"/{first}/addTags", tags=["beta", "old"]).body == {"id": first}
    lab.call("user-alice", f"/{second}/addTags", tags=["beta", "default"])
    assert described(lab, "app-bwa/beta")["id"] == second
    assert described(lab, "app-bwa")["id"] == second
    assert described(lab, first)["aliases"] == ["1.0.0", "old"]
    lab.call("user-alice", f"/{first}/removeTags", tags=["beta", "old"])
    assert described(lab, "app-bwa/beta")["id"] == second
    assert lab.call("user-alice", "/app-bwa/old/describe").error == "ResourceNotFound"


@pytest.mark.parametrize("tag", ["", "a/b", "3.0.0"])
def test_what_looks_like_a_version_is_no_tag(tag: str) -> None:
    lab = an_app_lab()
    assert lab.call("user-alice", f"/{made_app(lab)}/addTags", tags=[tag]).error == "InvalidInput"


@pytest.mark.parametrize("value", ["x", [1], None])
@pytest.mark.parametrize("verb", ["add", "remove"])
@pytest.mark.parametrize("key", ["tags", *LISTS])
def test_what_is_no_list_of_texts_is_invalid(verb: str, key: str, value: object) -> None:
    lab = an_app_lab()
    path = f"/{made_app(lab)}/{verb}{LISTS.get(key, 'Tags')}"
    assert lab.call("user-alice", path, {key: value}).error == "InvalidInput"
    assert lab.call("user-alice", path).error == "InvalidInput"


@pytest.mark.parametrize("verb", ["add", "remove"])
@pytest.mark.parametrize("key", ["tags", *LISTS])
def test_only_developers_change_what_surrounds_an_app(verb: str, key: str) -> None:
    lab = an_app_lab()
    published(lab)
    method = verb + LISTS.get(key, "Tags")
    got = lab.call("user-dave", f"/app-bwa/{method}", {key: ["user-dave"]})
    assert got.error == "PermissionDenied"
    assert lab.call("user-dave", "/app-bwa/publish").error == "PermissionDenied"
    assert lab.call("user-dave", "/app-bwa/delete").error == "PermissionDenied"


@pytest.mark.covers("app-/install", "app-/uninstall", "user-/describe")
def test_an_installed_app_is_shown_to_who_installed_it() -> None:
    lab = an_app_lab()
    id = published(lab)
    for _ in range(2):
        assert lab.call("user-dave", f"/{id}/install").body == {"id": id}
    assert described(lab, id, "user-dave")["installed"] is True
    assert described(lab, id)["installed"] is False
    wanted = {"fields": {"appsInstalled": True}}
    assert lab.call("user-dave", "/user-dave/describe", wanted).body["appsInstalled"] == ["bwa"]
    for _ in range(2):
        assert lab.call("user-dave", "/app-bwa/uninstall").status == 200
    assert lab.call("user-dave", "/user-dave/describe", wanted).body["appsInstalled"] == []
