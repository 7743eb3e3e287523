"""Check suites as GitHub keeps them: one for each App and commit, completed when all of its latest runs are.

https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites
"""

from __future__ import annotations

from emulators.github.clock import now
from emulators.github.git_repository import Commit
from emulators.github.model.accounts import Account
from emulators.github.model.apps import App, covers
from emulators.github.model.checks import CheckRun, CheckSuite
from emulators.github.model.repositories import Repository
from emulators.github.service import GitHub
from emulators.github.shapes.checks import suite_state


def suite_for(
    github: GitHub, repo: Repository, app: App, sha: str, branch: str | None = None, before: str | None = None
) -> CheckSuite:
    """The App's suite on a commit: there is one, made when it is first needed."""
    for suite in repo.check_suites.values():
        if suite.app is app and suite.head_sha == sha:
            suite.head_branch = suite.head_branch or branch
            return suite
    return new_suite(github, repo, app, sha, branch, before)


def new_suite(
    github: GitHub, repo: Repository, app: App, sha: str, branch: str | None, before: str | None = None
) -> CheckSuite:
    """One more on a commit: Actions has a suite for each workflow run."""
    moment = now()
    suite = CheckSuite(github.store.new_id("check_suite"), app, sha, branch, before, moment, moment)
    repo.check_suites[suite.id] = suite
    return suite


def request_suite(github: GitHub, repo: Repository, branch: str, before: str, head: Commit, sender: Account) -> None:
    """What a push does for each App that may write checks, unless the repository has turned it off for that App.
    https://docs.github.com/rest/checks/suites#update-repository-preferences-for-check-suites"""
    for installed in github.store.installations_on(repo):
        if covers(installed.permissions, "checks", "write") and installed.app.id not in repo.suites_by_hand:
            suite = suite_for(github, repo, installed.app, head.sha, branch, before)
            github.announce.check_suite("requested", repo, suite, head, sender)


def ask_again(github: GitHub, repo: Repository, run: CheckRun, sender: Account) -> None:
    """What "Re-run" does: the run stays as it is, its suite is put back, and its App is asked for a new run."""
    run.suite.requeued = True
    github.announce.check_run("rerequested", repo, run, sender)


async def run_changed(github: GitHub, repo: Repository, run: CheckRun, sender: Account, *, completed: bool) -> None:
    """A run was made or updated: its suite counts again, and is told of when this completed it."""
    suite = run.suite
    suite.updated_at, suite.requeued = now(), False
    if not completed:
        return
    github.announce.check_run("completed", repo, run, sender)
    head = await repo.git.commit(suite.head_sha)
    if head and suite_state(repo, suite)[0] == "completed":
        github.announce.check_suite("completed", repo, suite, head, sender)
