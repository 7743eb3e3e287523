"""Which jobs a kept state has: one for each kind of place that a job can be in, each in a repository of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from github_app.domain.ask import Account, Ask, By, Command, Origin, PullHead, Repository, Target
from github_app.domain.review_threads import OpenThreads, Remark, ReviewThread
from tests.github_service import GitHubService
from tests.scene import HOLD, commit, instructions

# A request that is refused for as long as a job is to stay where it is: method and path, `{}` being the repository.
Refused = tuple[str, str]


@dataclass(frozen=True)
class InFlight:
    """A job that stands at `step`, because `refused` is; None where something else holds it. When that is `after_the_agent`,
    the same requests go through before. A job that is `waiting` is its session's second one. `outcome` is its end."""

    recipe: str
    step: str
    refused: Refused | None = None
    after_the_agent: bool = False
    waiting: bool = False
    outcome: str = "succeeded"

    @property
    def id(self) -> str:
        """As it stands in the database, and the name of its repository."""
        return f"{self.recipe.replace('/', '-')}-{'waiting' if self.waiting else self.step.replace('_', '-')}"

    @property
    def thread(self) -> int:
        return 1


CLONE: Refused = ("*", "/*/{}.git/*")
PUSH: Refused = ("*", "/*/{}.git/git-receive-pack")

