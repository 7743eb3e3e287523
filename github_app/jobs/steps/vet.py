"""Vet: in a clean repository that never ran the agent's code, decide whether its commits may be published."""

from __future__ import annotations

from github_app.domain.ending import JobOver
from github_app.github.failures import Passing
from github_app.github.tokens import Purpose
from github_app.jobs.context import JobContext
from github_app.jobs.steps.collect import BUNDLE_FILE, collect_from
from github_app.jobs.steps.prepare_workspace import may_pass
from github_app.publish.vet.clean_git import GitFailed, Remote
from github_app.publish.vet.vetting import Refused, VetSpec, Vetted
from github_app.publish.vet.vetting import vet as vet_bundle
from sandbox.workspace_failure import WorkspaceError

RETRY_SECONDS = 5.0
SHOWN_REASONS = 10


async def vet(context: JobContext) -> None:
    vetted = await vetted_commits(context)
    card = context.card.with_changes(vetted.files, vetted.insertions, vetted.deletions, vetted.commits)
    await context.remember(vetted_sha=vetted.head_sha, card=card.to_json())


async def vetted_commits(context: JobContext) -> Vetted:
    """The commits that may be pushed; the same ones each time. Raises JobOver with the reasons when they may not.

    The bundle is brought out anew when it is not here: another machine may have collected it.
    """
    services, session, detail = context.services, context.session, context.job.detail
    bundle = context.folder / BUNDLE_FILE
    if not bundle.exists():
        await collect_from(context, await context.sandbox())
    token = await services.tokens.get(session.installation_id, session.repository_id, Purpose.READ)
    spec = VetSpec(
        folder=context.folder / "vetted.git",
        remote=Remote(context.remote_url, token.value),
        bundle=bundle,
        start_sha=detail["start_sha"],
        base_sha=context.job.base_sha or detail["start_sha"],
        base_branch=session.base_branch or context.request.default_branch,
        identity=await services.identity.git(),
        model=context.card.model or context.model,
        not_after=detail["collected_at"],
        known_secrets=[token.value, *context.agents_secrets],
    )
    try:
        found = await vet_bundle(spec)
    except WorkspaceError as problem:
        if may_pass(context, problem):
            raise Passing("git fetch", str(problem), RETRY_SECONDS) from problem
        raise JobOver("failed", f"{problem}.") from problem
    except GitFailed as problem:
        raise JobOver("failed", f"git could not check the agent's commits: {problem}", advice="Ask again.") from problem
    if isinstance(found, Refused):
        raise refusal(found)
    return found


def refusal(found: Refused) -> JobOver:
    """The end for work that may not be published, with every reason that fits."""
    shown = [f"- {reason.sentence}" for reason in found.reasons[:SHOWN_REASONS]]
    if len(found.reasons) > SHOWN_REASONS:
        shown.append(f"- and {len(found.reasons) - SHOWN_REASONS} more")
    return JobOver(
        "refused",
        "\n".join(["The agent's commits were checked and not pushed:", *shown]),
        kept="The commits stay in the session's sandbox: the next request does not build on them, its agent can look at them.",
        advice="Ask for it without that, in the same session.",
    )
