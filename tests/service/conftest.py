"""One scene with the scripted agent for each module and backend that asks for it; every test ends without a violation."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.sandboxes import LOCAL
from tests.scene import Scene, running_scene
from tests.service.refused_work import git

LOG_CHARACTERS = 6_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure tells what Harvest itself said last: on another machine nothing else is left to look at."""
    report = yield
    scene = getattr(item, "funcargs", {}).get("scene")
    if report.failed and isinstance(scene, Scene):
        report.sections.append(("the end of Harvest's log", scene.harvest.log()[-LOG_CHARACTERS:]))
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In each module the tests of one backend stand together, so that a scene is set once."""
    modules: dict[Path, int] = {}
    items.sort(key=lambda item: (modules.setdefault(item.path, len(modules)), backend_of(item)))


def backend_of(item: pytest.Item) -> str:
    call = getattr(item, "callspec", None)
    return str(call.params.get("backend", LOCAL)) if call is not None else LOCAL


@pytest.fixture(scope="module", params=[LOCAL])
def backend(request: pytest.FixtureRequest) -> str:
    """Where Harvest's sandboxes are; `backends.py` says which tests run where else."""
    return str(request.param)


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene"), backend) as scene:
        yield scene


@pytest.fixture
def scene(scene_of_the_module: Scene) -> Iterator[Scene]:
    """The module's scene, with Harvest running and no fault left over."""
    yield scene_of_the_module
    scene_of_the_module.clear_faults()
    if not scene_of_the_module.harvest.running:
        scene_of_the_module.harvest.start()
    assert scene_of_the_module.github.violations() == []


@pytest.fixture
def clone(scene: Scene, tmp_path: Path) -> Path:
    """A maintainer's own, from before."""
    address = scene.github.env["GITHUB_SERVER_URL"].replace("://", f"://x:{scene.maintainer.token}@")
    git(tmp_path, "clone", "--quiet", f"{address}/{scene.github.repository}.git", "clone")
    return tmp_path / "clone"
