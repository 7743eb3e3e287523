"""What webhooks can't be trusted with: lost deliveries, labels that nobody was told of, leftovers."""

import pytest

from github_app.reconcile import leftovers, lost_deliveries, lost_labels
from github_app.server import open_harvest
from github_app.settings import Settings
from sandbox.protocol import SandboxGone, SandboxSpec
from tests.github_service import running_github, wait_until


@pytest.fixture
def github(tmp_path):
    with running_github(tmp_path / "github") as service:
        yield service
        assert service.violations() == []


@pytest.fixture
async def harvest(github, tmp_path):
    """A Harvest whose inbox nobody empties, so that what was queued can be looked at."""
    settings = Settings.model_validate(
        {
            **github.env,
            "HARVEST_SANDBOX": "local",
            "HARVEST_LOCAL_UNISOLATED": "1",
            "HARVEST_STATE_DIR": str(tmp_path / "state"),
            "ANTHROPIC_API_KEY": "none",
        }
    )
    async with open_harvest(settings, "http://127.0.0.1:1") as harvest:
        yield harvest


def open_labelled_issue(github):
    issue = github.maintainer.post(f"{github.repo_path}/issues", {"title": "Bug"})["number"]
    github.maintainer.post(f"{github.repo_path}/issues/{issue}/labels", {"labels": ["harvest"]})
    return issue


async def test_a_delivery_that_never_arrived_is_asked_for_again(github, harvest, monkeypatch):
    monkeypatch.setattr(lost_deliveries, "UNDER_WAY_SECONDS", -1)
    github.point_hook_at("http://127.0.0.1:9/webhooks/github")
    open_labelled_issue(github)
    wait_until(lambda: github.control("GET", "deliveries")["pending"] == 0, "the delivery to fail")
    failed = [each for each in github.control("GET", "deliveries")["deliveries"] if each["event"] == "issues"]
    assert await lost_deliveries.ask_for_lost_deliveries(harvest) == len(failed) > 0
    again = wait_until(
        lambda: [each for each in github.control("GET", "deliveries")["deliveries"] if each["redelivery"]], "a redelivery"
    )
    assert {each["guid"] for each in again} <= {each["guid"] for each in failed}


async def test_a_delivery_that_may_still_be_under_way_is_left_alone(github, harvest):
    github.point_hook_at("http://127.0.0.1:9/webhooks/github")
    open_labelled_issue(github)
    wait_until(lambda: github.control("GET", "deliveries")["pending"] == 0, "the delivery to fail")
    assert await lost_deliveries.ask_for_lost_deliveries(harvest) == 0


async def test_a_label_that_github_never_told_of_is_found_once(github, harvest, monkeypatch):
    monkeypatch.setattr(lost_labels, "UNDER_WAY_SECONDS", -1)
    issue = open_labelled_issue(github)
    assert await lost_labels.queue_lost_labels(harvest) == 1
    assert await lost_labels.queue_lost_labels(harvest) == 0
    (delivery,) = await harvest.inbox.take()
    assert delivery.domain_key is not None
    assert delivery.domain_key.startswith("label/")
    assert f"/{issue}/" in delivery.domain_key


async def test_a_label_whose_issue_has_a_session_was_answered(github, harvest, monkeypatch):
    monkeypatch.setattr(lost_labels, "UNDER_WAY_SECONDS", -1)
    issue = open_labelled_issue(github)
    repository = github.maintainer.get(github.repo_path)
    await harvest.sessions.open_session(
        installation_id=1, repository_id=repository["id"], repository=github.repository, thread=issue, kind="issue"
    )
    assert await lost_labels.queue_lost_labels(harvest) == 0


async def test_a_sandbox_that_no_job_needs_is_ended(harvest, monkeypatch):
    monkeypatch.setattr(leftovers, "NEW_SANDBOX_SECONDS", -1)
    sandbox = await harvest.backend.create(
        SandboxSpec(name="harvest-gone", session="gone", tags={"service": "harvest", "job": "gone"})
    )
    assert await leftovers.end_leftover_sandboxes(harvest) == 1
    with pytest.raises(SandboxGone):
        await harvest.backend.attach(sandbox.id)
