"""`harvest setup` registers the App and writes the settings, and overwrites nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import jwt

from tests.emulators.github.browser import Browser
from tests.github_service import GitHubService, Person
from tests.operator.command_line import environment, harvest


def test_setup_registers_the_app_and_writes_private_files(github: GitHubService, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "github_app", "setup", "--public-url", "https://harvest.example.com/"]
    settings = environment(GITHUB_API_URL=github.env["GITHUB_API_URL"], GITHUB_SERVER_URL=github.url)
    process = subprocess.Popen(argv, cwd=tmp_path, env=settings, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    browser = Browser(github, github.maintainer.login)
    try:
        here = re.findall(r"http://\S+", process.stdout.readline())[0]
        browser.open(here)
        assert "https://harvest.example.com/webhooks/github" in browser.page
        browser.send_form()
        assert browser.where.startswith(f"{github.url}/settings/apps/new?state=")
        browser.press("create", name="Harvest of a test")
        assert httpx.get(f"{here}/back", params={"code": "code1234567890", "state": "guess"}).status_code == 400
        assert httpx.get(browser.where).status_code == 200
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert f"{github.url}/apps/harvest-of-a-test/installations/new" in rest
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines() if not line.startswith("#"))
    assert written["HARVEST_PUBLIC_URL"] == "https://harvest.example.com"
    for name in (".env", "harvest.private-key.pem"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 300, "iss": written["GITHUB_APP_ID"]}
    proof = jwt.encode(claims, (tmp_path / written["GITHUB_PRIVATE_KEY_PATH"]).read_text(), "RS256")
    registered = Person("the app", proof, github.api)
    assert registered.get("/app")["permissions"]["contents"] == "write"
    assert registered.get("/app/hook/config")["url"] == "https://harvest.example.com/webhooks/github"


def test_setup_does_not_overwrite_what_is_there(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    said = harvest("setup", "--public-url", "https://harvest.example.com", cwd=tmp_path)
    assert said.returncode == 2
    assert ".env is there already" in said.stderr
