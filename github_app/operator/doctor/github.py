"""GitHub: is it reachable, does the key fit the App, do webhooks arrive, and where is the App installed?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from github_app.github.client import GitHub
from github_app.github.failures import GitHubProblem, Refused
from github_app.operator.doctor.finding import Finding
from github_app.operator.setup.manifest import missing_permissions, read_manifest
from github_app.settings.operator import Settings, SettingsError

RECENT_DELIVERIES = 30

# What GitHub's refusal names when the App's token seems to come from the future or the past.
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
TIME_CLAIMS = ("('iat')", "('exp')")

Check = Callable[[Settings, GitHub], Awaitable[list[Finding]]]


async def github_findings(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    github = None
    try:
        github = GitHub(settings.github_api_url, settings.app_id or "", settings.app_private_key())
        checks: tuple[Check, ...] = (app_findings, webhook_findings, installation_findings)
        for check in checks:
            found += await check(settings, github)
    except SettingsError as problem:
        found.append(Finding("GitHub", "missing", "not asked, because there is no usable key", str(problem)))
    finally:
        if github is not None:
            await github.close()
    return found


async def app_findings(settings: Settings, github: GitHub) -> list[Finding]:
    """Is GitHub reachable, and does the key fit the App?"""
    try:
        app = await github.as_app("GET", "/app")
    except Refused as problem:
        advice = "compare GITHUB_APP_ID with the App's page, and generate a new private key there if in doubt"
        if any(claim in problem.reason for claim in TIME_CLAIMS):
            advice = "this machine's clock is wrong: set it, by NTP for example"
        return [Finding("GitHub App", "missing", f"GitHub does not take the key: {problem.reason}", advice)]
    except GitHubProblem as problem:
        return [Finding("GitHub", "missing", str(problem), f"is {settings.github_api_url} reachable from here?")]
    except Exception as problem:
        advice = "give the .pem file as GitHub let you download it"
        return [Finding("private key", "missing", f"it is not a private key ({type(problem).__name__})", advice)]
    found = [Finding("GitHub App", "ok", f"{app['name']} (id {app['id']}) at {settings.github_api_url}")]
    manifest = read_manifest()
    if lacking := missing_permissions(manifest, app["permissions"]):
        found.append(
            Finding(
                "permissions", "missing", "; ".join(lacking), "change them under the App's 'Permissions & events', then accept"
            )
        )
    else:
        found.append(Finding("permissions", "ok", "the App asks for all that app.yml names"))
    if "workflows" in app["permissions"]:
        advice = "take it away, unless a repository has `allow_workflows: true` in its settings"
        found.append(Finding("permissions", "warning", "the App may change workflows", advice))
    if unheard := sorted(set(manifest.default_events) - set(app["events"])):
        found.append(
            Finding("events", "missing", f"not subscribed: {', '.join(unheard)}", "subscribe under 'Permissions & events'")
        )
    else:
        found.append(Finding("events", "ok", ", ".join(manifest.default_events)))
    return found


async def webhook_findings(settings: Settings, github: GitHub) -> list[Finding]:
    """Does GitHub send its webhooks here, and do they arrive?"""
    try:
        config = await github.as_app("GET", "/app/hook/config")
        deliveries = await github.as_app("GET", f"/app/hook/deliveries?per_page={RECENT_DELIVERIES}")
    except (GitHubProblem, ValueError, TypeError) as problem:
        return [Finding("webhook", "missing", f"not asked: {problem}", "mend the GitHub App first")]
    wanted = f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/webhooks/github"
    found = [destination_finding(config, wanted)]
    if deliveries:
        found.append(deliveries_finding([delivery["status_code"] for delivery in deliveries], wanted))
    return found


def destination_finding(config: dict[str, Any], wanted: str) -> Finding:
    """Whether webhooks go to this service. `config` is the App's hook as GitHub tells it."""
    if config.get("url") != wanted:
        where = config.get("url") or "nowhere, so nothing that is asked arrives"
        advice = f"set the webhook URL on the App's page to {wanted}, or HARVEST_PUBLIC_URL to how GitHub reaches this service"
        return Finding("webhook", "missing", f"the App sends to {where}", advice)
    if config.get("content_type") != "json":
        advice = "choose application/json as the webhook's content type on the App's page"
        return Finding("webhook", "missing", f"the App sends {config.get('content_type')} and not json", advice)
    return Finding("webhook", "ok", wanted)


def deliveries_finding(statuses: list[int], wanted: str) -> Finding:
    """Whether webhooks arrive. `statuses` are the answers that GitHub got, the latest first; 0 for none."""
    failed = [status for status in statuses if not 200 <= status < 300]
    if not failed:
        return Finding("deliveries", "ok", f"the last {len(statuses)} arrived")
    detail = f"{len(failed)} of the last {len(statuses)} deliveries failed, the latest of them with {failed[0]}"
    if statuses[0] != failed[0]:
        return Finding(
            "deliveries", "warning", f"{detail}; those after it arrived", "Harvest asks for these again when it runs"
        )
    if failed[0] == 401:
        advice = "the secrets differ: give the App's webhook the secret that GITHUB_WEBHOOK_SECRET has"
    elif failed[0] == 0 or failed[0] >= 500:
        advice = f"start `harvest serve`, and see that {wanted} can be reached from outside; it then asks for these again"
    else:
        advice = f"something else than Harvest answers at {wanted}: look at the proxy before it"
    return Finding("deliveries", "missing", detail, advice)


async def installation_findings(_settings: Settings, github: GitHub) -> list[Finding]:
    """Where is the App installed, and has everybody accepted what it needs?"""
    try:
        installations = await github.as_app("GET", "/app/installations?per_page=100")
    except (GitHubProblem, ValueError, TypeError) as problem:
        return [Finding("installations", "missing", f"not asked: {problem}", "mend the GitHub App first")]
    if not installations:
        return [Finding("installations", "missing", "the App is installed nowhere", "install it from the App's public page")]
    found, manifest = [], read_manifest()
    for installation in installations:
        who = (installation.get("account") or {}).get("login", f"installation {installation['id']}")
        if installation.get("suspended_at"):
            found.append(Finding("installation", "warning", f"{who}: suspended", "unsuspend it in that account's settings"))
        elif lacking := missing_permissions(manifest, installation["permissions"]):
            advice = "an owner has to accept the App's new permissions in that account's settings"
            found.append(Finding("installation", "missing", f"{who}: {'; '.join(lacking)}", advice))
        else:
            found.append(Finding("installation", "ok", f"{who}: {installation['repository_selection']} repositories"))
    return found
