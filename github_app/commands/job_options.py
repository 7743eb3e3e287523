"""The options of verbs that become a job: the model, the base branch, the pull request's state, and what it may cost."""

from __future__ import annotations

import re

from github_app.commands.option import Option

# More than nothing, and to the cent.
DOLLARS = re.compile(r"\$?(?=[0-9.]*[1-9])(?:[0-9]{1,5})(?:\.[0-9]{1,2})?")

# The CLI's own short names, and the names of models: https://code.claude.com/docs/en/model-config
MODEL = Option(
    "model",
    "uses this model",
    takes="NAME",
    value=re.compile(r"(?:default|sonnet|opus|haiku|opusplan)(?:\[1m\])?|claude-[a-z0-9.-]{1,80}(?:\[1m\])?"),
    example="opus",
)
# What git takes for a branch is checked where it is fetched; this keeps out what no branch is called.
BASE = Option(
    "base",
    "begins a new branch at this one, and its pull request goes into it",
    takes="BRANCH",
    value=re.compile(r"(?!-)[^\s~^:?*\[\\`]{1,200}"),
    example="release/2",
)
DRAFT = Option("draft", "opens the pull request as a draft", choice="draft or ready")
READY = Option("ready", "opens the pull request ready for review", choice="draft or ready")
ALLOW_WORKFLOWS = Option(
    "allow-workflows", "lets the change touch workflow files, where the settings allow it and a maintainer asks"
)
BUDGET = Option(
    "budget",
    "spends no more than this on the model",
    takes="DOLLARS",
    value=DOLLARS,
    example="2.50",
)
