"""An image holds the clone and what it asks to be installed, and nothing that is secret."""

from __future__ import annotations

from pathlib import Path

import modal
import pytest

from github_app.github.tokens import Purpose
from github_app.images import set_up
from github_app.images.build import build
from github_app.images.builder import ImageBuilder
from github_app.settings.repository import SETTINGS_FILE
from sandbox.git import Identity
from sandbox.protocol import Sandbox, SandboxBackend, SandboxSpec
from sandbox.secret import Secret
from sandbox.workspace import WorkspaceSpec, prepare
from sandbox.workspace_failure import RepositoryEmpty
from state.repository_images import ImageRepository
from tests.github_service import GitHubService
from tests.images.conftest import repository
from tests.sandbox.modal_backend import Connected

# Packages of npm's and pip's that need no registry: one in the repository itself for each.
NODE = {
    "package.json": '{"name": "imaged", "version": "1.0.0", "dependencies": {"greeting": "file:greeting"}}',
    "package-lock.json": """
        {
          "name": "imaged", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
          "packages": {
            "": {"name": "imaged", "version": "1.0.0", "dependencies": {"greeting": "file:greeting"}},
            "greeting": {"version": "1.0.0"},
            "node_modules/greeting": {"resolved": "greeting", "link": true}
          }
        }
        """,
    "greeting/package.json": '{"name": "greeting", "version": "1.0.0", "main": "index.js"}',
    "greeting/index.js": 'module.exports = "hello from node"\n',
}
PYTHON = {
    "requirements.txt": "./farewell\n",
    "farewell/pyproject.toml": """
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
        """,
    "farewell/backend.py": """
        import zipfile

        def build_wheel(folder, config_settings=None, metadata_directory=None):
            name = "farewell-1-py3-none-any.whl"
            with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
                wheel.writestr("farewell.py", "said = 'goodbye from python'")
                wheel.writestr("farewell-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: farewell\\nVersion: 1\\n")
                wheel.writestr("farewell-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
                wheel.writestr("farewell-1.dist-info/RECORD", "")
            return name
        """,
}


async def job_from(image_builder: ImageBuilder, image_id: str) -> Sandbox:
    """A sandbox as a first job gets it, before anything is done in it."""
    spec = SandboxSpec(
        name="job-1", session="issue-7", image_id=image_id, cpu=1, memory_mib=512, egress=image_builder.egress.at_first()
    )
    return await image_builder.backend.create(spec)


async def said(sandbox: Sandbox, script: str) -> str:
    done = await sandbox.run(["sh", "-c", script])
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode().strip()


async def test_a_first_job_finds_the_clone_and_all_that_it_asks_to_be_installed(
    image_builder: ImageBuilder, github: GitHubService
) -> None:
    setup = 'echo "in $(pwd), CI=$CI" > made-by-setup; touch "$HOME/also"\n'
    settings = "setup: ['touch $HOME/by-settings']\n"
    imaged = repository(github, {**NODE, set_up.SETUP_FILE: setup, SETTINGS_FILE: settings})

    built = await build(image_builder, imaged, "builder")

    assert [(step.because_of, step.problem) for step in built.set_up] == [
        ("package-lock.json", ""),
        (set_up.SETUP_FILE, ""),
        (SETTINGS_FILE, ""),
    ]
    assert built.size_bytes > 10_000
    assert await image_builder.backend.list({}) == [], "the build's own sandbox is gone"
    job = await job_from(image_builder, built.image_id)
    await prepare(job, workspace_of(image_builder, github, imaged, await read_token(image_builder, imaged)))
    assert await said(job, "node --print 'require(\"greeting\")'") == "hello from node"
    assert await said(job, "cat made-by-setup; ls ~/also ~/by-settings") == (
        f"in {job.paths.workspace}, CI=true\n{job.paths.home}/also\n{job.paths.home}/by-settings"
    )
    assert await said(job, "git status --short; git add --all; git diff --cached --stat") == "", "git shows nothing of it"


@pytest.mark.campaign
async def test_an_environment_of_pythons_works_in_the_folder_of_another_session(
    local_image_builder: ImageBuilder, github: GitHubService
) -> None:
    built = await build(local_image_builder, repository(github, PYTHON), "builder")

    assert [(step.because_of, step.problem) for step in built.set_up] == [("requirements.txt", "")]
    job = await job_from(local_image_builder, built.image_id)
    assert await said(job, ".venv/bin/python -c 'import farewell; print(farewell.said)'") == "goodbye from python"
    assert await said(job, "git status --short") == ""


