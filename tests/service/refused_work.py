"""Work that may not be pushed as it is: a change of a workflow, and how a maintainer takes it over."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from tests.scene import Scene, commit

WORKFLOW = ".github/workflows/more.yml"

A_WORKFLOW = "mkdir -p .github/workflows && " + commit(WORKFLOW, "on: push")


def follow(said: str, clone: Path) -> None:
    """Do what the comment says: save the patch, run the commands."""
    if patch := block("diff", said):
        (clone / "harvest.patch").write_text(patch)
    for line in block("sh", said).splitlines():
        command, *arguments = shlex.split(line)
        assert command == "git"
        git(clone, *arguments)


def block(language: str, said: str) -> str:
    """The block of code, as a person copies it."""
    found = re.search(rf"^(`{{3,}}){language}\n(.*?\n)\1$", said, re.DOTALL | re.MULTILINE)
    return found[2] if found else ""


def grant(scene: Scene, **more: str) -> None:
    """The App asks for more, and the owner of the repository accepts."""
    (installed,) = scene.github.as_app().get("/app/installations")
    permissions = {**installed["permissions"], **more}
    scene.github.control("PATCH", f"installations/{installed['id']}", {"permissions": permissions})


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.com")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.strip()
