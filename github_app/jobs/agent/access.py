"""What an agent reaches its model and its tools with."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from github_app.jobs.context import JobContext
from github_app.jobs.services import Services
from github_app.settings.egress import GATEWAY_PATH
from github_app.settings.operator import Settings
from sandbox.agent import TOOLS_TOKEN
from sandbox.secret import Secret

# Without any key the CLI would not ask at all.
KEY_AT_MODAL = "held-by-modal"


async def access_of_the_agent(context: JobContext) -> tuple[dict[str, str], dict[str, Secret]]:
    """Environment and secrets by which the CLI reaches the model and its tools.

    By the gateway: a token that is good for this job alone. The model directly, as HARVEST_MODEL_ACCESS=direct says, which is
    weaker: then the token is for tools, and the gateway to the model takes none.
    """
    services, settings = context.services, context.services.settings
    if not services.have_tools:
        return model_directly(settings)
    token = new_token()
    await give_access(context, digest_of(token))
    if settings.model_access == "direct":
        environment, given = model_directly(settings)
        return environment, {**given, TOOLS_TOKEN: token}
    return by_the_gateway(services, token)


def by_the_gateway(services: Services, token: Secret) -> tuple[dict[str, str], dict[str, Secret]]:
    """With one token for model and tools; what that is good for the gateway is told apart from this."""
    environment = {"ANTHROPIC_BASE_URL": f"{services.service_url}{GATEWAY_PATH}"}
    return environment, {"ANTHROPIC_API_KEY": token, TOOLS_TOKEN: token}


def new_token() -> Secret:
    """Good for nothing until it is granted."""
    return Secret(f"harvest-job-{secrets.token_urlsafe(32)}")


def digest_of(token: Secret) -> str:
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def model_directly(settings: Settings) -> tuple[dict[str, str], dict[str, Secret]]:
    """A word in the place of the key, which Modal replaces outside of the sandbox, or the operator's own key, which the agent
    can read."""
    environment = {"ANTHROPIC_BASE_URL": settings.anthropic_base_url}
    if not settings.agent_holds_key:
        return environment, {"ANTHROPIC_API_KEY": Secret(KEY_AT_MODAL)}
    if settings.claude_code_oauth_token is not None:
        return environment, {"CLAUDE_CODE_OAUTH_TOKEN": settings.claude_code_oauth_token}
    return environment, {"ANTHROPIC_API_KEY": settings.anthropic_api_key or Secret("")}


def expected_key_source(services: Services) -> str | None:
    """Where the CLI has to say that its key comes from; None when an OAuth token leaves that open."""
    by_oauth = services.settings.agent_holds_key and services.settings.claude_code_oauth_token is not None
    return None if by_oauth else "ANTHROPIC_API_KEY"


async def give_access(context: JobContext, token_sha256: str) -> None:
    """From now on the agent that holds this token works for the job, and spends from what the job does."""
    services = context.services
    await services.budgets.hold(context.job.id, context.session.id, context.accounts)
    await grant(services, context.job.id, token_sha256, context.narrowed.models)


async def grant(services: Services, job_id: str, token_sha256: str, models: Sequence[str] | None) -> None:
    """Let the gateway know this job's token, by its hash alone, and the models that it keeps to, None for all that are
    allowed."""
    await services.jobs.update(job_id, gateway_token_sha256=token_sha256, models=None if models is None else list(models))


async def revoke(services: Services, job_id: str) -> None:
    """From now on the gateway knows no token of this job: no agent of it is to work any more."""
    await services.jobs.update(job_id, gateway_token_sha256=None)
