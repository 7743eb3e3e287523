"""The built-in server for Gemini: a second model that reviews a plan or a difference, and looks things up on the web.

Harvest asks, with the operator's key, by Google's own SDK. What an answer costs is reserved from the job's budgets before and
recorded after, by the tokens and searches that it took. Without the key there is no such server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from github_app.domain.plan import MAX_PLAN_CHARACTERS
from github_app.gateway.model.budget import Budgets, Grants
from github_app.gateway.model.prices import cost_microdollars
from github_app.gateway.model.refusals import Refusal
from github_app.gateway.reviewer.asked_model import Answer, NoAnswer
from github_app.gateway.reviewer.gemini import Question, ask_gemini
from github_app.gateway.reviewer.paid import paid_answer
from github_app.gateway.reviewer.question import Unreadable
from github_app.gateway.tools.arguments import Unclear, text_of
from github_app.gateway.tools.builtin.gemini_questions import (
    about_diff,
    about_plan,
    about_web,
    review_text,
    web_text,
)
from github_app.gateway.tools.listing import Tool
from github_app.gateway.tools.problems import ServerProblem
from github_app.settings.operator import Settings
from github_app.text.redact import Redactor
from state.columns import to_dollars
from state.job_tools import Place
from state.jobs import Job

log = structlog.get_logger()

# What a vendor says of a failure is a line or two.
MAX_REASON_CHARACTERS = 300
MAX_REQUEST_CHARACTERS = 20_000
MAX_QUESTION_CHARACTERS = 2_000
# All arguments of a call together have 64 KiB at the gateway, so this is never what stops one.
MAX_REVIEWED_CHARACTERS = 64 * 1024


class JobRows(Protocol):
    """`state.jobs.Jobs`."""

    async def get(self, job_id: str) -> Job: ...


@dataclass(frozen=True)
class GeminiTool:
    """`question` is what the model is asked for these arguments, `text` what the agent gets of its answer."""

    description: str
    arguments: Mapping[str, Any]
    needed: tuple[str, ...]
    question: Callable[[Mapping[str, Any]], Question]
    text: Callable[[Answer], str]


def ask_of_plan(arguments: Mapping[str, Any]) -> Question:
    request = text_of(arguments, "request", most=MAX_REQUEST_CHARACTERS, needed=False)
    return about_plan(text_of(arguments, "plan", most=MAX_PLAN_CHARACTERS), request)


def ask_of_diff(arguments: Mapping[str, Any]) -> Question:
    request = text_of(arguments, "request", most=MAX_REQUEST_CHARACTERS, needed=False)
    return about_diff(text_of(arguments, "diff", most=MAX_REVIEWED_CHARACTERS), request)


def ask_of_web(arguments: Mapping[str, Any]) -> Question:
    return about_web(text_of(arguments, "question", most=MAX_QUESTION_CHARACTERS))


REQUEST = {"request": {"type": "string", "description": "What was asked for, so that it can be held against that"}}
FINDINGS = "Its findings are BLOCKER, SHOULD or CONSIDER: check each against the code, it may be wrong."

# In the order in which they are listed.
TOOLS: Mapping[str, GeminiTool] = {
    "review_plan": GeminiTool(
        f"Have another model look for what will go wrong with a plan. {FINDINGS}",
        {"plan": {"type": "string", "description": "The whole plan"}, **REQUEST},
        ("plan",),
        ask_of_plan,
        review_text,
    ),
    "review_diff": GeminiTool(
        f"Have another model look for what is wrong with a change. It sees nothing but what you give it. {FINDINGS}",
        {
            "diff": {
                "type": "string",
                "description": "What `git diff` printed for the commits or files that it is about, at most 60 KB: a larger "
                "change is given in parts",
            },
            **REQUEST,
        },
        ("diff",),
        ask_of_diff,
        review_text,
    ),
    "research": GeminiTool(
        "Ask the web: an answer from Google Search, with its sources. The question leaves this repository for Google: put no "
        "code and no names of yours into it.",
        {"question": {"type": "string", "description": "One question, that can be understood by itself"}},
        ("question",),
        ask_of_web,
        web_text,
    ),
}


class GeminiServer:
    """The server, for the jobs of all repositories."""

    def __init__(self, settings: Settings, grants: Grants, jobs: JobRows) -> None:
        self._settings = settings
        self._budgets = Budgets(grants)
        self._jobs = jobs

    def tools(self) -> list[Tool]:
        """Raises ServerProblem where there is no key."""
        if self._settings.gemini_api_key is None:
            raise ServerProblem("GEMINI_API_KEY is not set", refused=True)
        return [
            {
                "name": name,
                "description": tool.description,
                "inputSchema": {"type": "object", "properties": dict(tool.arguments), "required": list(tool.needed)},
            }
            for name, tool in TOOLS.items()
        ]

    async def call(self, place: Place, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """MCP's result, with what it cost in `dollars`."""
        try:
            question = TOOLS[tool].question(arguments)
            answer = await self._ask(place.job_id, question)
        except Unclear as problem:
            return result(str(problem), is_error=True)
        except Refusal as refusal:
            return result(refusal.message, is_error=True)
        except NoAnswer as problem:
            log.warning("Gemini gave no answer for a tool", tool=tool, problem=self._line(str(problem)))
            raise ServerProblem(self._line(str(problem))) from None
        spent = to_dollars(cost_microdollars(self._settings.review_model, answer.used)) if answer.used is not None else 0.0
        try:
            return result(TOOLS[tool].text(answer), dollars=spent)
        except Unreadable as problem:
            return result(str(problem), is_error=True, dollars=spent)

    async def _ask(self, job_id: str, question: Question) -> Answer:
        """Raises NoAnswer and Refusal."""
        key, model, url = self._settings.gemini_api_key, self._settings.review_model, self._settings.gemini_base_url
        if key is None:
            raise NoAnswer("GEMINI_API_KEY is not set")
        token_sha256 = (await self._jobs.get(job_id)).gateway_token_sha256 or ""
        ask: Callable[[], Awaitable[Answer]] = lambda: ask_gemini(question, model=model, key=key, base_url=url)  # noqa: E731
        return await paid_answer(self._budgets, token_sha256, question.admitted(model), ask)

    def _line(self, said: str) -> str:
        keys = [key for key in (self._settings.gemini_api_key,) if key is not None]
        return " ".join(Redactor(keys)(said).split())[:MAX_REASON_CHARACTERS]


def result(text: str, *, is_error: bool = False, dollars: float = 0.0) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": is_error, "dollars": dollars}
