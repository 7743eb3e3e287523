"""The emulated GitHub as tests use it: started by its own command line, asked over HTTP, and ended with the test."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.module_process import Running, start_module

ROOT = Path(__file__).resolve().parents[1]

# The emulator starts in about a second; a loaded machine may take many times that.
_START_SECONDS = 60.0
_END_SECONDS = 60.0
# GitHub's rate limits hold here as well, in a time of their own: their minute passes in two seconds, for Harvest too.
LIMITS_SPEED = 30.0


@dataclass(frozen=True)
class Person:
    """Somebody with a token, acting through the ordinary REST API: paths start below the API's root."""

    login: str
    token: str
    api: httpx.Client

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request, whatever its answer."""
        return self.api.request(method, path.lstrip("/"), headers={"authorization": f"Bearer {self.token}"}, **request)

    def get(self, path: str, **query: Any) -> Any:
        return _json(self.send("GET", path, params=query))

    def post(self, path: str, body: Any = None) -> Any:
        return _json(self.send("POST", path, json=body))

    def patch(self, path: str, body: Any) -> Any:
        return _json(self.send("PATCH", path, json=body))

    def put(self, path: str, body: Any = None) -> Any:
        return _json(self.send("PUT", path, json=body))

    def delete(self, path: str) -> None:
        self.send("DELETE", path).raise_for_status()


class GitHubService:
    """A running emulator. `url` is its root, `env` what Harvest needs to use it, `repository` is `owner/name`, `app` the App's
    slug, client id and secret."""

    def __init__(self, ready: dict[str, Any], process: Running) -> None:
        self.url: str = ready["url"]
        self.env: dict[str, str] = ready["env"]
        self.app: dict[str, str] = ready["app"]
        self.repository: str = ready["repository"]
        self.process = process
        self.api = httpx.Client(base_url=self.env["GITHUB_API_URL"], timeout=30, trust_env=False)
        self._control = httpx.Client(base_url=f"{self.url}/_emulator/", timeout=30, trust_env=False)
        people = ready["people"]
        self.maintainer = self._person(people["maintainer"])
        self.reader = self._person(people["reader"])
        self.outsider = self._person(people["outsider"])

    @property
    def repo_path(self) -> str:
        """`/repos/owner/name`, where most requests start."""
        return f"/repos/{self.repository}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One of the emulator's own routes: faults, people, repositories, the logs. Raises when it wasn't understood."""
        answer = self._control.request(method, path, json=body)
        if answer.is_error:
            raise AssertionError(f"the emulator didn't understand {method} {path}: {answer.text}")
        return answer.json() if answer.content else None

    def point_hook_at(self, url: str) -> None:
        """Send the App's webhooks there from now on."""
        self.control("PATCH", "hook", {"url": url})

    def fault(self, fault: str, **rule: Any) -> None:
        """Make a request go wrong; see `emulators/github/faults.py` for the kinds and fields."""
        self.control("POST", "faults", {"fault": fault, **rule})

    def delivery_fault(self, fault: str, **rule: Any) -> None:
        """Make a webhook go wrong; see `emulators/github/delivery_faults.py`."""
        self.control("POST", "delivery-faults", {"fault": fault, **rule})

    def add_person(self, login: str, kind: str = "User") -> Person:
        return self._person(self.control("POST", "accounts", {"login": login, "type": kind}))

    def add_repository(self, name: str, *, owner: str | None = None, **settings: Any) -> str:
        """A new repository, `owner/name`; see `emulators/github/control/world.py` for the settings (files, roles, private)."""
        owner = owner or self.repository.partition("/")[0]
        made = self.control("POST", "repositories", {"owner": owner, "name": name, **settings})
        return str(made["full_name"])

    def push(self, repository: str, branch: str, files: dict[str, str], sender: Person, message: str = "Change") -> str:
        """Somebody pushes one commit to a branch (a new one starts at the default branch); gives its SHA."""
        asked = {"branch": branch, "files": files, "sender": sender.login, "message": message}
        return str(self.control("POST", f"repos/{repository}/commits", asked)["sha"])

    def as_app(self, **claims: Any) -> Person:
        """The App itself, by a fresh JWT; `claims` replace some of it."""
        now = int(time.time())
        whole = {"iat": now - 60, "exp": now + 300, "iss": self.env["GITHUB_APP_ID"], **claims}
        return Person("the app", jwt.encode(whole, self._private_key, "RS256"), self.api)

    @cached_property
    def _private_key(self) -> RSAPrivateKey:
        """To read it takes longer than to sign with it."""
        key = load_pem_private_key(Path(self.env["GITHUB_PRIVATE_KEY_PATH"]).read_bytes(), password=None)
        assert isinstance(key, RSAPrivateKey)
        return key

    def as_installation(self, repository: str | None = None, **narrowing: Any) -> Person:
        """The App acting on a repository (the seeded one); `narrowing` is the body of the token request."""
        app = self.as_app()
        installation = app.get(f"/repos/{repository or self.repository}/installation")
        token = app.post(f"/app/installations/{installation['id']}/access_tokens", narrowing or None)
        return Person(f"{installation['app_slug']}[bot]", token["token"], self.api)

    def press(self, check_run: int, identifier: str, sender: Person) -> None:
        """A person presses a check run's button."""
        path = f"repos/{self.repository}/check-runs/{check_run}/actions/{identifier}"
        self.control("POST", path, {"sender": sender.login})

    def deliveries(self, event: str | None = None, action: str | None = None) -> list[dict[str, Any]]:
        """What was delivered so far, oldest first."""
        listed: list[dict[str, Any]] = self.control("GET", "deliveries")["deliveries"]
        return [one for one in listed if event in (None, one["event"]) and action in (None, one["action"])]

    def told(self, who: Person, repository: str | None = None) -> list[dict[str, Any]]:
        """What a person was notified of, oldest first: `what` (the event), `reason`, `number`, `comment` (id), `sender`."""
        listed: list[dict[str, Any]] = self.control("GET", f"notifications?login={who.login}")
        return [one for one in listed if repository in (None, one["repository"])]

    def requests(self, since: float = 0.0) -> dict[str, Any]:
        """The request log with its counts."""
        log: dict[str, Any] = self.control("GET", f"requests?since={since}")
        return log

    def violations(self) -> list[dict[str, Any]]:
        """What GitHub would not have accepted or said; a test ends by finding this empty."""
        found: list[dict[str, Any]] = self.control("GET", "violations")
        return found

    def put_limits_forward(self, seconds: float) -> None:
        """Let that time pass for the rate limits."""
        self.control("POST", "limits/forward", {"seconds": seconds})

    def forget_violations(self) -> None:
        """For a test that caused some on purpose."""
        self.control("DELETE", "violations")

    def close(self) -> None:
        self.api.close()
        self._control.close()
        self.process.terminate()
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _person(self, who: dict[str, str]) -> Person:
        return Person(who["login"], who["token"], self.api)


@contextmanager
def running_github(root: Path, *options: str, limits_speed: float = LIMITS_SPEED) -> Iterator[GitHubService]:
    """Start an emulator whose git lives in `root`, and end it after the block. `options` are its command line's."""
    speed = ("--limits-speed", str(limits_speed))
    process = start_module("emulators.github", "--root", str(root), *speed, *options, cwd=ROOT)
    service = None
    try:
        service = GitHubService(_ready_line(process), process)
        yield service
    finally:
        if service:
            service.close()
        else:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _ready_line(process: Running) -> dict[str, Any]:
    watchdog = threading.Timer(_START_SECONDS, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:
        watchdog.cancel()
    if not line:
        raise AssertionError(f"the emulated GitHub ended with {process.wait()} before it was ready")
    ready: dict[str, Any] = json.loads(line)
    return ready


def _json(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise AssertionError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None
