"""What a repository sets for itself: the keys of `.github/harvest.yml`. Pure.

Each key is a field here, with its type and what it means; docs/harvest.schema.json is made from them, and
docs/repository-settings.md is held against them by a test. `repository_file.py` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from github_app.settings.allow_list import EgressKind, checked_entries

SETTINGS_FILE = ".github/harvest.yml"

MAX_ENTRIES = 100


Model = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:/\[\]-]+$", max_length=100)]
ModelPattern = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:*?-]+$", max_length=100)]
BranchName = Annotated[str, Meta(min_length=1, max_length=255)]
CommandLine = Annotated[str, Meta(min_length=1, max_length=500)]
# No part of it is `..`, and it is no place in git's own folder or outside.
FilePath = Annotated[str, Meta(pattern=r"^(?!/)(?!.*(?:^|/)\.{1,2}(?:/|$))[^\\\x00-\x1f]+$", max_length=200)]
# Of small letters, digits and single `-`: it becomes a part of the tools' names in the Claude CLI.
ToolServerName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=30)]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A group of keys."""


# From the lowest to the highest; below write nobody may ask anything.
Role = Literal["write", "maintain", "admin"]
Login = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]


class Roles(Table, frozen=True):
    """The role on this repository that it takes to say something to Harvest: `write`, `maintain` or `admin`."""

    ask: Annotated[Role, Meta(description="For what is answered in the thread and changes nothing.")] = "write"
    change: Annotated[Role, Meta(description="For what changes something, or is told to the agent at work.")] = "write"
    approve: Annotated[Role, Meta(description="For the approval of a plan.")] = "write"
    stop: Annotated[Role, Meta(description="For what ends jobs, or takes them out of the queue.")] = "write"


# Where a plan is shown.
PlanPlace = Literal["comment", "pull-request"]

Dollars = Annotated[float, Meta(gt=0, le=1_000_000)]


class Budgets(Table, frozen=True):
    """What may be spent on the model, in US dollars. What the operator allows is not widened by it."""

    job: Annotated[Dollars, Meta(description="By one job.")] | None = None
    session: Annotated[Dollars, Meta(description="By all jobs of one session: an issue with its pull request.")] | None = None
    person: (
        Annotated[Dollars, Meta(description="By the jobs that one person asks for in this repository on one day (UTC).")]
        | None
    ) = None
    day: Annotated[Dollars, Meta(description="By all jobs of this repository on one day (UTC).")] | None = None
    repository: Annotated[Dollars, Meta(description="By all jobs of this repository in one month (UTC).")] | None = None


class Limits(Table, frozen=True):
    """How long one job may take. What the operator allows is not widened by it."""

    minutes: Annotated[float, Meta(gt=0, le=23 * 60, description="How long the agent may work on one job.")] | None = None
    turns: Annotated[int, Meta(gt=0, le=10_000, description="How many turns it may take in one job.")] | None = None


class FixCi(Table, frozen=True):
    """Whether and when failing checks are fixed here, by `fix-ci` and by a watch."""

    allow: Annotated[bool, Meta(description="Whether they are fixed at all.")] = True
    ignore: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(max_length=MAX_ENTRIES, description="Names of checks that count for nothing, as patterns: `deploy*`."),
    ] = ()


class WatchSettings(Table, frozen=True):
    """What `watch` may do here. What the operator allows is not widened by it."""

    allow: Annotated[bool, Meta(description="Whether pull requests may be watched.")] | None = None
    budget: Annotated[Dollars, Meta(description="What all jobs of one watch may spend, in US dollars.")] | None = None
    tries: Annotated[int, Meta(gt=0, le=10, description="How many jobs a watch starts for one head commit.")] | None = None
    settle_seconds: (
        Annotated[
            float, Meta(ge=0, le=3600, description="How long it waits after the last thing that happened before it acts.")
        ]
        | None
    ) = None


RepositoryName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$")]


class SpawnSettings(Table, frozen=True):
    """Work that an agent here may have done in another repository, and that one there may have done here. It takes both
    repositories."""

    into: Annotated[
        tuple[RepositoryName, ...],
        Meta(max_length=20, description="The repositories in which an agent of this one may start a job, as owner/name."),
    ] = ()
    accept: Annotated[
        tuple[RepositoryName, ...],
        Meta(max_length=20, description="The repositories whose agents may start a job in this one, as owner/name."),
    ] = ()


class EgressSettings(Table, frozen=True):
    """What the sandboxes of this repository's jobs reach on the network."""

    kind: Annotated[EgressKind, Meta(description="Less than the operator's limit: `open`, `allowlist` or `none`.")] | None = (
        None
    )
    allow: Annotated[
        tuple[Annotated[str, Meta(max_length=255)], ...],
        Meta(
            max_length=MAX_ENTRIES,
            description="Ecosystems and hosts besides those that the operator allows, where that is an allow list.",
        ),
    ] = ()

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "allow", checked_entries(self.allow))


