"""One scene with the scripted agent for each module that asks for it; every test ends without a violation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scene import Scene, running_scene


@pytest.fixture(scope="module")
def scene_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


@pytest.fixture
def scene(scene_of_the_module: Scene) -> Iterator[Scene]:
    """The module's scene, with Harvest running and no fault left over."""
    yield scene_of_the_module
    scene_of_the_module.clear_faults()
    if not scene_of_the_module.harvest.running:
        scene_of_the_module.harvest.start()
    assert scene_of_the_module.github.violations() == []
