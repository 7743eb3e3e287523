"""What the sentences of `github_app/replies` are tried with: a typical value for each parameter, by its name. A sentence whose
words hang on a value has several of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from github_app.domain.ask import Unclear
from github_app.domain.job_report import JobReport
from github_app.domain.question import Question
from github_app.domain.stop_reason import StopReason
from github_app.domain.watching import Why
from github_app.replies import endings
from github_app.replies.kept_work import Place
from state.budgets import Budget
from state.memory import Entry, TooMany
from state.watches import Watch, WatchTry

BRANCH = "harvest/7-parse-weeks"
SHA = "4f1c09d2a7b8"
URL = "https://github.com/tidewater-labs/timespan"

MONTH = Budget("repository/1", "this repository", "in 2026-11", 100_000_000, "budgets.repository", 100_400_000)
OWN = Budget("job/1", "this job", "", 5_000_000, "HARVEST_BUDGET_USD", 5_010_000)
OPTION = Budget("job/1", "this job", "", 2_000_000, "--budget", 2_010_000)

WORKFLOW_FILE = "`.github/workflows/test.yml` is a workflow file, which runs with the repository's secrets: change it by hand."
BRANCH_GONE = f"the branch {BRANCH!r} is not on {URL}.git any more: push it again, or start over from an issue."

# By the parameter's name, unless it is said below for one function.
TYPICAL: Mapping[str, tuple[Any, ...]] = {
    "advice": ("Ask again.",),
    "ahead": (1, 2),
    "amount": ("$1.42",),
    "attempts": (3,),
    "base": ("main",),
    "base_branch": ("harvest/3-other-work",),
    "before": ("0e5a91c4b2d7",),
    "branch": (BRANCH,),
    "budget": (MONTH, OWN, OPTION),
    "by": ("mira-okafor",),
    "command": ("/harvest",),
    "commits": (1, 3),
    "compare_url": (f"{URL}/compare/main...{BRANCH}-kept?expand=1",),
    "concerns": ("maintainer",),
    "days": (14.0,),
    "default_branch": ("main",),
    "differences": (["model 'claude-haiku-5' instead of 'claude-sonnet-5-5'"],),
    "error": (KeyError("sha"),),
    "failing": (1, 3),
    "head": (SHA,),
    "issue": (7,),
    "job_id": ("q3k7w2n5x4r6t8yb",),
    "label": ("harvest",),
    "latest": (3,),
    "login": ("jonas-reed",),
    "models": (["claude-sonnet-*", "claude-haiku-*"],),
    "now": (SHA,),
    "option": ("--draft",),
    "others": (["Jonas Reed", "dependabot[bot]"],),
    "pull": (12,),
    "pushed": (SHA,),
    "recipe": ("change/9",),
    "requests": (1, 3),
    "seconds": (1_800.0, 14_400.0),
    "sha": (SHA,),
    "step": ("run_agent",),
    "times": (3,),
    "verb": ("fix-ci",),
    "version": (2,),
    "work": ("3 commits in 2 files",),
    "who": ("@mira-okafor",),
    "word": ("/harvest",),
}

PATCH_PLACE = Place(BRANCH, SHA, there=True, mine="take-over/7-parse-weeks", title="Parse weeks as seven days")
REBASED_PLACE = replace(PATCH_PLACE, start_is_on="main", instead_of="0e5a91c4b2d7")

WATCH = Watch(
    id="w",
    installation_id=1,
    repository_id=1,
    repository="tidewater-labs/timespan",
    pull_number=12,
    actor_id=1,
    actor_login="mira-okafor",
    actor_type="User",
    inline=0,
    until="merged",
    budget_microdollars=10_000_000,
    settle_seconds=60.0,
    model=None,
    created_at=1_796_000_000.0,
    branch=BRANCH,
    base_branch="main",
    head_sha=SHA,
    head_since=0.0,
    had_checks=True,
    told_tries=0,
    due_at=0.0,
    stirred_at=None,
    stirs=0,
    failures=0,
    ended_at=None,
    why=None,
    ended_by="jonas-reed",
    detail="On `4f1c09d` 3 checks passed.",
    told_at=None,
)
TRY = WatchTry("job-1", SHA, "fix-ci", ["unittest"], "failed", msgspec.to_builtins(endings.no_answer()), 0.42)

ENTRY = Entry(
    repository="tidewater-labs/timespan",
    kind="fact",
    text="Spans are kept in whole seconds.",
    job_id="q3k7w2n5x4r6t8yb",
    thread=7,
    path="timespan/units.py",
    quote="SECONDS = {",
    sha=SHA,
    number=12,
    repository_id=1,
    private=False,
    everywhere=False,
    standing="approved",
    seen=True,
    decided_by="mira-okafor",
    proposed_at=0.0,
    changed_at=0.0,
)
DIRECTIVE = replace(
    ENTRY, number=14, kind="directive", text="Note what users notice.", repository_id=2, path="", quote="", everywhere=True
)
PROPOSED = replace(
    ENTRY,
    number=15,
    kind="lesson",
    text="Use the constants.",
    said_by="jonas-reed",
    standing="proposed",
    decided_by="",
    path="",
    quote="",
)

QUESTION = Question(
    "`parse_span` is public. Keep the old name as an alias?",
    ("Keep it for a release", "Drop it now"),
    "Keep it for a release",
    1_796_256_000.0,
)

# Where nothing better is known.
BY_TYPE: Mapping[str, tuple[Any, ...]] = {
    "Ending": (endings.no_answer(),),
    "Entry": (ENTRY,),
    "Place": (PATCH_PLACE, REBASED_PLACE),
    "Sequence[Entry]": ([ENTRY, DIRECTIVE], [PROPOSED]),
    "Sequence[int]": ((12, 14),),
    "TooMany": (TooMany("directives"), TooMany("everywhere")),
    "Question": (QUESTION,),
    "Sequence[WatchTry]": ([TRY],),
    "Sequence[tuple[Watch, Sequence[WatchTry]]]": ([], [(WATCH, [TRY])]),
    "Watch": (WATCH,),
    "WatchTry": (TRY,),
    "Why": tuple(Why),
    "bool": (True, False),
    "float": (2.5,),
    "int": (1, 3),
    "str": ("…",),
    "str | None": ("…", None),
    "Sequence[str]": (["…"], ["…", "…"]),
}


UNCLEAR = (
    Unclear("mark", "- /harvest fix it", "/harvest fix it"),
    Unclear("word", "/harvset fix it", "/harvest fix it"),
    Unclear("verb", "/harvest stpo", "/harvest stop"),
    Unclear("option", "--modle", "--model"),
    Unclear("option", "--now"),
    Unclear("value", "--budget lots", "--budget 2.50"),
    Unclear("twice", "--draft", "--ready"),
    Unclear("twice", "--model", "--model"),
    Unclear("order", "/harvest fix it --draft", "/harvest --draft fix it"),
    Unclear("many", "23"),
    Unclear("many comments", "200"),
)

# By function, for what the name does not tell: as those say it who call it.
FOR_ONE: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "endings.agent_failed": {
        "sentence": ("The agent used up its turns before it was done.",),
        "advice": ("Ask again.",),
    },
    "endings.fork_changes_workflows": {"paths": ([".github/workflows/test.yml"],)},
    "memory.memory_table": {"approved": ([], [ENTRY, DIRECTIVE]), "proposed": ([], [PROPOSED]), "repository_id": (1,)},
    "memory.kind_of": {"entry": (ENTRY, DIRECTIVE), "repository_id": (1,)},
    "memory.where_from": {"entry": (ENTRY, DIRECTIVE, PROPOSED), "repository_id": (1,)},
    "memory.rows_of": {"repository_id": (1,)},
    "memory.which_ones": {"verb": ("approve", "correct")},
    "endings.github_away": {"problem": ("GitHub answers with 502",)},
    "endings.github_refused": {"problem": ("403 Resource not accessible by integration.",)},
    "endings.in_the_way": {"files": (["timespan/formatting.py", "README.md"],)},
    "endings.no_artifacts": {"problem": ("the disk is full",)},
    "endings.no_sandbox": {"problem": ("Modal answers with UNAVAILABLE",)},
    "endings.no_workspace": {"sentence": (BRANCH_GONE,)},
    "endings.not_brought_out": {"problem": ("the commits come to more than 100 MB",)},
    "endings.not_checked": {"problem": ("git index-pack ended with 128: it said nothing",)},
    "endings.not_fit": {"reasons": ([WORKFLOW_FILE],)},
    "endings.not_installed": {"reason": ("404 Not Found",)},
    "endings.not_pushed": {
        "sentence": (f"the branch {BRANCH!r} was changed by somebody else in the meantime, and nothing was overwritten",)
    },
    "endings.not_to_be_rebased": {"why": ("it is the base branch of other pull requests",)},
    "endings.nothing_changed": {"notes": ([], ["It left files that it did not commit: a.txt."])},
    "endings.out_of_time": {"sentence": ("The agent reached the time limit of a job.",)},
    "endings.push_refused": {"sentence": ("a rule of the repository does not let the App push to this branch",)},
    "tools.screenshots_not_shown": {"problem": ("the branch `harvest-artifacts` could not be pushed: …",)},
    "tools.no_browser": {"problem": ("the sandbox has no Chromium",)},
    "endings.sandbox_failed": {"problem": ("the file could not be written.",)},
    "endings.sandbox_gone": {"problem": ("it was out of memory.",)},
    "endings.sandbox_lost_too_often": {"why": ("it was out of memory",)},
    "endings.stopped": {"reason": tuple(StopReason)},
    "plan_wording.carried_out_already": {"pull": (12, None)},
    "plan_wording.issue_changed": {"place": ("issue", "pull")},
    "plan_wording.not_replanned": {"why": ("The agent ended without a plan.",)},
    "plan_wording.void": {"changed": ("the title or text of this issue was changed since it was made",)},
    "refusals.base_is_settled": {"asked": ("release/2",)},
    "refusals.limit_not_kept": {"kind": ("none",)},
    "refusals.may_not_by_setting": {"setting": ("roles.approve", "people")},
    "refusals.model_not_used": {"model": ("claude-opus-5-5",)},
    "refusals.over_the_budget": {"asked": ("20",), "setting": ("budgets.job",), "most": (5.0,)},
    "refusals.say_more": {"missing": ("Tell me what you want to know",), "example": ("ask where are the settings read?",)},
    "refusals.settings_unusable": {"problem": ("there is no key `modle`: did you mean `model`?",), "branch": ("main",)},
    "refusals.who_can_raise": {"setting": ("HARVEST_BUDGET_USD", "--budget", "budgets.repository")},
    "review_threads.more_are_open": {"more": (1, 4)},
    "review_threads.not_replied": {"reason": ("403 Resource not accessible by integration",)},
    "review_threads.not_resolved": {"reason": ("Resource not accessible by integration",)},
    "unclear.asked_back": {"verb": ("status",), "unclear": UNCLEAR},
    "spawning.done_elsewhere": {"links": (["acme/api#7"], ["acme/api#7", "acme/docs#3"])},
    "spawning.ended": {
        "repository": ("acme/api",),
        "ending": (endings.PUBLISHED, endings.no_answer(), endings.waiting("")),
        "report": (JobReport(pushed_sha=SHA),),
    },
    "spawning.issue_body": {"child": ("q3k7w2n5x4r6t8yb/1",), "parent": ("acme/web#7",)},
    "spawning.may_not": {"repository": ("acme/api",)},
    "spawning.no_more": {"most": (3,)},
    "spawning.not_asked_there": {"repository": ("acme/apo",), "names": (["acme/api", "acme/docs"],)},
    "spawning.started": {"repository": ("acme/api",)},
    "watching.how_it_stands": {"passed": (0, 3), "open_threads": (0, 2)},
    "watching.mergeable_again": {"stands": ("…",)},
    "watching.over_the_budget": {"asked": ("20",), "setting": ("watch.budget",)},
    "watching.switched_off": {"numbers": ((12,), (12, 14))},
    "watching.until_words": {"until": ("merged", "green")},
    "wording.blocked": {"hosts": (["packages.acme.dev", "files.acme.dev"],), "egress": ("allowlist", "none")},
    "command_answers.checks_not_read": {"reason": ("the App was not granted `actions: read`",)},
    "wording.findings_counted": {"counts": ((0, 0, 0), (1, 2, 0))},
    "wording.of_a_fork": {"branch": ("weeks",), "fork": ("pat-quill",)},
    "tools.no_such_tool_servers": {"names": (["linear"],)},
    "issues.read": {"issue": ("ENG-123",), "url": ("https://linear.app/acme/issue/ENG-123",)},
    "issues.no_such_issue": {"issue": ("ENG-123",), "server": ("linear",)},
    "issues.not_read": {"issue": ("ENG-123",), "server": ("linear",), "problem": ("it gave no answer in 20 s",)},
    "issues.note_marker": {"moment": ("opened",), "session_id": ("a",)},
    "issues.note_text": {
        "moment": ("start", "opened", "merged"),
        "asked_by": ("mira-okafor",),
        "thread": ("acme/tide#5",),
        "thread_url": ("https://github.com/acme/tide/issues/5",),
        "pull": ("acme/tide#6",),
        "pull_url": ("https://github.com/acme/tide/pull/6",),
        "marker": ("harvest-opened-1f",),
    },
    "issues.too_many_issues": {"left_out": (["ENG-4"], ["ENG-4", "ENG-5", "ENG-6", "ENG-7"]), "most": (3,)},
    "tools.tool_server_left_out": {"server": ("linear",), "problem": ("it did not answer within 20 s",)},
    "refusals.not_to_be_reviewed": {"why": ("closed", "locked")},
    "refusals.workflows_not_granted": {"missing": (["`workflows: write`"],)},
    "refusals.workflows_not_by_them": {"who_can": ((), ("mira-okafor",))},
    "command_answers.dropped": {"asked": ("`mira-okafor` asked for `also cover the empty case`",)},
    "half_done.unfit": {"why": ("The agent's commits come to more than 100 MB.",)},
    "command_answers.no_check_fails": {"unfinished": (0, 2)},
    "wording.image_incomplete": {"commands": (["npm ci", ".harvest/setup.sh"],)},
    "command_answers.no_such_place": {"waiting": (0, 1, 3)},
    "wording.not_asked_to_look": {"names": (["jonas-reed"],), "why": ("Reviews may only be requested from collaborators.",)},
    "wording.not_pushed_to": {"branch": ("main",), "why": ("it is the repository's default branch",)},
    "command_answers.settings_not_used": {"problem": ("there is no key `modle`: did you mean `model`?",)},
    "command_answers.stopped_everywhere": {"threads": ((), (7, 12)), "withdrawn": (0, 1)},
    "wording.taken_back": {"asked": ("also cover the empty case",)},
    "wording.taken_back_message": {"asked": ("also cover the empty case",)},
}
