"""A pull request as GitHub has it now.

https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
"""

from __future__ import annotations

from dataclasses import dataclass

from github_app.domain.ask import PullHead, Repository, Target
from github_app.github.client import GitHub
from github_app.github.installation_token import InstallationToken
from github_app.github.paths import repository_path


@dataclass(frozen=True)
class PullState:
    """`target` is what an ask on it is about; its title and text are as they are now. `mergeable` is None until GitHub has
    worked it out, which asking begins. `from_fork`: nobody but its people can push to its branch."""

    target: Target
    is_open: bool
    is_merged: bool
    is_locked: bool
    is_draft: bool
    from_fork: bool
    head_sha: str
    branch: str
    base_branch: str
    base_sha: str
    mergeable: bool | None

    @property
    def head(self) -> PullHead:
        """The same as an ask pins it, of a pull request that is not from a fork."""
        return PullHead(
            number=self.target.thread,
            sha=self.head_sha,
            branch=self.branch,
            base_branch=self.base_branch,
            title=self.target.title,
            conflicted=self.mergeable is False,
        )


async def read_pull(
    github: GitHub, token: InstallationToken, repository: str, number: int, *, job_id: str | None = None
) -> PullState:
    """Raises Passing, Refused."""
    path = f"{repository_path(repository)}/pulls/{number}"
    pull = await github.with_token(token, "GET", path, job_id=job_id)
    base, head = pull["base"], pull["head"]
    of = base["repo"]
    target = Target(
        installation_id=token.installation_id,
        repository=Repository(of["id"], of["full_name"], of["default_branch"], of["size"]),
        thread=number,
        place="pull",
        title=pull["title"],
        body=pull["body"] or "",
        author=(pull["user"] or {}).get("login", ""),
    )
    return PullState(
        target=target,
        is_open=pull["state"] == "open",
        is_merged=bool(pull["merged"]),
        is_locked=bool(pull["locked"]),
        is_draft=bool(pull.get("draft")),
        from_fork=(head.get("repo") or {}).get("id") != of["id"],
        head_sha=head["sha"],
        branch=head["ref"],
        base_branch=base["ref"],
        base_sha=base["sha"],
        mergeable=pull["mergeable"],
    )
