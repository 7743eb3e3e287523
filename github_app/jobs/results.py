"""What each step finds out: one typed result a step, stored with it, and read by those that come after. Values only.

A field may be added with a default; one is never renamed or taken away while a recipe that had it can be in flight.
"""

from __future__ import annotations

import msgspec

from github_app.domain.ask import Account
from github_app.domain.evidence import Evidence
from github_app.domain.job_report import Recalls, SeenCommand, ToolUse
from github_app.domain.plan import Finding, Plan
from github_app.domain.question import Question
from github_app.domain.review import Review
from github_app.domain.review_threads import Verdict
from github_app.domain.screenshot import Screenshot


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """`notes` are sentences for the reply: what was out of the ordinary in this step."""

    notes: tuple[str, ...] = ()


class Acknowledged(StepResult, frozen=True, kw_only=True):
    """The job has begun: its agents are asked to use this `model`. Empty where an earlier version of Harvest began it."""

    model: str = ""


class BranchChosen(StepResult, frozen=True, kw_only=True):
    """`branch` is pushed to, and must be there already when `must_exist`; a new one begins at `base_branch`. A note says when
    that is not the branch of the pull request on which it was asked. `to_read`: the job looks at it and pushes nothing.
    `onto_base`: its commits are put on top of the base branch as it is when the job begins, and `looked_at_sha` is the last of
    those that were found to be Harvest's own. A new branch begins at the head of the ref `starts_at` instead of the base
    branch, if there is one: at a pull request from a fork. `any_head`: the pull request counts as it is when the job begins,
    and not as it was when it was asked for."""

    branch: str
    base_branch: str
    must_exist: bool
    to_read: bool = False
    onto_base: bool = False
    looked_at_sha: str = ""
    starts_at: str = ""
    any_head: bool = False

    @property
    def is_saved_meanwhile(self) -> bool:
        """Whether what the agent has committed so far is worth having: not where nothing that it commits is wanted, and not
        where half of it would be taken for all."""
        return not (self.to_read or self.onto_base)


class Opening(msgspec.Struct, frozen=True):
    """One attempt to start a sandbox: from what, how long it took, and what was wrong if it gave none."""

    start: str
    seconds: float
    problem: str = ""


class WaitingAgent(msgspec.Struct, frozen=True):
    """An agent that was started before its job was known: the id of its run, and the SHA-256 of the token that it holds."""

    run_id: str
    token_sha256: str


class SandboxOpened(StepResult, frozen=True, kw_only=True):
    """`started_from` is "snapshot", "image" or "base"; `snapshot` the snapshot's id in the first case. `ends_at` is when the
    sandbox ends at the latest, in seconds since the epoch. `installed` are the lock files whose dependencies it has. `waiting`
    is the agent that has waited in it, started as one that may change things there."""

    sandbox_id: str
    started_from: str
    snapshot: str | None
    ends_at: float
    attempts: tuple[Opening, ...]
    installed: tuple[str, ...] = ()
    waiting: WaitingAgent | None = None


class Ground(StepResult, frozen=True, kw_only=True):
    """What new commits build on: `start_sha` is where the job's branch stood when it began, `base_sha` the base branch."""

    start_sha: str
    base_sha: str
    branch_is_new: bool


class WorkspacePrepared(Ground, frozen=True, kw_only=True):
    """`egress` are the hosts that the sandbox may reach, None for any. `remembers` says that the conversation so far is there,
    `hidden` which files of the repository's image git does not show (`sandbox/repository.py`), `template` the base branch's
    template for pull requests. `put_aside` is a digest of an earlier job's saved commits that were not gone on from."""

    egress: tuple[str, ...] | None
    prepared_at: float
    remembers: bool = False
    hidden: str = ""
    template: str = ""
    put_aside: str = ""


class LastPushFound(Ground, frozen=True, kw_only=True):
    """The push that is to be taken back: what that job pushed, where the branch stood before that, and what it was asked."""

    job_id: str
    pushed_sha: str
    before_sha: str
    asked: str


class PromptComposed(StepResult, frozen=True, kw_only=True):
    """What the agent is told. `resume` says that the CLI remembers the conversation so far, and `recalls` what the agent knows
    of it. `memory` is the part of the text that tells what is kept of earlier work, and `remembered` the numbers of those
    entries: what the job was told first stays. `model` is that of a job which an earlier version of Harvest began."""

    text: str
    resume: bool
    model: str = ""
    recalls: Recalls = ""
    memory: str | None = None
    remembered: tuple[int, ...] = ()


class AgentRan(StepResult, frozen=True, kw_only=True):
    """What Harvest saw of the run. `said` is the agent's last message, whole, `title` and `summary` the parts of it. Cost in
    US dollars, time in seconds. `taken` are the ids of what people said to it meanwhile, and it took. `last_position` is that
    of the last event that was seen of it. `filled` is the repository's template for pull requests as the agent filled
    it in, `question` what it waits for."""

    said: str
    title: str
    summary: str
    model: str
    commands: tuple[SeenCommand, ...]
    egress: str
    blocked_hosts: tuple[str, ...]
    cost_usd: float
    seconds: float
    turns: int
    taken: tuple[str, ...] = ()
    last_position: int = 0
    filled: str = ""
    evidence: Evidence | None = None
    tools: tuple[ToolUse, ...] = ()
    question: Question | None = None


class KeptWorkFound(Ground, frozen=True, kw_only=True):
    """Refused work that is to be published: the job that it is of, who asked for that, and its agent's run."""

    job_id: str
    asked_by: Account
    ran: AgentRan | None


