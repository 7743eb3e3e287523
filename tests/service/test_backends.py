"""Which backend the settings lead to, and under which name it works."""

from __future__ import annotations

from typing import Any

import pytest

from github_app.service.backends import open_modal
from github_app.settings.operator import Settings


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, MODAL_TOKEN_ID="ak-test", MODAL_TOKEN_SECRET="as-test", **given)


def test_two_harvests_in_one_modal_workspace_have_an_app_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"):
        monkeypatch.setenv(name, "restored after the test")
    names = {open_modal(settings(GITHUB_APP_ID=app_id)).app_name for app_id in ("12", "34")}
    assert names == {"harvest-12", "harvest-34"}
