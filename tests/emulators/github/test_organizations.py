"""Organisations, their members and teams, and what a team gives to its people."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from tests.emulators.github.typed import typed
from tests.github_service import GitHubService, Person

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Organization:
    """An organisation of its own, with an owner, a member who has not said so in public, and a private repository."""

    login: str
    owner: Person
    member: Person
    repo: str
    github: GitHubService

    @property
    def path(self) -> str:
        return f"/orgs/{self.login}"

    def app(self, **permissions: str) -> Person:
        """The App there, with these permissions more."""
        held = {"contents": "write", "issues": "write", **permissions}
        self.github.control("PATCH", f"installations/{self.installation}", {"permissions": held})
        return self.github.as_installation(self.repo.removeprefix("/repos/"))

    @property
    def installation(self) -> int:
        return int(self.github.as_app().get(f"{self.path}/installation")["id"])


@pytest.fixture
def org(github: GitHubService) -> Organization:
    number = next(_numbers)
    login = f"org-{number}"
    github.add_person(login, "Organization")
    owner, member = (github.add_person(f"{role}-of-{login}") for role in ("owner", "member"))
    name = github.add_repository("plans", owner=login, private=True, files={"a": "b"}, roles={owner.login: "admin"})
    for person, role in ((owner, "admin"), (member, "member")):
        github.control("PUT", f"organizations/{login}/members/{person.login}", {"role": role})
    github.control("POST", "installations", {"account": login})
    return Organization(login, owner, member, f"/repos/{name}", github)


def test_an_organisation_is_there_for_everybody(org: Organization) -> None:
    shown = typed(org.github.outsider.get(org.path), "OrganizationFull")
    assert (shown.login, shown.public_repos) == (org.login, 0)
    assert org.github.outsider.send("GET", f"/orgs/{org.owner.login}").status_code == 404


def test_members_are_shown_to_members_and_to_an_app_that_may_see_them(org: Organization) -> None:
    everybody = [org.owner.login, org.member.login]
    assert [one.login for one in typed(org.member.get(f"{org.path}/members"), "SimpleUser")] == everybody
    assert org.github.outsider.get(f"{org.path}/members") == []
    assert org.app().get(f"{org.path}/members") == []
    assert [one["login"] for one in org.app(members="read").get(f"{org.path}/members")] == everybody
    org.member.put(f"{org.path}/public_members/{org.member.login}")
    assert [one["login"] for one in org.github.outsider.get(f"{org.path}/members")] == [org.member.login]
    assert org.member.get(f"/users/{org.member.login}/orgs")[0]["login"] == org.login


def test_whether_somebody_is_a_member_is_not_for_everybody_to_know(org: Organization) -> None:
    path = f"{org.path}/members/{org.member.login}"
    assert org.owner.send("GET", path).status_code == 204
    elsewhere = org.github.outsider.send("GET", path)
    assert elsewhere.status_code == 302
    assert elsewhere.headers["location"].endswith(f"/public_members/{org.member.login}")
    assert org.app().send("GET", f"{org.path}/memberships/{org.member.login}").status_code == 403
    told = typed(org.app(members="read").get(f"{org.path}/memberships/{org.member.login}"), "OrgMembership")
    assert (told.role, told.state) == ("member", "active")


def test_only_an_owner_changes_who_belongs(org: Organization) -> None:
    path = f"{org.path}/memberships/{org.github.reader.login}"
    assert org.member.send("PUT", path, json={"role": "member"}).status_code == 403
    org.owner.put(path, {"role": "member"})
    assert org.github.reader.get(org.repo)["permissions"]["pull"] is True
    org.owner.delete(path)
    assert org.github.reader.send("GET", org.repo).status_code == 404
    assert org.owner.send("DELETE", f"{org.path}/memberships/{org.owner.login}").status_code == 403


def test_a_team_gives_its_people_its_role_and_takes_it_with_it(org: Organization) -> None:
    app = org.app(members="read")
    permission = f"{org.repo}/collaborators/{org.member.login}/permission"
    assert app.get(permission)["role_name"] == "read"  # as every member
    team = typed(org.owner.post(f"{org.path}/teams", {"name": "Core Team", "privacy": "closed"}), "TeamFull")
    path = f"{org.path}/teams/{team.slug}"
    org.owner.put(f"{path}/memberships/{org.member.login}")
    org.owner.put(f"{path}{org.repo}", {"permission": "maintain"})
    assert app.get(permission)["role_name"] == "maintain"
    assert [one["login"] for one in app.get(f"{path}/members")] == [org.owner.login, org.member.login]
    assert typed(app.get(f"{path}/memberships/{org.member.login}"), "TeamMembership").role == "member"
    assert typed(org.owner.get(f"{org.repo}/teams"), "Team")[0].permission == "maintain"
    assert org.owner.send("GET", f"{path}{org.repo}").status_code == 204
    org.owner.delete(path)
    assert app.get(permission)["role_name"] == "read"


def test_who_is_in_a_team_inside_another_has_the_outer_ones_role(org: Organization) -> None:
    outer = org.owner.post(f"{org.path}/teams", {"name": "outer", "privacy": "closed"})
    inner = org.owner.post(f"{org.path}/teams", {"name": "inner", "parent_team_id": outer["id"]})
    org.owner.put(f"{org.path}/teams/outer{org.repo}", {"permission": "push"})
    org.owner.put(f"{org.path}/teams/inner/memberships/{org.member.login}")
    assert inner["parent"]["slug"] == "outer"
    assert org.member.get(org.repo)["permissions"]["push"] is True


def test_a_secret_team_is_seen_by_its_own_people_and_owners(org: Organization) -> None:
    org.owner.post(f"{org.path}/teams", {"name": "secret plans"})
    assert org.member.get(f"{org.path}/teams") == []
    assert org.member.send("GET", f"{org.path}/teams/secret-plans").status_code == 404
    assert [one.slug for one in typed(org.owner.get(f"{org.path}/teams"), "Team")] == ["secret-plans"]
    assert org.github.outsider.send("GET", f"{org.path}/teams").status_code == 403
