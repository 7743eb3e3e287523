"""Starts the workflows that a push or a change of a pull request asks for, as its own commit declares them.

https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

from typing import Any

from emulators.github.actions.app import ACTIONS_APP
from emulators.github.actions.runs import Runs
from emulators.github.check_suites import new_suite
from emulators.github.clock import now
from emulators.github.git_repository import ABSENT
from emulators.github.model.accounts import Account
from emulators.github.model.actions import Workflow, WorkflowRun
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.workflows.workflow_file import InvalidWorkflow, WorkflowFile, read_workflow

FOLDER = ".github/workflows"
# What keeps a push or a pull request from starting anything.
# https://docs.github.com/actions/how-tos/manage-workflow-runs/skip-workflow-runs
_SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")


class Triggers:
    """Follows what is announced."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def follow(self, event: str, repo: Repository, sender: Account, payload: dict[str, Any]) -> None:
        if not repo.actions.enabled:
            return
        match event, payload.get("action"):
            case "push", None:
                branch = str(payload["ref"]).removeprefix("refs/heads/")
                if payload["after"] != ABSENT and branch != payload["ref"]:
                    self._github.background.begin(self._pushed(repo, branch, payload["after"], sender))
            case "pull_request", str(action):
                self._github.background.begin(self._pull_changed(repo, payload["number"], action, sender))

    async def _pushed(self, repo: Repository, branch: str, sha: str, sender: Account) -> None:
        for path, plan in await self._files(repo, sha):
            if not isinstance(plan, WorkflowFile) or plan.starts_on("push", branch):
                await self._start(repo, path, plan, sender, event="push", branch=branch, head=sha, sha=sha)

    async def _pull_changed(self, repo: Repository, number: int, action: str, sender: Account) -> None:
        issue = repo.issues.get(number)
        pull = issue.pull if issue else None
        if issue is None or pull is None:
            return
        head, base, branch = pull.head_sha, pull.base_ref, pull.head_ref
        trial = await self._github.mergeability.settled(repo, issue)
        if trial is None or trial.merge_sha is None:
            return  # "Workflows will not run on pull_request activity if the pull request has a merge conflict."
        for path, plan in await self._files(repo, trial.merge_sha):
            if isinstance(plan, WorkflowFile) and plan.starts_on("pull_request", base, action):
                await self._start(
                    repo, path, plan, sender,
                    event="pull_request", branch=branch, head=head, sha=trial.merge_sha, pull_number=number,
                )  # fmt: skip

    async def _files(self, repo: Repository, sha: str) -> list[tuple[str, WorkflowFile | InvalidWorkflow]]:
        found: list[tuple[str, WorkflowFile | InvalidWorkflow]] = []
        for entry in await repo.git.tree(sha, f"{FOLDER}/"):
            if entry.type == "blob" and entry.path.endswith((".yml", ".yaml")):
                text = (await repo.git.blob(entry.sha) or b"").decode(errors="replace")
                try:
                    found.append((entry.path, read_workflow(entry.path, text)))
                except InvalidWorkflow as invalid:
                    found.append((entry.path, invalid))
        return found

    async def _start(
        self, repo: Repository, path: str, plan: WorkflowFile | InvalidWorkflow, sender: Account,
        *, event: str, branch: str, head: str, sha: str, pull_number: int | None = None,
    ) -> None:  # fmt: skip
        commit = await repo.git.commit(head)
        if commit is None or any(skip in commit.message for skip in _SKIPS):
            return
        workflow = workflow_at(self._github, repo, path, plan.name if isinstance(plan, WorkflowFile) else path)
        suite = new_suite(self._github, repo, ACTIONS_APP, head, branch)
        moment = now()
        run = WorkflowRun(
            id=self._github.store.new_id("workflow_run"),
            workflow=workflow,
            number=workflow.next_number,
            event=event,
            title=commit.message.split("\n")[0] if pull_number is None else repo.issues[pull_number].title,
            head_branch=branch,
            head_sha=head,
            head_commit=commit,
            ref=f"refs/heads/{branch}" if pull_number is None else f"refs/pull/{pull_number}/merge",
            sha=sha,
            suite=suite,
            actor=sender,
            triggering_actor=sender,
            created_at=moment,
            started_at=moment,
            updated_at=moment,
            pull_number=pull_number,
            fork=pull.fork if pull_number is not None and (pull := repo.issues[pull_number].pull) else None,
            problem=str(plan) if isinstance(plan, InvalidWorkflow) else None,
        )
        workflow.next_number += 1
        await Runs(self._github).start(repo, run, plan if isinstance(plan, WorkflowFile) else None)


def workflow_at(github: GitHub, repo: Repository, path: str, name: str) -> Workflow:
    """The workflow of that file, made when it is first seen."""
    known = repo.actions.workflows.get(path)
    if known is None:
        known = Workflow(github.store.new_id("workflow"), path, name, now())
        repo.actions.workflows[path] = known
    known.name = name
    return known