IN_FLIGHT = (
    InFlight("change/1", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments")),
    InFlight("change/1", "prepare_workspace", CLONE),
    InFlight("change/1", "run_agent"),
    InFlight("change/1", "", waiting=True),
    InFlight("change/1", "push", PUSH, after_the_agent=True),
    InFlight("change/1", "show_pull_request", ("POST", "/repos/*/{}/pulls"), after_the_agent=True),
    InFlight("change/1", "report", ("POST", "/repos/*/{}/check-runs"), after_the_agent=True),
    InFlight("answer/1", "run_agent"),
    InFlight("answer/1", "report", ("PATCH", "/repos/*/{}/issues/comments/*"), after_the_agent=True),
    InFlight("plan/1", "run_agent"),
    InFlight("plan/1", "post_plan", ("POST", "/repos/*/{}/issues/*/comments"), after_the_agent=True),
    InFlight("plan/1", "report", ("PATCH", "/repos/*/{}/issues/comments/*"), after_the_agent=True),
    InFlight("review/1", "run_agent"),
    InFlight("review/1", "submit_review", ("POST", "/repos/*/{}/pulls/*/reviews"), after_the_agent=True),
    InFlight("resolve/1", "run_agent", outcome="no_change"),
    InFlight(
        "resolve/1",
        "answer_threads",
        ("POST", "/repos/*/{}/pulls/*/comments/*/replies"),
        after_the_agent=True,
        outcome="no_change",
    ),
    # They find nothing that they could work on, and say so.
    InFlight("undo/1", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments"), outcome="no_change"),
    InFlight("rebase/1", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments"), outcome="no_change"),
    InFlight("rebase/2", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments"), outcome="no_change"),
    InFlight("auto/1", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments"), outcome="no_change"),
    InFlight("publish/1", "acknowledge", ("POST", "/repos/*/{}/issues/*/comments"), outcome="no_change"),
)


VERBS = {
    "change": "do",
    "answer": "ask",
    "auto": "auto",
    "plan": "plan",
    "undo": "undo",
    "rebase": "rebase",
    "publish": "publish",
    "review": "review",
    "resolve": "resolve",
}
# A review thread, which is gone by the time of the upgrade, and what an agent says of it.
THREAD = ReviewThread("PRRT_1", 1, "README.md", 1, "", (Remark("ada", "Why?"),))
VERDICT = 'Look at it\n\nIt stays.\n\n```json\n[{"thread": 1, "outcome": "answered", "say": "Because."}]\n```'
# As a reviewer and a planner write them.
REVIEW = '```json\n{"summary": "It holds.", "findings": []}\n```\n'
PLAN = "\n".join(f"### {number}. Step {number}" for number in range(1, 6)) + "\n\nEstimate: $1.00\n"


def pull_to_review(github: GitHubService, repository: str) -> PullHead:
    """A pull request that is open there."""
    sha = github.push(repository, "feature", {"feature.txt": "new\n"}, github.maintainer)
    new = {"title": "A feature", "head": "feature", "base": "main", "body": "It is new."}
    number = github.as_installation(repository).post(f"/repos/{repository}/pulls", new)["number"]
    return PullHead(number, sha, "feature", "main", "A feature")


def add_repositories(github: GitHubService, names: list[str]) -> None:
    """Each with an issue. Made in one order they have the same ids and commits in every emulated GitHub."""
    for name in names:
        full_name = github.add_repository(name, files={"README.md": f"# {name}\n"})
        github.maintainer.post(f"/repos/{full_name}/issues", {"title": "Add a line", "body": ""})


def add_pulls(github: GitHubService, pulls: list[dict[str, Any]]) -> None:
    """Those that were open, which need their branches' commits."""
    for pull in pulls:
        opened = {name: pull[name] for name in ("title", "body", "head", "base", "draft")}
        github.as_installation(pull["repository"]).post(f"/repos/{pull['repository']}/pulls", opened)


def pass_over_comments(github: GitHubService, names: list[str]) -> None:
    """Give no new comment the number of one that stood in the GitHub of then: there were at most two in each repository."""
    owner = github.repository.partition("/")[0]
    for name in names:
        for _ in range(2):
            comment = github.maintainer.post(f"/repos/{owner}/{name}/issues/1/comments", {"body": "passed over"})
            github.maintainer.delete(f"/repos/{owner}/{name}/issues/comments/{comment['id']}")


def pulls_of(github: GitHubService, repositories: list[str]) -> list[dict[str, Any]]:
    """What `add_pulls` needs to open them again."""
    owner = github.repository.partition("/")[0]
    return [
        {
            **{name: pull[name] for name in ("title", "body", "draft")},
            **{name: pull[name]["ref"] for name in ("head", "base")},
            "repository": f"{owner}/{repository}",
        }
        for repository in repositories
        for pull in github.maintainer.get(f"/repos/{owner}/{repository}/pulls")
    ]


def ask_for(github: GitHubService, job: InFlight, repository: str) -> Ask:
    """What was asked: to add a line, or for a plan, by an agent that waits until it is let go."""
    found = github.maintainer.get(f"/repos/{repository}")
    installation = github.as_app().get(f"/repos/{repository}/installation")["id"]
    text = instructions(HOLD + commit(f"{job.id}.txt", "a line", "Add a line"))
    if job.recipe.startswith("plan"):
        text = f"```look\n{HOLD}```\n\n````say\nAdd a line\n\n{PLAN}````"
    if job.recipe.startswith("review"):
        text = f"```look\n{HOLD}```\n\n````say\n{REVIEW}````"
    target = Target(installation, Repository(found["id"], repository), job.thread, "issue", "Add a line")
    if job.recipe.startswith("review"):
        target = msgspec.structs.replace(target, pull=pull_to_review(github, repository))
    verb = VERBS[job.recipe.partition("/")[0]]
    asked, threads = Command(verb, text), None
    if verb == "resolve":  # without words of its own
        body = f"```sh\n{HOLD}```\n\n````say\n{VERDICT}\n````"
        asked, threads, target = Command(verb), OpenThreads((THREAD,)), msgspec.structs.replace(target, body=body)
    origin = Origin(By.COMMENT, 1, "2026-11-29T12:00:00Z")
    plan_job = job.id if verb == "auto" else ""  # which posts no plan
    return Ask(asked, origin, Account(1, github.maintainer.login), target, threads=threads, plan_job=plan_job)