@pytest.mark.further
async def test_no_secret_is_in_an_image_whatever_the_set_up_looks_for(
    image_builder: ImageBuilder, github: GitHubService, on: Connected | None, tmp_path: Path
) -> None:
    steal = """
        cat /harvest/* /dev/shm/harvest/* ../control/* > loot 2>/dev/null
        env >> loot
        url=$(git config remote.origin.url)
        printf 'url=%s\\n' "$url" | git credential fill >> loot 2>&1
        git ls-remote origin >> loot 2>&1 && echo still-"readable" >> loot
        echo loot-is-"here" >> loot
        mkdir -p ~/.claude && echo '{"env": {}}' > ~/.claude/settings.json
        """
    imaged = repository(github, {set_up.SETUP_FILE: steal})
    github.control("PATCH", f"repos/{imaged.name}", {"private": True})

    built = await build(image_builder, imaged, "builder")

    token = await read_token(image_builder, imaged)
    for secret, holders in ((token, []), ("loot-is-here", ["loot"]), ("still-readable", [])):
        assert await files_with(secret, built.image_id, on, tmp_path / "sandboxes") == holders
    job = await job_from(image_builder, built.image_id)
    assert await said(job, "ls -A ~/.claude 2>/dev/null; true") == "", "no configuration of the agent's comes with it"


@pytest.mark.further
async def test_an_install_that_fails_is_told_and_the_rest_is_there_all_the_same(
    image_builder: ImageBuilder, github: GitHubService
) -> None:
    broken = {
        "package.json": '{"name": "imaged", "dependencies": {"not-in-the-lock": "file:nowhere"}}',
        "package-lock.json": '{"name": "imaged", "lockfileVersion": 3, "packages": {"": {"name": "imaged"}}}',
        "poetry.lock": "",
        set_up.SETUP_FILE: "yes | head -c 5000000; printf 'the \\033[2Jreason\\n' >&2; exit 7\n",
    }
    imaged = repository(github, broken)

    built = await build(image_builder, imaged, "builder")

    npm, poetry, own = built.set_up
    assert npm.problem.startswith("exit code 1: npm error Missing: not-in-the-lock")
    assert poetry.problem == "there is no poetry in the sandbox: install it in .harvest/setup.sh"
    assert own.problem == "exit code 7: y | the  [2Jreason"
    assert not built.complete
    assert await said(await job_from(image_builder, built.image_id), "cat README.md") == "# Imaged"


async def test_a_set_up_that_hangs_is_ended_with_all_that_it_started(backend: SandboxBackend) -> None:
    sandbox = await backend.create(SandboxSpec(name="image", session="image", cpu=1, memory_mib=512))

    step = await set_up.carry_out(sandbox, "flock lock sleep 1000 & sleep 1000", "setup.sh", seconds=0.5)

    assert step.problem == "it took longer than 0 minutes and was ended"
    assert await said(sandbox, "flock --nonblock lock echo free") == "free"


async def test_a_build_that_gives_no_image_leaves_no_sandbox(image_builder: ImageBuilder, github: GitHubService) -> None:
    empty = repository(github, None)

    with pytest.raises(RepositoryEmpty):
        await build(image_builder, empty, "builder")

    assert await image_builder.backend.list({}) == []


async def read_token(image_builder: ImageBuilder, imaged: ImageRepository) -> str:
    """The one that the build was given: it is handed out again while it is fresh."""
    return (await image_builder.tokens.get(imaged.installation_id, imaged.id, Purpose.READ)).value.reveal()


def workspace_of(image_builder: ImageBuilder, github: GitHubService, imaged: ImageRepository, token: str) -> WorkspaceSpec:
    return WorkspaceSpec(
        image_builder.settings.remote_url(imaged.name),
        "main",
        "harvest/7-x",
        Secret(token),
        Identity("Claude", "c@example.com"),
    )


async def files_with(text: str, image_id: str, on: Connected | None, local_root: Path) -> list[str]:
    """The names of the image's files that hold the text, looked at from outside, as root."""
    if on is None:
        files = (local_root / "snapshots" / image_id).rglob("*")
        # Once each: what an image keeps may be there a second time, to be taken by its first sandbox.
        return sorted({path.name for path in files if path.is_file() and text.encode() in path.read_bytes()})
    app = await modal.App.lookup.aio("looker", create_if_missing=True, client=on.client)
    image = modal.Image.from_id(image_id, client=on.client)
    looker = await modal.Sandbox.create.aio(app=app, image=image, client=on.client, timeout=60)
    places = "/dev/shm /workspace /home /var /tmp /run /root /srv /mnt"
    process = await looker.exec.aio("sh", "-c", f"grep -rlF -e '{text}' {places} | sed 's|.*/||'")
    found = await process.stdout.read.aio()
    await looker.terminate.aio()
    return found.split()
