"""Git's requests to GitHub that more than one step makes: which failures pass, so that the step is tried again."""

from __future__ import annotations

from github_app.github.failures import Passing
from github_app.jobs.context import JobContext
from sandbox.workspace_failure import ReadTokenRefused, WorkspaceError

# Git failed in passing: the step is tried again so much later.
RETRY_SECONDS = 5.0


def try_again_if_it_passes(context: JobContext, problem: WorkspaceError) -> None:
    """Raises Passing when fetching again may help. A token can be revoked before its time: the first refusal only replaces
    it."""
    again = problem.retryable
    if isinstance(problem, ReadTokenRefused):
        context.services.tokens.forget(context.session.installation_id, context.session.repository_id)
        again = context.first_try
    if again:
        raise Passing("git fetch", str(problem), RETRY_SECONDS) from problem
