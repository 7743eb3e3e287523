"""What protections and rulesets forbid of pushes and merges, seen by git and by githubkit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from githubkit.exception import RequestFailed

from tests.emulators.github.git_client import GitClient
from tests.emulators.github.githubkit_client import client_of
from tests.github_service import GitHubService, Person
from tests.waiting import wait_until

NOTHING = {"required_status_checks": None, "enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}


class Guarded:
    """A repository with an admin who sets what holds there."""

    def __init__(self, github: GitHubService, repo: str, git: GitClient, admin: Person) -> None:
        self.github, self.repo, self.git, self.admin = github, repo, git, admin
        self.name = repo.removeprefix("/repos/")
        self.where = dict(zip(("owner", "repo"), self.name.split("/"), strict=True))
        self.client = client_of(github, admin)
        self.kit = self.client.rest.repos

    def protect(self, branch: str = "main", **settings: Any) -> Any:
        return self.kit.update_branch_protection(**self.where, branch=branch, **{**NOTHING, **settings}).parsed_data

    def rule(self, *rules: dict[str, Any], include: str = "~DEFAULT_BRANCH", **more: Any) -> int:
        asked = {
            "name": "Guard",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": [include], "exclude": []}},
            "rules": list(rules),
            **more,
        }
        return int(self.kit.create_repo_ruleset(**self.where, data=asked).parsed_data.id)

    def clone(self, who: Person) -> Path:
        return self.git.clone(self.repo, who=who)

    def refused(self, folder: Path, who: Person, *push: str) -> str:
        """What git says of a push that is refused."""
        done = self.git.run(folder, "push", "origin", *push, who=who)
        assert done.returncode != 0, "it was taken"
        return done.stderr

    def opened(self, files: dict[str, str], branch: str = "fix") -> int:
        self.github.push(self.name, branch, files, self.github.reader)
        asked = {"title": "Mend it", "head": branch, "base": "main"}
        return int(self.github.maintainer.post(f"{self.repo}/pulls", asked)["number"])

    def merge(self, number: int, who: Person | None = None, method: str = "merge") -> tuple[int, str]:
        path = f"{self.repo}/pulls/{number}/merge"
        answer = (who or self.github.maintainer).send("PUT", path, json={"merge_method": method})
        return answer.status_code, answer.json()["message"]

    def state(self, number: int) -> str:
        def known() -> Any:
            shown = self.github.reader.get(f"{self.repo}/pulls/{number}")
            return shown if shown["mergeable"] is not None else None

        return str(wait_until(known, "mergeable to be known")["mergeable_state"])


@pytest.fixture
def guarded(github: GitHubService, repo: str, git: GitClient) -> Guarded:
    admin = github.add_person(f"admin-of-{repo.rpartition('/')[2]}")
    github.control("PUT", f"repos/{repo.removeprefix('/repos/')}/roles/{admin.login}", {"role": "admin"})
    return Guarded(github, repo, git, admin)


def test_a_protected_branch_takes_no_force_push_and_is_not_deleted(guarded: Guarded) -> None:
    maintainer = guarded.github.maintainer
    guarded.github.push(guarded.name, "release", {"a.txt": "a\n"}, maintainer)
    guarded.protect("release")
    clone = guarded.clone(maintainer)
    guarded.git.ok(clone, "checkout", "--quiet", "release")
    guarded.git.commit(clone, {"b.txt": "b\n"})
    guarded.git.ok(clone, "push", "--quiet", "origin", "release", who=maintainer)
    guarded.git.ok(clone, "commit", "--quiet", "--amend", "--message", "Otherwise")
    said = guarded.refused(clone, maintainer, "--force", "release")
    assert "remote: error: GH006: Protected branch update failed for refs/heads/release." in said
    assert "remote: - Cannot force-push to this branch" in said
    assert "! [remote rejected] release -> release (protected branch hook declined)" in said
    assert "Cannot delete this branch" in guarded.refused(clone, maintainer, "--delete", "release")
    ref = f"{guarded.repo}/git/refs/heads/release"
    assert maintainer.send("DELETE", ref).json()["message"] == "Cannot delete this branch"
    guarded.kit.delete_branch_protection(**guarded.where, branch="release")
    guarded.git.ok(clone, "push", "--quiet", "--force", "origin", "release", who=maintainer)
    maintainer.delete(ref)
    said = guarded.refused(clone, maintainer, "--delete", "main")
    assert "refusing to delete the current branch" in said or "deletion of the current branch prohibited" in said
    assert maintainer.send("DELETE", f"{guarded.repo}/git/refs/heads/main").status_code == 422


def test_a_rule_refuses_one_ref_and_lets_the_others_through(guarded: Guarded) -> None:
    guarded.rule({"type": "non_fast_forward"}, {"type": "pull_request", "parameters": _reviews(0)})
    bot = guarded.github.as_installation()
    clone = guarded.clone(bot)
    sha = guarded.git.commit(clone, {"b.txt": "b\n"})
    said = guarded.refused(clone, bot, "main", "HEAD:refs/heads/side")
    assert "remote: error: GH013: Repository rule violations found for refs/heads/main." in said
    assert f"/{guarded.name}/rules?ref=refs%2Fheads%2Fmain" in said
    assert "remote: - Changes must be made through a pull request." in said
    assert "(push declined due to repository rule violations)" in said
    assert bot.get(f"{guarded.repo}/git/ref/heads/side")["object"]["sha"] == sha
    file = {"message": "Add", "content": "YQo=", "branch": "main"}
    refused = bot.send("PUT", f"{guarded.repo}/contents/c.txt", json=file)
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
    )
    moved = bot.send("PATCH", f"{guarded.repo}/git/refs/heads/main", json={"sha": sha})
    assert (moved.status_code, "through a pull request" in moved.json()["message"]) == (422, True)


@pytest.mark.parametrize(
    ("rule", "push", "says"),
    [
        ({"type": "creation"}, "HEAD:refs/heads/guarded/new", "Cannot create ref due to creations being restricted."),
        ({"type": "update"}, "HEAD:refs/heads/guarded/old", "Cannot update this protected ref."),
        ({"type": "deletion"}, ":refs/heads/guarded/old", "Cannot delete this branch"),
        ({"type": "non_fast_forward"}, "+HEAD~1:refs/heads/guarded/old", "Cannot force-push to this branch"),
        ({"type": "required_signatures"}, "HEAD:refs/heads/guarded/old", "Commits must have verified signatures."),
        ({"type": "required_linear_history"}, "HEAD:refs/heads/guarded/old", "This branch must not contain merge commits."),
    ],
)
def test_each_rule_forbids_its_own(guarded: Guarded, rule: dict[str, Any], push: str, says: str) -> None:
    maintainer = guarded.github.maintainer
    guarded.github.push(guarded.name, "guarded/old", {"a.txt": "a\n"}, maintainer)
    clone = guarded.clone(maintainer)
    guarded.git.commit(clone, {"b.txt": "b\n"})
    guarded.git.ok(clone, "merge", "--quiet", "--no-ff", "--no-edit", "origin/guarded/old")
    ruleset = guarded.rule(rule, include="refs/heads/guarded/**/*")
    assert f"remote: - {says}" in guarded.refused(clone, maintainer, push)
    guarded.kit.update_repo_ruleset(**guarded.where, ruleset_id=ruleset, data={"enforcement": "disabled"})
    guarded.git.ok(clone, "push", "--quiet", "origin", push, who=maintainer)


def test_who_may_bypass_is_not_held(guarded: Guarded) -> None:
    app = guarded.github.as_app().get("/app")["id"]
    bot, maintainer = guarded.github.as_installation(), guarded.github.maintainer
    everyone = {"type": "pull_request", "parameters": _reviews(1)}
    guarded.rule(everyone, bypass_actors=[{"actor_id": app, "actor_type": "Integration", "bypass_mode": "always"}])
    guarded.rule(everyone, bypass_actors=[{"actor_id": app, "actor_type": "Integration", "bypass_mode": "pull_request"}])
    clone = guarded.clone(bot)
    guarded.git.commit(clone, {"b.txt": "b\n"})
    assert guarded.refused(clone, bot, "main").count("Changes must be made") == 1
    assert guarded.refused(clone, maintainer, "main").count("Changes must be made") == 2
    number = guarded.opened({"c.txt": "c\n"})
    assert guarded.merge(number)[0] == 405
    assert guarded.merge(number, bot)[0] == 200
    guarded.protect(required_pull_request_reviews={"required_approving_review_count": 1}, enforce_admins=False)
    for ruleset in guarded.kit.get_repo_rulesets(**guarded.where).parsed_data:
        guarded.kit.delete_repo_ruleset(**guarded.where, ruleset_id=ruleset.id)
    clone = guarded.clone(guarded.admin)
    guarded.git.commit(clone, {"d.txt": "d\n"})
    guarded.git.ok(clone, "push", "--quiet", "origin", "main", who=guarded.admin)
    guarded.protect(required_pull_request_reviews={"required_approving_review_count": 1}, enforce_admins=True)
    guarded.git.commit(clone, {"e.txt": "e\n"})
    assert "GH006" in guarded.refused(clone, guarded.admin, "main")


def test_required_reviews_and_checks_block_a_merge_until_they_are_there(guarded: Guarded) -> None:
    maintainer, bot = guarded.github.maintainer, guarded.github.as_installation()
    guarded.protect(
        required_status_checks={"strict": True, "contexts": ["ci"]},
        required_pull_request_reviews={"required_approving_review_count": 1},
        required_conversation_resolution=True,
    )
    number = guarded.opened({"c.txt": "c\n"})
    head = maintainer.get(f"{guarded.repo}/pulls/{number}")["head"]["sha"]
    assert guarded.state(number) == "blocked"
    assert guarded.merge(number) == (405, 'Required status check "ci" is expected.')
    run = bot.post(f"{guarded.repo}/check-runs", {"name": "ci", "head_sha": head, "status": "in_progress"})
    assert guarded.merge(number) == (405, 'Required status check "ci" is in progress.')
    bot.patch(f"{guarded.repo}/check-runs/{run['id']}", {"conclusion": "failure"})
    assert guarded.merge(number) == (405, 'Required status check "ci" is failing.')
    bot.post(f"{guarded.repo}/check-runs", {"name": "ci", "head_sha": head, "conclusion": "success"})
    waits = "At least 1 approving review is required by reviewers with write access."
    assert guarded.merge(number) == (405, waits)
    reviews = f"{guarded.repo}/pulls/{number}/reviews"
    guarded.github.reader.post(reviews, {"event": "APPROVE"})
    assert guarded.merge(number) == (405, waits)
    guarded.admin.post(reviews, {"event": "REQUEST_CHANGES", "body": "No."})
    assert guarded.merge(number) == (405, "Changes have been requested.")
    guarded.admin.post(reviews, {"event": "APPROVE"})
    assert guarded.state(number) == "clean"
    guarded.protect(required_status_checks={"strict": True, "checks": [{"context": "ci", "app_id": 1}], "contexts": []})
    assert guarded.merge(number) == (405, 'Required status check "ci" is expected.')
    guarded.protect(required_status_checks={"strict": True, "contexts": ["ci"]})
    guarded.github.push(guarded.name, "beside", {"d.txt": "d\n"}, maintainer)
    guarded.admin.post(f"{guarded.repo}/merges", {"base": "main", "head": "beside"})
    assert guarded.state(number) == "behind"
    assert guarded.merge(number)[0] == 405
    guarded.protect(required_status_checks={"strict": False, "contexts": ["ci"]})
    assert guarded.merge(number)[0] == 200


def test_a_linear_history_takes_squashes_and_rebases(guarded: Guarded) -> None:
    guarded.protect(required_linear_history=True)
    number = guarded.opened({"c.txt": "c\n"})
    assert guarded.merge(number) == (405, "This branch must not contain merge commits.")
    assert guarded.merge(number, method="squash")[0] == 200


def test_a_check_that_nobody_requires_makes_it_unstable(guarded: Guarded) -> None:
    number = guarded.opened({"c.txt": "c\n"})
    head = guarded.github.reader.get(f"{guarded.repo}/pulls/{number}")["head"]["sha"]
    guarded.github.maintainer.post(f"{guarded.repo}/statuses/{head}", {"state": "failure"})
    assert guarded.state(number) == "unstable"
    assert guarded.merge(number)[0] == 200


def test_only_some_may_push_where_pushes_are_restricted(guarded: Guarded) -> None:
    maintainer, bot = guarded.github.maintainer, guarded.github.as_installation()
    shown = guarded.protect(restrictions={"users": [maintainer.login], "teams": [], "apps": []})
    assert [one.login for one in shown.restrictions.users] == [maintainer.login]
    clone = guarded.clone(bot)
    guarded.git.commit(clone, {"b.txt": "b\n"})
    assert "You're not authorized to push to this branch." in guarded.refused(clone, bot, "main")
    guarded.git.ok(clone, "push", "--quiet", "origin", "main", who=maintainer)
    guarded.protect(lock_branch=True)
    guarded.git.commit(clone, {"c.txt": "c\n"})
    assert "Cannot change this locked branch" in guarded.refused(clone, maintainer, "main")


def test_what_holds_is_read_where_it_was_set(guarded: Guarded) -> None:
    client = client_of(guarded.github, guarded.github.reader)
    reader = client.rest.repos
    assert reader.get_branch(**guarded.where, branch="main").parsed_data.protected is False
    guarded.protect(required_status_checks={"strict": False, "contexts": ["ci"]}, enforce_admins=True)
    shown = guarded.kit.get_branch_protection(**guarded.where, branch="main").parsed_data
    assert (shown.required_status_checks.contexts, shown.enforce_admins.enabled) == (["ci"], True)
    branch = reader.get_branch(**guarded.where, branch="main").parsed_data
    assert (branch.protected, branch.protection.required_status_checks.contexts) == (True, ["ci"])
    checks = guarded.kit.get_status_checks_protection(**guarded.where, branch="main").parsed_data
    assert checks.contexts == ["ci"]
    ruleset = guarded.rule({"type": "deletion"}, include="refs/heads/release/*")
    assert [one.id for one in reader.get_repo_rulesets(**guarded.where).parsed_data] == [ruleset]
    rules = reader.get_branch_rules(**guarded.where, branch="release/1").parsed_data
    assert [(one.type, one.ruleset_id) for one in rules] == [("deletion", ruleset)]
    assert reader.get_branch_rules(**guarded.where, branch="main").parsed_data == []
    assert reader.get_repo_ruleset(**guarded.where, ruleset_id=ruleset).parsed_data.name == "Guard"


@pytest.mark.parametrize(
    ("ask", "status", "says"),
    [
        (lambda guarded: guarded.protect("absent"), 404, "Branch not found"),
        (lambda guarded: guarded.kit.get_branch_protection(**guarded.where, branch="main"), 404, "Branch not protected"),
        (lambda guarded: guarded.kit.get_repo_ruleset(**guarded.where, ruleset_id=1), 404, "Not Found"),
        (lambda guarded: guarded.rule({"type": "merge_queue"}), 422, "The rule merge_queue is not emulated."),
        (
            lambda guarded: guarded.protect(required_pull_request_reviews={"require_code_owner_reviews": True}),
            422,
            "require_code_owner_reviews is not emulated.",
        ),
    ],
)
def test_what_is_not_there_or_not_enforced_is_said(
    guarded: Guarded, ask: Callable[[Guarded], object], status: int, says: str
) -> None:
    with pytest.raises(RequestFailed) as failed:
        ask(guarded)
    assert (failed.value.response.status_code, failed.value.response.json()["message"]) == (status, says)


def test_only_an_admin_sets_rules(guarded: Guarded) -> None:
    maintainer, bot = guarded.github.maintainer, guarded.github.as_installation()
    for who in (maintainer, bot):
        assert who.send("PUT", f"{guarded.repo}/branches/main/protection", json=NOTHING).status_code == 403
        asked = {"name": "x", "enforcement": "active"}
        assert who.send("POST", f"{guarded.repo}/rulesets", json=asked).status_code == 403


def _reviews(count: int) -> dict[str, Any]:
    return {
        "required_approving_review_count": count,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }


def test_a_test_sets_rules_without_an_admin(guarded: Guarded) -> None:
    control, maintainer = guarded.github.control, guarded.github.maintainer
    guarded.github.push(guarded.name, "release/1", {"a.txt": "a\n"}, maintainer)
    control("PUT", f"repos/{guarded.name}/branches/release/1/protection", {"lock_branch": True})
    ruleset = control("POST", f"repos/{guarded.name}/rulesets", {"rules": [{"type": "update"}], **_to("refs/heads/main")})
    clone = guarded.clone(maintainer)
    guarded.git.commit(clone, {"b.txt": "b\n"})
    said = guarded.refused(clone, maintainer, "main", "+HEAD:release/1")
    assert "Cannot change this locked branch" in said
    assert "Cannot update this protected ref." in said
    assert guarded.github.reader.get(f"{guarded.repo}/rulesets/{ruleset['id']}")["enforcement"] == "active"
    with pytest.raises(AssertionError, match="merge_queue is not emulated"):
        control("POST", f"repos/{guarded.name}/rulesets", {"rules": [{"type": "merge_queue"}]})


def _to(ref: str) -> dict[str, Any]:
    return {"conditions": {"ref_name": {"include": [ref], "exclude": []}}}
