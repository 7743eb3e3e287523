"""Every route below `/_emulator`, in one place."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.github.control import acting, app, issues, observing, people, rules, world
from emulators.github.control.asking import NotUnderstood, Wrapped


def control_routes() -> list[Route]:
    """`(method, path, handler)` for each; handlers take the request and give JSON, and say what they didn't understand."""
    listed: list[tuple[str, str, Wrapped]] = [
        ("GET", "requests", observing.requests),
        ("GET", "violations", observing.violations),
        ("DELETE", "violations", observing.forget_violations),
        ("GET", "deliveries", observing.deliveries),
        ("GET", "notifications", observing.notifications),
        ("POST", "faults", acting.add_fault),
        ("DELETE", "faults", acting.clear_faults),
        ("POST", "delivery-faults", acting.add_delivery_fault),
        ("POST", "limits/forward", acting.put_limits_forward),
        ("PATCH", "hook", acting.change_hook),
        ("PATCH", "app", app.change_app),
        ("DELETE", "app/authorizations/{login}", app.revoke_authorization),
        ("POST", "ping", acting.ping),
        ("POST", "tokens/expire", acting.expire_tokens),
        ("POST", "connections/refuse", acting.refuse_connections),
        ("POST", "repos/{owner}/{repo}/issues/{number:int}/labels", acting.label_by_template),
        ("POST", "repos/{owner}/{repo}/issues/{number:int}/transfer", issues.transfer_issue),
        ("POST", "repos/{owner}/{repo}/issues/{number:int}/convert", issues.convert_issue),
        ("DELETE", "repos/{owner}/{repo}/issues/{number:int}", issues.delete_issue),
        ("PUT", "repos/{owner}/{repo}/pulls/{number:int}/fork", acting.move_to_fork),
        ("POST", "repos/{owner}/{repo}/check-runs/{run:int}/actions/{identifier}", acting.press_button),
        ("POST", "accounts", world.add_account),
        ("PUT", "organizations/{organization}/members/{login}", people.set_member),
        ("POST", "repositories", world.add_repository),
        ("PATCH", "repos/{owner}/{repo}", world.change_repository),
        ("POST", "repos/{owner}/{repo}/commits", world.push_commit),
        ("DELETE", "repos/{owner}/{repo}", world.delete_repository),
        ("PUT", "repos/{owner}/{repo}/branches/{branch:path}/protection", rules.protect),
        ("POST", "repos/{owner}/{repo}/rulesets", rules.add_ruleset),
        ("PUT", "repos/{owner}/{repo}/roles/{login}", world.set_role),
        ("POST", "installations", world.add_installation),
        ("PATCH", "installations/{installation:int}", world.change_installation),
        ("POST", "installations/{installation:int}/permissions/accept", app.accept_permissions),
        ("DELETE", "installations/{installation:int}", world.delete_installation),
    ]
    return [Route(f"/_emulator/{path}", _answering(handler), methods=[method]) for method, path, handler in listed]


def _answering(handler: Wrapped) -> Wrapped:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except NotUnderstood as misunderstanding:
            return JSONResponse({"message": str(misunderstanding)}, 400)

    return answer