class RepositorySettings(Table, frozen=True):
    """The settings of a repository for Harvest: the file .github/harvest.yml. What is left out is as the operator has it."""

    label: (
        Annotated[str, Meta(pattern=r"^[^\x00-\x1f]+$", max_length=50, description="The label that starts a job here.")] | None
    ) = None
    command: (
        Annotated[
            str,
            Meta(pattern=r"^/[A-Za-z0-9_-]+$", max_length=40, description="The word that a command begins with here: `/…`."),
        ]
        | None
    ) = None
    roles: Roles = Roles()
    people: (
        Annotated[
            tuple[Login, ...],
            Meta(
                min_length=1,
                max_length=MAX_ENTRIES,
                description="The people who may ask, by login; their roles count too.",
            ),
        ]
        | None
    ) = None
    bots: (
        Annotated[
            tuple[Annotated[int, Meta(gt=0)], ...],
            Meta(max_length=MAX_ENTRIES, description="The bots that may ask, by account id, of those that the operator lets."),
        ]
        | None
    ) = None
    model: Annotated[Model, Meta(description="The model or alias that the agent is asked to use.")] | None = None
    models: (
        Annotated[
            tuple[ModelPattern, ...],
            Meta(
                min_length=1,
                max_length=20,
                description="The models that jobs may use, as patterns, of those that the operator allows.",
            ),
        ]
        | None
    ) = None
    budgets: Budgets = Budgets()
    limits: Limits = Limits()
    base_branch: (
        Annotated[
            BranchName,
            Meta(description="The branch that work on an issue starts from and goes to, instead of the default branch."),
        ]
        | None
    ) = None
    draft: Annotated[bool, Meta(description="Whether pull requests are opened as drafts.")] | None = None
    plan: Annotated[
        PlanPlace,
        Meta(
            description="Where a plan for an issue is shown: in a `comment`, or in a `pull-request` of its own, which is "
            "closed without being merged once the plan is approved."
        ),
    ] = "comment"
    reviewers: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9._-]+)?$", max_length=140)], ...],
        Meta(max_length=15, description="Who is asked to review pull requests: logins, and teams as organization/team."),
    ] = ()
    assignees: (
        Annotated[
            tuple[Login, ...], Meta(max_length=10, description="Whom pull requests are assigned to, instead of who asked.")
        ]
        | None
    ) = None
    protected_paths: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(
            max_length=MAX_ENTRIES, description="Paths whose changes are not published, as patterns like those of CODEOWNERS."
        ),
    ] = ()
    allow_workflows: Annotated[
        bool,
        Meta(
            description="Whether a change may touch `.github/workflows/`, where somebody with the role `maintain` or `admin` "
            "says so with `--allow-workflows`."
        ),
    ] = False
    setup: Annotated[
        tuple[CommandLine, ...],
        Meta(
            max_length=10,
            description="Commands that set the project up, run in a clone of it after what its lock files ask for.",
        ),
    ] = ()
    test: Annotated[
        tuple[CommandLine, ...], Meta(max_length=10, description="Commands that the agent runs before it finishes.")
    ] = ()
    test_report: Annotated[
        tuple[FilePath, ...],
        Meta(max_length=5, description="Where those commands write JUnit XML, as paths or patterns: `reports/**/*.xml`."),
    ] = ()
    instructions: Annotated[
        tuple[FilePath, ...],
        Meta(max_length=5, description="Files of the base branch that the agent is told as the project's own rules."),
    ] = ("AGENTS.md", "CLAUDE.md")
    fix_ci: FixCi = FixCi()
    watch: WatchSettings = WatchSettings()
    spawn: SpawnSettings = SpawnSettings()
    egress: EgressSettings = EgressSettings()
    memory: Annotated[
        bool, Meta(description="Whether jobs are told what was kept of earlier work here, and may propose to keep more.")
    ] = True
    tools: Annotated[
        tuple[ToolServerName, ...],
        Meta(max_length=20, description="The tool servers that jobs are given, of those that the operator declares."),
    ] = ()

    browser: Annotated[
        bool, Meta(description="Whether agents are given a browser in their sandbox, to look at the running app with.")
    ] = False
    screenshots: Annotated[
        bool,
        Meta(
            description="Whether agents that have a browser may attach pictures, which pull requests show from the branch "
            "`harvest-artifacts`."
        ),
    ] = True

    write_issues: Annotated[
        bool,
        Meta(
            description="Whether the agent may comment, open issues, add labels and sub-issues here, by the `github` server."
        ),
    ] = False

    def to_json(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RepositorySettings:
        return msgspec.convert(document, cls)


# What limits a job counts as the default branch has it: anybody who may push could make a branch that has less in it.
LIMITING = (
    *("label", "command", "roles", "people", "bots", "model", "models", "budgets", "limits", "base_branch", "egress"),
    *("tools", "browser", "screenshots", "write_issues", "allow_workflows", "fix_ci", "watch", "spawn", "memory"),
)


def with_limits_of(base: RepositorySettings, default: RepositorySettings) -> RepositorySettings:
    """The settings of the base branch, but for what limits a job: that is as on the default branch."""
    return msgspec.structs.replace(base, **{name: getattr(default, name) for name in LIMITING})


def all_keys(table: type[Table] = RepositorySettings, above: str = "") -> Iterator[str]:
    """Every key by its full name, as in `egress.allow`."""
    for field in msgspec.structs.fields(table):
        if isinstance(field.type, type) and issubclass(field.type, Table):
            yield from all_keys(field.type, f"{above}{field.name}.")
        else:
            yield f"{above}{field.name}"


def json_schema() -> dict[str, Any]:
    """The file's JSON Schema, for editors and checks. https://json-schema.org/draft/2020-12"""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(RepositorySettings)}
