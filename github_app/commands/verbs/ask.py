"""ask: a question gets an answer in the thread, and nothing is changed."""

from __future__ import annotations

from github_app.commands.job_options import BUDGET, MODEL
from github_app.commands.verb import Form, Verb

VERB = Verb(
    name="ask",
    forms=(Form("ask …", "answers your question in a comment and changes nothing"),),
    permission="ask",
    recipe="answer/1",
    without_text="Tell me what you want to know",
    example="ask where are the settings read?",
    options=(MODEL, BUDGET),
)
