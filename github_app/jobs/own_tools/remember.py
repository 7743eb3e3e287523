"""The agent proposes what later jobs should know. It is in nobody's prompt until somebody who may approve has said so."""

from __future__ import annotations

import re
from typing import get_args

from github_app.domain.memory import LEAST_QUOTE_CHARACTERS, MOST_QUOTE_CHARACTERS, as_entry
from github_app.gateway.tools.arguments import Unclear
from github_app.github.failures import GitHubProblem
from github_app.jobs.context import JobContext
from github_app.jobs.memory import reader_of
from github_app.jobs.own_tools.tool import Call, OwnTool
from github_app.jobs.results import WorkspacePrepared
from github_app.replies.memory import is_shown_whole
from github_app.text.redact import redact
from state.memory import MOST_CHARACTERS, Entry, Kind, NewEntry, TooMany

KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_PATH_CHARACTERS = 200
# No part of it is `..`, and it is no place in git's own folder or outside.
FILE = re.compile(r"(?!/)(?!.*(?:^|/)\.{1,2}(?:/|$))[^\\\x00-\x1f]+")

FULL = {
    "job": "this job has proposed as much as one may; mention the rest at the end of your work",
    "proposed": "too much waits for people's word here already; mention it at the end of your work",
    "entries": "as much is kept of this repository as there may be; mention it at the end of your work",
}
KNOWN = {
    "proposed": "That is proposed already, as {number}.",
    "approved": "That is kept already, as {number}.",
    "forgotten": "People here have decided against keeping that. Leave it.",
}


async def remember(call: Call) -> str:
    context = await call.context()
    if not context.repository_settings.memory:
        raise Unclear("nothing is kept in this repository: its settings say `memory: false`")
    new = proposal_in(call, context)
    try:
        entry, is_new = await call.services.memory.propose(await reader_of(context), new)
    except GitHubProblem as problem:
        raise Unclear(f"GitHub can't be asked about this repository just now ({problem.reason}); try again later") from problem
    except TooMany as problem:
        raise Unclear(FULL[problem.of]) from problem
    return answer_on(entry, is_new=is_new)


def proposal_in(call: Call, context: JobContext) -> NewEntry:
    """What the call proposes. Raises Unclear."""
    kind = call.text("kind", most=20)
    if kind not in KINDS:
        raise Unclear(f"kind: one of {', '.join(KINDS)} is needed")
    text = redact(as_entry(call.text("text", most=10 * MOST_CHARACTERS)))
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise Unclear(f"text: a sentence or two of at most {MOST_CHARACTERS} characters is needed")
    if not is_shown_whole(text):  # nobody is to approve what they have not seen
        raise Unclear("text: it has so much markup that people could not be shown all of it; say it in plain words")
    path = call.text_or_none("path", most=MAX_PATH_CHARACTERS) or ""
    quote = call.text_or_none("quote", most=MOST_QUOTE_CHARACTERS) or ""
    if path and kind != "fact":  # of a fact alone it is looked up whether there is such a file before the name is told
        raise Unclear("path: only a fact cites a file; name it in the text")
    if path and not FILE.fullmatch(path):
        raise Unclear("path: the path of a file in this repository is needed, as git has it")
    if quote and not path:
        raise Unclear("quote: what file is that in? Name its path")
    if quote and len(quote) < LEAST_QUOTE_CHARACTERS:
        raise Unclear(f"quote: at least {LEAST_QUOTE_CHARACTERS} characters of that file are needed")
    return NewEntry(
        repository=context.session.repository,
        kind=kind,
        text=text,
        job_id=context.job.id,
        thread=context.ask.target.thread,
        path=path,
        quote=redact(quote),
        sha=context.found(WorkspacePrepared).start_sha,
    )


def answer_on(entry: Entry, *, is_new: bool) -> str:
    if is_new:
        return f"Proposed, as {entry.number}. Later jobs are told it once somebody who may approve has said yes."
    return KNOWN[entry.standing].format(number=entry.number)


TOOL = OwnTool(
    name="remember",
    description="Propose one thing that later jobs on this repository should know and can't see at a glance: how something "
    "works (fact), what people here want done (directive), what went wrong and how to avoid it (lesson). People decide "
    "whether it is kept. Few, short, and nothing about this task alone. Search with recall first.",
    arguments={
        "kind": {"type": "string", "enum": list(KINDS)},
        "text": {"type": "string", "description": f"A sentence or two, at most {MOST_CHARACTERS} characters"},
        "path": {"type": "string", "description": "The file that a fact is about: it counts as long as that is there"},
        "quote": {"type": "string", "description": "The lines of that file that show it: it counts as long as they are there"},
    },
    needed=("kind", "text"),
    changes=False,
    answer=remember,
)
