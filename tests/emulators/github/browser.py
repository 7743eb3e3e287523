"""A person at a browser: opens a page, fills in its form as itself, and goes where that leads, on the emulator's own pages."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

import httpx

from tests.github_service import GitHubService


class Browser:
    """`where` is the address it ended at: another site's is not opened, only named."""

    def __init__(self, github: GitHubService, login: str) -> None:
        self.login = login
        self._github = github
        self._client = httpx.Client(trust_env=False, timeout=30)
        self.where = ""
        self.page = ""
        self.status = 0

    def open(self, address: str) -> None:
        answer = self._client.get(urljoin(self._github.url, address))
        if str(answer.url).startswith(f"{self._github.url}/"):
            self._arrive(answer)
        else:
            self.where, self.page, self.status = str(answer.url), answer.text, answer.status_code

    def press(self, button: str, **fields: str | list[str]) -> None:
        """Send the page's form by the button whose value this is."""
        assert f'value="{button}"' in self.page, f"there is no button {button} on {self.where}"
        self.send_form(**{"as": self.login, "do": button, **fields})

    def send_form(self, **fields: str | list[str]) -> None:
        """The page's form with what is hidden in it, and these fields."""
        form = re.search(r"<form.*?</form>", self.page, re.DOTALL)
        action = re.search(r'action="([^"]+)"', form[0]) if form else None
        assert form is not None, f"there is no form on {self.where}"
        assert action is not None, f"the form on {self.where} leads nowhere"
        hidden: dict[str, str] = {}
        for field in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form[0]):
            name, value = (re.search(rf'{part}="([^"]*)"', field) for part in ("name", "value"))
            if name and value:
                hidden[name[1]] = html.unescape(value[1])
        # As a browser does: another site's form says where it comes from.
        origin = "/".join(self.where.split("/")[:3])
        target = urljoin(self.where, html.unescape(action[1]))
        self._arrive(self._client.post(target, data={**hidden, **fields}, headers={"origin": origin}))

    def _arrive(self, answer: httpx.Response) -> None:
        while answer.is_redirect:
            self.where = urljoin(str(answer.url), answer.headers["location"])
            if not self.where.startswith(f"{self._github.url}/"):
                self.status, self.page = answer.status_code, ""
                return
            answer = self._client.get(self.where)
        self.where, self.page, self.status = str(answer.url), answer.text, answer.status_code
