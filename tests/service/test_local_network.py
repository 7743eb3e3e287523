"""What an agent on this machine reaches on the network, as it finds out and as a maintainer sees it: the whole service."""

from __future__ import annotations

import base64

import pytest

from sandbox.local import LocalBackend
from tests.scene import Scene, commit
from tests.service.nobodys import ASK_NOBODY, NOBODYS

# The agent's own way to the model leads to the service's gateway; what else the service answers is not for it.
LOOK_AROUND = """
look() { python3 -c "import sys, urllib.request as r, urllib.error as e
try: print(r.urlopen(sys.argv[1], timeout=30).status)
except e.HTTPError as error: print(error.code)
except OSError: print('nothing')" "$1" >> seen.txt; }
service=${ANTHROPIC_BASE_URL%/llm}
look "$service/llm/v1/models"
look "$service/metrics"
look "$service/healthz"
look http://169.254.169.254/latest/meta-data/
git ls-remote --quiet origin HEAD > /dev/null && echo git >> seen.txt
git add seen.txt && git commit -q -m 'Look around'
"""


@pytest.fixture(autouse=True)
def must_have_a_network_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    isolation = LocalBackend(tmp_path_factory.mktemp("probe"), allow_unisolated=True).isolation()
    if not isolation.own_network:
        pytest.skip(f"no network of its own: {isolation.detail}")


@pytest.mark.further
def test_a_local_job_reaches_the_gateway_and_git_and_nothing_else_and_its_reply_says_what_it_did_not(scene: Scene) -> None:
    issue = scene.ask("Look around", LOOK_AROUND + ASK_NOBODY + commit("found.txt"))

    assert scene.wait_for_end(issue).outcome == "succeeded"
    (pull,) = scene.pulls_of(issue)
    seen = scene.maintainer.get(f"{scene.repo}/contents/seen.txt", ref=pull["head"]["ref"])["content"]
    gateway, *others = base64.b64decode(seen).decode().split()
    assert gateway not in ("403", "nothing"), "what the gateway itself answers"
    assert others == ["403", "403", "403", "git"]
    (comment,) = scene.comments(issue)
    assert f"**Blocked by the network limit:** `{NOBODYS}`." in comment
