"""PyGithub as an App and as a person, through the emulated GitHub. Each step says in a line of JSON how it went.

Run by the interpreter that has PyGithub; what it is asked comes in `ASKED`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from github import Auth, Github, GithubException, GithubIntegration  # type: ignore[import-not-found, unused-ignore]

asked = json.loads(os.environ["ASKED"])
integration = GithubIntegration(auth=Auth.AppAuth(asked["app_id"], Path(asked["key"]).read_text()), base_url=asked["api"])
person = Github(auth=Auth.Token(asked["person"]), base_url=asked["api"], retry=None)


def step(name: str, run: Callable[[], Any]) -> None:
    try:
        print(json.dumps({"step": name, "said": run()}))
    except Exception as error:  # every failure is an answer here
        print(json.dumps({"step": name, "failed": f"{type(error).__name__} {error}"}))


def app() -> Any:
    owner, name = asked["repository"].split("/")
    return integration.get_github_for_installation(integration.get_repo_installation(owner, name).id).get_repo(
        asked["repository"]
    )


def talk() -> list[str]:
    bot = app()
    issue = bot.create_issue("By PyGithub", body="Text", labels=["bug"])
    comment = issue.create_comment("One")
    comment.edit("Two")
    comment.create_reaction("heart")
    ours = person.get_repo(asked["repository"]).get_issue(issue.number)
    ours.add_to_assignees(asked["login"])
    ours.lock("resolved")
    ours.unlock()
    ours.edit(state="closed", state_reason="not_planned")
    return [one.event for one in ours.get_timeline()]


def change() -> list[Any]:
    repo = person.get_repo(asked["repository"])
    repo.create_git_ref("refs/heads/pygithub", repo.get_branch("main").commit.sha)
    made = repo.create_file("pygithub.txt", "Add", "one\ntwo\n", branch="pygithub")
    pull = app().create_pull(base="main", head="pygithub", title="PyGithub", body="")
    run = app().create_check_run("pygithub", made["commit"].sha, status="completed", conclusion="neutral")
    pull = repo.get_pull(pull.number)
    pull.create_review(body="Hm", event="COMMENT")
    pull.create_review_comment("Why?", repo.get_commit(made["commit"].sha), "pygithub.txt", line=2)
    state = [one.filename for one in pull.get_files()], run.conclusion, [one.body for one in pull.get_review_comments()]
    return [*state, pull.merge(merge_method="rebase").merged]


def people() -> list[Any]:
    repo = person.get_repo(asked["repository"])
    found = person.search_issues(f"PyGithub repo:{asked['repository']} is:issue").totalCount
    teams = [team.slug for team in person.get_organization(repo.owner.login).get_teams()]
    return [
        repo.get_collaborator_permission(asked["login"]),
        found,
        teams,
        person.get_rate_limit().resources.core.limit >= 5_000,
    ]


def absent() -> int:
    try:
        person.get_repo(asked["repository"]).get_issue(9_999)
    except GithubException as error:
        return int(error.status)
    return 200


step("the App by its key", lambda: integration.get_app().slug)
step("talk", talk)
step("change", change)
step("people", people)
step("what is not there", absent)
