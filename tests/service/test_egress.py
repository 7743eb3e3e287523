"""What the network is limited to, as a maintainer sees it: the whole service on the emulated Modal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from github_app.settings.old_file import OLD_FILE
from github_app.settings.repository import SETTINGS_FILE
from sandbox.modal import ModalBackend
from tests.harvest_service import SCRIPTED_AGENT
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.scene import Scene, commit, running_scene
from tests.service.nobodys import ASK_NOBODY, NOBODYS


@pytest.fixture(scope="module")
def modal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModalService]:
    if CANNOT_ISOLATE:
        pytest.skip(f"the emulated Modal can't isolate sandboxes here: {CANNOT_ISOLATE}")
    with modal_service(tmp_path_factory.mktemp("modal"), "--show", f"{SCRIPTED_AGENT}:/usr/local/bin/claude") as service:
        asyncio.run(ModalBackend(client=service.client()).build_base_image())
        yield service


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, modal: ModalService) -> Iterator[Scene]:
    settings = {"HARVEST_SANDBOX": "modal", "HARVEST_EGRESS_ALLOW": "wiki.acme.dev", **modal.env}
    with running_scene(tmp_path_factory.mktemp("scene"), env=settings) as scene:
        yield scene


@pytest.mark.campaign
def test_the_file_from_before_counts_and_the_reply_says_what_to_write_instead(scene: Scene, modal: ModalService) -> None:
    scene.github.push(
        scene.github.repository,
        "main",
        {OLD_FILE: "[egress]\nallow = ['old.acme.dev']\n"},
        scene.maintainer,
    )

    issue = scene.ask("As before", commit("before.txt"))

    job = scene.wait_for_end(issue)
    (sandbox,) = modal.sandboxes(job=job.id)
    assert sandbox["networks"][-1]["allowed_domains"] == ["wiki.acme.dev", "old.acme.dev"]
    (comment,) = scene.comments(issue)
    assert f'delete it, and write `{SETTINGS_FILE}` with the line `egress: {{allow: ["old.acme.dev"]}}`' in comment


@pytest.mark.further
def test_a_job_reaches_what_is_allowed_and_its_reply_names_what_was_blocked(scene: Scene, modal: ModalService) -> None:
    scene.github.push(
        scene.github.repository, "main", {SETTINGS_FILE: "egress:\n  allow: [docs.acme.dev]\n"}, scene.maintainer
    )

    issue = scene.ask("Look it up", ASK_NOBODY + commit("found.txt"))

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded"
    (sandbox,) = modal.sandboxes(job=job.id)
    (at_first, then) = sandbox["networks"]
    assert (at_first["allowed_domains"], then["allowed_domains"]) == ([], ["wiki.acme.dev", "docs.acme.dev"])
    assert at_first["allowed_cidrs"] == ["127.0.0.1/32"], "where the emulated GitHub and the gateway are"
    (comment,) = scene.comments(issue)
    assert f"**Blocked by the network limit:** `{NOBODYS}`." in comment
    (pull,) = scene.pulls_of(issue)
    (run,) = scene.check_runs(pull["head"]["sha"])
    assert f'`egress: {{allow: ["{NOBODYS}"]}}`' in run["output"]["text"]
