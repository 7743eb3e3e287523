"""What the network is limited to, as a maintainer sees it: the whole service on the emulated Modal."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator

import pytest

from sandbox.modal import ModalBackend
from sandbox.workspace import SETTINGS_FILE
from tests.harvest_service import SCRIPTED_AGENT
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service
from tests.scene import Scene, commit, running_scene

# Nobody's: on a machine with a network it does not resolve either.
NOBODYS = "blocked.harvest-tests.dev"
ASK_NOBODY = f"""python3 -c "import urllib.request; urllib.request.urlopen('https://{NOBODYS}/', timeout=5)" || true\n"""


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


def test_a_job_reaches_what_is_allowed_and_its_reply_names_what_was_blocked(scene: Scene, modal: ModalService) -> None:
    write_settings(scene, "[egress]\nallow = ['docs.acme.dev']\n")

    issue = scene.ask("Look it up", ASK_NOBODY + commit("found.txt"))

    job = scene.wait_for_end(issue)
    assert job.outcome == "succeeded"
    (sandbox,) = modal.sandboxes(job=job.id)
    (at_first, then) = sandbox["networks"]
    assert (at_first["allowed_domains"], then["allowed_domains"]) == ([], ["wiki.acme.dev", "docs.acme.dev"])
    assert at_first["allowed_cidrs"] == ["127.0.0.1/32"], "where the emulated GitHub and the gateway are"
    (comment,) = scene.comments(issue)
    assert f"**Blocked by the egress limit:** `{NOBODYS}`." in comment
    (pull,) = scene.pulls_of(issue)
    (run,) = scene.check_runs(pull["head"]["sha"])
    assert f'`egress.allow = ["{NOBODYS}"]`' in run["output"]["text"]


def test_settings_of_the_repository_that_can_t_be_used_are_named_in_the_reply(scene: Scene) -> None:
    write_settings(scene, "[egress]\nalow = ['docs.acme.dev']\n")

    issue = scene.ask("Go on with the defaults", commit("default.txt"))

    assert scene.wait_for_end(issue).outcome == "succeeded"
    (comment,) = scene.comments(issue)
    assert f"`{SETTINGS_FILE}` on the base branch does not count in this job" in comment
    assert "unknown field `alow`" in comment


def write_settings(scene: Scene, text: str) -> None:
    """Put them on the default branch, as a maintainer does."""
    path = f"{scene.repo}/contents/{SETTINGS_FILE}"
    there = scene.maintainer.send("GET", path)
    new = {"message": "Settings", "content": base64.b64encode(text.encode()).decode()}
    scene.maintainer.put(path, new if there.status_code == 404 else {**new, "sha": there.json()["sha"]})
