"""The page on which a person confirms an App that somebody's manifest describes.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import Response

from emulators.github.choosing import may_install
from emulators.github.control.asking import github_of
from emulators.github.errors import Refused, forbidden, not_found
from emulators.github.pages.forms import acting_form, fields_of, people_of
from emulators.github.pages.html import el
from emulators.github.pages.layout import page
from emulators.github.pages.leading_back import lead_back
from emulators.github.registering import read_manifest


async def manifest_page(request: Request) -> Response:
    """Any site may send a manifest here: nothing happens before the person has confirmed it."""
    sent = dict(parse_qsl((await request.body()).decode(errors="replace")))
    text = sent.get("manifest", "")
    manifest, state = read_manifest(text), request.query_params.get("state", "")
    permissions = [el("li", el("span", name, class_="grow"), level) for name, level in manifest.default_permissions.items()]
    fields = [
        el("input", name="manifest", type="hidden", value=text),
        el("input", name="name", value=manifest.name, aria_label="name", required=True),
    ]
    return page(
        "Create GitHub App",
        el("h1", "Create GitHub App"),
        el("ul", permissions, class_="rows"),
        acting_form(f"{request.url.path}/confirmed?state={quote(state)}", people_of(request), fields, [("create", "Create")]),
        leads_to=manifest.redirect_url,
    )


async def confirm_manifest(request: Request) -> Response:
    """Makes the App, and leads back with the code for its secrets."""
    github, asked = github_of(request), await fields_of(request)
    manifest, who = read_manifest(asked.get("manifest", "")), github.store.account(asked.get("as", ""))
    organization = request.path_params.get("organization")
    owner = github.store.account(organization) if organization else who
    if who is None or owner is None:
        raise not_found()
    if not may_install(owner, who):
        raise forbidden(f"{who.login} is not an owner of {owner.login}.")
    if not manifest.redirect_url:
        raise Refused(422, "The manifest has no redirect_url.")
    code = github.registering.register(manifest, asked.get("name", "").strip(), owner)
    return lead_back(manifest.redirect_url, {"code": code, "state": request.query_params.get("state", "")})
