"""resolve: the review threads of a pull request that nobody has resolved are worked through, and each is answered."""

from __future__ import annotations

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.queueing import on_head, pull_head, queue
from github_app.commands.resolving import CHORE, RECIPE, open_threads, queue_resolve
from github_app.commands.verb import ON_PULLS, Call, Form, Verb
from github_app.replies import review_threads as words


async def resolve(call: Call) -> str:
    """The threads count as they are now; what is said in them later is another request."""
    head = await pull_head(await call.thread())
    if isinstance(head, str):
        return await queue(call, RECIPE, CHORE)  # which says why nothing can be done there
    found = await open_threads(call)
    if not found:
        await call.say(words.none_open())
        return "no review thread is open"
    return await queue_resolve(on_head(call, head), found)


VERB = Verb(
    name="resolve",
    forms=(
        Form("resolve", "works through the open review threads: each is settled and resolved, or answered, or left", ON_PULLS),
    ),
    carry_out=resolve,
    options=(MODEL, BUDGET),
    chore="resolve",
)