class PlanReviewed(StepResult, frozen=True, kw_only=True):
    """What a second model found in the plan of that SHA-256 (hex). `by` is empty when none reviewed it, and then `problem`
    says why; `instead` says that it stood in for the reviewer that is asked first."""

    plan_sha256: str
    by: str = ""
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    instead: bool = False


class PlanWeighed(StepResult, frozen=True, kw_only=True):
    """The plan of that version may be carried out: its review found no blocker."""

    version: int


class PlanPosted(StepResult, frozen=True, kw_only=True):
    """People can read the plan, and approve it. `cost_usd` is what the job took by then in US dollars, its reviews included,
    and `seconds` how long."""

    plan: Plan
    cost_usd: float
    seconds: float


class VerdictsRead(StepResult, frozen=True, kw_only=True):
    """What the agent says of each review thread; None where it gave no account of them. `said` and `summary` are its last
    message without that."""

    said: str
    summary: str
    verdicts: tuple[Verdict, ...] | None = None


class ReviewSubmitted(StepResult, frozen=True, kw_only=True):
    """People can read the review. `summary` is what it says first, and `told` all of it as text; `cost_usd` and `seconds` as
    of a plan."""

    review: Review
    summary: str
    told: str
    cost_usd: float
    seconds: float


class CommitsCollected(StepResult, frozen=True, kw_only=True):
    """`collected_at` in seconds since the epoch: no commit may be younger."""

    collected_at: int


class Changed(msgspec.Struct, frozen=True):
    """Paths that differ, and by how many lines."""

    files: tuple[str, ...]
    insertions: int
    deletions: int


class CommitsVetted(StepResult, frozen=True, kw_only=True):
    """What may be published: one commit, and what it changes against where the job began. `whole` is all that the branch then
    changes since it left its base, None where GitHub has to be asked for that. `tree` is git's name for all files of that
    commit."""

    head_sha: str
    files: tuple[str, ...]
    insertions: int
    deletions: int
    commits: int
    whole: Changed | None = None
    tree: str = ""


class CommitsPushed(StepResult, frozen=True, kw_only=True):
    """The commit that the job's branch is at on GitHub from then on."""

    head_sha: str


class PullRequestShown(StepResult, frozen=True, kw_only=True):
    """The pull request that shows the pushed commit. `left_base_at` is the commit of the base branch at which its branch
    begins, empty where that is not known. `screenshots` are the job's that people can see."""

    number: int
    left_base_at: str = ""
    screenshots: tuple[Screenshot, ...] = ()


class LeftForTheNext(msgspec.Struct, frozen=True):
    """Commits that the session's next job goes on from. They build on `start_sha`, which was the head of the session's branch,
    or of the base branch when there was no such branch yet (`branch_is_new`)."""

    start_sha: str
    branch_is_new: bool


class HalfDoneKept(StepResult, frozen=True, kw_only=True):
    """What there is of work that came to no end. `kept` says it in a sentence, empty when there is nothing; `patch` shows it;
    `changes` is what was vetted of it, and `pushed_sha` the commit, if it was pushed. `steps` are the commands by which a
    person takes it, a line each."""

    kept: str = ""
    patch: str = ""
    changes: CommitsVetted | None = None
    pushed_sha: str = ""
    left: LeftForTheNext | None = None
    steps: str = ""


class ThreadsAnswered(StepResult, frozen=True, kw_only=True):
    """Each review thread has its reply, and what is settled is resolved, as the notes tell."""


class Reported(StepResult, frozen=True, kw_only=True):
    """The end was told where it was asked."""


class SandboxReleased(StepResult, frozen=True, kw_only=True):
    """`snapshot` is what the session's next job starts from, None when this job left nothing to start from."""

    snapshot: str | None


class SandboxLost(StepResult, frozen=True, kw_only=True):
    """A sandbox that was lost while the job ran in it. `snapshot` is what it left when it ended, None if nothing;
    `last_position` that of the last event that was seen of it."""

    sandbox_id: str
    why: str
    snapshot: str | None
    last_position: int


# By the step's id, which is durable: it never changes, and never comes to mean another step.
RESULT_OF: dict[str, type[StepResult]] = {
    "acknowledge": Acknowledged,
    "choose_branch": BranchChosen,
    "open_sandbox": SandboxOpened,
    "prepare_workspace": WorkspacePrepared,
    "find_last_push": LastPushFound,
    "take_back": CommitsCollected,
    "find_kept_work": KeptWorkFound,
    "bring_kept_work": CommitsCollected,
    "compose_prompt": PromptComposed,
    "run_agent": AgentRan,
    "read_verdicts": VerdictsRead,
    "weigh_plan": PlanWeighed,
    "review_plan": PlanReviewed,
    "replan": AgentRan,
    "review_plan_again": PlanReviewed,
    "replan_again": AgentRan,
    "review_plan_last": PlanReviewed,
    "post_plan": PlanPosted,
    "mend_review": AgentRan,
    "submit_review": ReviewSubmitted,
    "collect": CommitsCollected,
    "vet": CommitsVetted,
    "push": CommitsPushed,
    "show_pull_request": PullRequestShown,
    "keep_half_done": HalfDoneKept,
    "answer_threads": ThreadsAnswered,
    "report": Reported,
    "release_sandbox": SandboxReleased,
    # No step of a recipe: what is written down when a job's sandbox is lost.
    "lose_sandbox": SandboxLost,
}
