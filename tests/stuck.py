"""`python -m tests.stuck` is `harvest`, but that its event loop stands still once somebody asks for /healthz."""

from __future__ import annotations

import threading

from starlette.requests import Request
from starlette.responses import Response

from github_app.operator.cli import main
from github_app.service import health


async def stand_still(_request: Request) -> Response:
    print("stands still", flush=True)
    while True:
        threading.Event().wait(60)


health.healthz = stand_still

if __name__ == "__main__":
    main()
