"""The last step of making an App from a manifest. https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest"""

from __future__ import annotations

from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import integration


@route("POST /app-manifests/{code}/conversions")
async def convert_manifest(call: Call) -> Answer:
    """Without credentials: the code is one."""
    app, pem = await call.github.registering.convert(call.parameters["code"])
    own = {"client_secret": app.client_secret, "webhook_secret": app.hook.secret, "pem": pem}
    return Answer(201, {**integration(call.github.at, app), **own})
