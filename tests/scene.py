"""The whole scene: GitHub, the model and Harvest, introduced to each other, and what people do and see there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import pytest
from _pytest.mark import ParameterSet

from tests.anthropic_service import AnthropicService, anthropic_service
from tests.github_service import LIMITS_SPEED, GitHubService, Person, running_github
from tests.harvest_service import SCRIPTED_AGENT, HarvestService, JobRow, running_harvest
from tests.sandboxes import LOCAL, Sandboxes, sandboxes_on
from tests.waiting import wait_until

# A job of the scripted agent takes two or three seconds, one of the real CLI ten; the rest is for a machine under load.
JOB_SECONDS = 90.0
LABEL = "harvest"
BOT = "harvest-local[bot]"
END = "<!-- harvest:ended:"


Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], what: str) -> Seen:
    """`wait_until` with the patience that a whole job takes on a machine under load."""
    return wait_until(look, what, seconds=JOB_SECONDS)


class Scene:
    """Everything is up. Methods are what people do (`open_issue`, `label`, `comment`) and what they can look at."""

    def __init__(self, github: GitHubService, model: AnthropicService, sandboxes: Sandboxes, harvest: HarvestService) -> None:
        self.github = github
        self.model = model
        self.sandboxes = sandboxes
        self.harvest = harvest
        self.repo = github.repo_path
        self.maintainer = github.maintainer

    # What people do.

    def open_issue(self, title: str, body: str = "", *, by: Person | None = None) -> int:
        number: int = (by or self.maintainer).post(f"{self.repo}/issues", {"title": title, "body": body})["number"]
        return number

    def ask(self, title: str, script: str = "", *, say: str = "") -> int:
        """Open an issue that tells the scripted agent what to do, and label it; gives its number."""
        number = self.open_issue(title, instructions(script, say))
        self.label(number)
        return number

    def label(self, number: int, *, by: Person | None = None) -> None:
        (by or self.maintainer).post(f"{self.repo}/issues/{number}/labels", {"labels": [LABEL]})

    def unlabel(self, number: int) -> None:
        self.maintainer.delete(f"{self.repo}/issues/{number}/labels/{LABEL}")

    def comment(self, number: int, text: str, *, by: Person | None = None) -> dict[str, Any]:
        written: dict[str, Any] = (by or self.maintainer).post(f"{self.repo}/issues/{number}/comments", {"body": text})
        return written

    def clear_faults(self) -> None:
        self.github.control("DELETE", "faults")

    # What can be seen.

    def comments(self, number: int) -> list[str]:
        """What Harvest wrote there, oldest first, but for how jobs ended."""
        return [said for said in self._said(number) if not said.startswith(END)]

    def ends(self, number: int) -> list[str]:
        """What Harvest told there of how jobs ended, the first one first."""
        return [said for said in self._said(number) if said.startswith(END)]

    def _said(self, number: int) -> list[str]:
        listed = self.maintainer.get(f"{self.repo}/issues/{number}/comments", per_page=100)
        return [comment["body"] for comment in listed if comment["user"]["login"] == BOT]

    def pulls_of(self, issue: int) -> list[dict[str, Any]]:
        """The pull requests on the issue's branch."""
        listed = self.maintainer.get(f"{self.repo}/pulls", state="all", per_page=100)
        return [pull for pull in listed if pull["head"]["ref"].startswith(f"harvest/{issue}-")]

    def pull(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.maintainer.get(f"{self.repo}/pulls/{number}")
        return found

    def check_runs(self, sha: str) -> list[dict[str, Any]]:
        """Every check run on a commit, superseded ones too."""
        found = self.maintainer.get(f"{self.repo}/commits/{sha}/check-runs", filter="all")
        runs: list[dict[str, Any]] = found["check_runs"]
        return runs

    def reactions(self, number: int) -> list[str]:
        return [one["content"] for one in self.maintainer.get(f"{self.repo}/issues/{number}/reactions")]

    def handled(self) -> list[str]:
        """Harvest's notes on the deliveries it has handled, in the order of arrival."""
        return [note for (note,) in self.harvest.query("SELECT note FROM inbox WHERE note IS NOT NULL ORDER BY number")]

    def snapshot_of(self, job: JobRow) -> str:
        """The snapshot from which the job's session goes on."""
        ((snapshot,),) = self.harvest.query("SELECT snapshot_id FROM sessions WHERE id = ?", job.session)
        return str(snapshot)

    # Waiting.

    def wait_for_job(self, thread: int, *, number: int = 1) -> JobRow:
        """The thread's job of that number, once it is written down."""
        return eventually(lambda: self.harvest.jobs(thread)[number - 1 : number], f"job {number} of #{thread}")[0]

    def wait_for_step(self, thread: int, stage: str, *, number: int = 1) -> JobRow:
        """The job once it has come to that step."""

        def reached() -> list[JobRow]:
            return [job for job in self.harvest.jobs(thread)[number - 1 : number] if job.step == stage]

        return eventually(reached, f"job {number} of #{thread} at {stage}")[0]

    def wait_for_comment(self, thread: int, words: str) -> str:
        """Harvest's first comment there with these words, once it stands; a failure tells those that stand there instead."""

        def told() -> list[str]:
            return [comment for comment in self.comments(thread) if words in comment]

        try:
            return eventually(told, f"{words!r} on #{thread}")[0]
        except AssertionError as problem:
            problem.add_note("\n\n".join([f"Harvest's comments on #{thread}:", *self.comments(thread)]))
            raise

    def wait_for_end(self, thread: int, *, number: int = 1) -> JobRow:
        """The thread's job of that number, once it has ended and its sandbox is released."""

        def ended() -> list[JobRow]:
            return [job for job in self.harvest.jobs(thread)[number - 1 : number] if job.state == "ended"]

        job = eventually(ended, f"the end of job {number} of #{thread}")[0]
        released = "SELECT 1 FROM job_steps WHERE job_id = ? AND step = 'release_sandbox' AND finished_at IS NOT NULL"
        eventually(lambda: self.harvest.query(released, job.id), f"the sandbox of job {job.id} released")
        return job

    def let_go(self, job: JobRow) -> None:
        """Let a scripted agent go on that waits in `HOLD`."""
        self.sandboxes.touch(job.session, "go")


# A scripted agent that comes to this line waits for `Scene.let_go`.
HOLD = "until [ -e ~/go ]; do sleep 0.05; done; rm ~/go\n"


def instructions(script: str, say: str = "") -> str:
    """A text that the scripted agent understands."""
    blocks = [f"```{kind}\n{text.rstrip()}\n```" for kind, text in (("sh", script), ("say", say)) if text]
    return "\n\n".join(blocks) or "Look around."


def commit(path: str, text: str = "something new", message: str = "Add something") -> str:
    """A script by which the scripted agent commits one file."""
    return f"printf '%s\\n' '{text}' >> '{path}' && git add -- '{path}' && git commit -q -m '{message}'\n"


def slow(case: object) -> ParameterSet:
    """A case for `make campaign` alone."""
    return pytest.param(case, marks=pytest.mark.campaign)


@contextmanager
def running_scene(
    folder: Path,
    backend: str = LOCAL,
    *,
    claude: Path = SCRIPTED_AGENT,
    plays: tuple[Path, ...] = (),
    env: Mapping[str, str] = MappingProxyType({}),
    limits_speed: float = LIMITS_SPEED,
    program: str = "github_app",
    github_options: tuple[str, ...] = (),
) -> Iterator[Scene]:
    """Bring it all up in `folder` and end it after the block. `env` are further settings of Harvest's; `limits_speed` is how
    many seconds of GitHub's rate limits pass in one; `program` is the module that Harvest is run as;
    `github_options` are the emulated GitHub's.

    `backend` says where its sandboxes are, `claude` which CLI they have: the scripted one unless told otherwise.
    """
    home = folder / "harvest"
    with (
        running_github(folder / "github", *github_options, limits_speed=limits_speed) as github,
        anthropic_service(*plays) as model,
        sandboxes_on(backend, folder, state=home / "state", claude=claude) as sandboxes,
        running_harvest(
            home,
            {**github.env, **model.environment, **sandboxes.env, "HARVEST_GITHUB_PACE": str(limits_speed), **env},
            program,
        ) as harvest,
    ):
        github.point_hook_at(harvest.webhook_url)
        yield Scene(github, model, sandboxes, harvest)
