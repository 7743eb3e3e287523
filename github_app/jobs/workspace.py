"""The job's workspace as more than one step sees it: when a git request of Harvest's own is worth another try."""

from __future__ import annotations

from github_app.jobs.context import JobContext
from sandbox.workspace_failure import ReadTokenRefused, WorkspaceError


def may_pass(context: JobContext, problem: WorkspaceError) -> bool:
    """Whether fetching again may help. A token can be revoked before its time: the first refusal only replaces it."""
    if isinstance(problem, ReadTokenRefused):
        context.services.tokens.forget(context.session.installation_id, context.session.repository_id)
        return context.first_try
    return problem.retryable
