"""What a verb is: how it is said, who may say it and where, and what becomes of it; and what its file is handed to do it with.

A verb is a file in `commands/verbs/`, with the verb as VERB. Whatever tells people what can be said is made from these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from github_app.commands.authority import Answer, Permission, Terms, who_may_ask
from github_app.commands.option import Option
from github_app.domain.ask import Ask, By, Command, Place
from github_app.github.repository_settings import RepositoryOnGitHub, SettingsRead
from github_app.github.threads import Reaction, Thread
from github_app.github.tokens import Purpose
from github_app.jobs.services import Services
from github_app.settings.repository import RepositorySettings
from state.findings import Chore
from state.inbox import Delivery

log = structlog.get_logger()

EVERYWHERE: frozenset[Place] = frozenset({"issue", "pull"})
ON_ISSUES: frozenset[Place] = frozenset({"issue"})
ON_PULLS: frozenset[Place] = frozenset({"pull"})

# Stands in a form's syntax for what a person writes there.
TEXT = "…"


@dataclass(frozen=True)
class Form:
    """One way to say a verb. `syntax` is what is written after the command word, with "…" at its end where text follows;
    `help` goes on from "and Harvest". `permission` is the role that it takes, where that is not the verb's."""

    syntax: str
    help: str
    places: frozenset[Place] = EVERYWHERE
    permission: Permission | None = None

    @property
    def words(self) -> str:
        return self.syntax.removesuffix(TEXT).strip()

    @property
    def takes_text(self) -> bool:
        return self.syntax.endswith(TEXT)

    def says(self, command: Command) -> bool:
        """Whether that command, of this form's verb, was said in this form."""
        before = self.words.removeprefix(command.verb).strip()
        if not self.takes_text:
            return command.text == before
        return command.text.startswith(f"{before} ") if before else bool(command.text)


@dataclass(frozen=True)
class Verb:
    """A verb either becomes a job, by its `recipe`, or is carried out at once by `carry_out`, which gives a note for the log.

    One without forms is not said in a comment: a button or an event says it. `permission` is which of the repository's roles
    it takes; "none" where GitHub itself has asked already, or the verb does. An `urgent` one goes ahead of what came before
    it. `without_text` and `example` answer whoever left out the text that it takes there. `options` are those that it may be
    said with. A `chore` is under way in a session once. The text of one that `chooses` may be a number or a version: it means
    the same wherever it stands.
    """

    name: str
    forms: tuple[Form, ...]
    permission: Permission | Literal["none"] = "change"
    recipe: str | None = None
    carry_out: Callable[[Call], Awaitable[str]] | None = None
    urgent: bool = False
    without_text: str = ""
    example: str = ""
    options: tuple[Option, ...] = ()
    chore: Chore | None = None
    chooses: bool = False

    def __post_init__(self) -> None:
        if (self.recipe is None) == (self.carry_out is None):
            raise ValueError(f"the verb {self.name!r} needs either a recipe or a function that carries it out")

    @property
    def takes_text(self) -> bool:
        """Whether what follows it is text of its own."""
        return any(form.takes_text and form.words in ("", self.name) for form in self.forms)

    def permission_for(self, command: Command) -> Permission | Literal["none"]:
        """Which role that command takes, which is of this verb."""
        said = next((form for form in self.forms if form.says(command)), None)
        return self.permission if said is None or said.permission is None else said.permission

    def makes_sense(self, command: Command, place: Place) -> bool:
        """Whether this command, which is of this verb, can be said in such a place."""
        return not self.forms or any(form.says(command) and place in form.places for form in self.forms)


@dataclass(frozen=True)
class Call:
    """One ask being carried out. `job_id` is the id of the job that it becomes, the same however often it is carried out.
    `delivery` brought it, if one did. `verbs` are all there are; `carry_out` carries out another ask in this one's place."""

    services: Services
    ask: Ask
    job_id: str
    verbs: Sequence[Verb]
    carry_out: Callable[[Call], Awaitable[str]]
    delivery: Delivery | None = None
    settings_read: dict[str, SettingsRead] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """What a command begins with in this repository."""
        return self.services.command_in(self.ask.target.repository.id)

    @property
    def label(self) -> str:
        """The label that starts a job in this repository."""
        return self.services.label_in(self.ask.target.repository.id)

    async def thread(self) -> Thread:
        """The thread in which it was asked, with a token that may answer there."""
        services, target = self.services, self.ask.target
        token = await services.tokens.get(target.installation_id, target.repository.id, Purpose.REPLY)
        return Thread(
            services.github,
            token.value,
            services.app_id,
            target.repository.full_name,
            self.ask.said_in,
            self.job_id,
            inline=self.ask.origin.inline,
        )

    async def react(self, reaction: Reaction) -> None:
        """Whoever asked sees at once that it was heard. GitHub lets nobody react to what a review itself says."""
        origin = self.ask.origin
        if origin.by is By.COMMENT or origin.inline:
            await (await self.thread()).react(origin.id, reaction)
        elif origin.by in (By.LABEL, By.ASSIGNMENT):
            await (await self.thread()).react(None, reaction)

    async def is_listened_to(self) -> bool:
        """Whether whoever asked is answered now: a bot once an hour in a thread, people always."""
        ask = self.ask
        if ask.actor.type != "Bot":
            return True
        said = f"{ask.origin.by.value}/{ask.origin.id}"
        return await self.services.bot_asks.take(ask.target.repository.id, ask.target.thread, said)

    async def say(self, text: str) -> None:
        """Answer in the thread, once however often this is carried out."""
        if not await self.is_listened_to():
            log.info("a bot is not answered: another one was within the hour", bot=self.ask.actor.login)
            return
        await (await self.thread()).say_once(f"<!-- harvest:answer:{self.job_id} -->", text)

    async def settings_on(self, branch: str) -> SettingsRead:
        """What the repository has set for itself on that branch, asked of GitHub once for this ask. Raises GitHubProblem."""
        if branch not in self.settings_read:
            target = self.ask.target
            repository = RepositoryOnGitHub(target.installation_id, target.repository.id, target.repository.full_name)
            files, is_default = self.services.settings_files, branch == target.repository.default_branch
            self.settings_read[branch] = await (files.read_default if is_default else files.read)(
                repository, branch, job_id=self.job_id
            )
        return self.settings_read[branch]

    async def may_ask(self, permission: Permission) -> Answer:
        """What GitHub says of whoever asked. Raises `Passing` when it can't be asked now.

        Where the repository's settings can't be used, write permission is enough: for what it is told of that.
        """
        thread, services = await self.thread(), self.services
        own = (await self.settings_on(self.ask.target.repository.default_branch)).settings or RepositorySettings()
        terms = Terms.of(permission, services.settings.allowed_bots, own)
        return await who_may_ask(
            services.roles, thread.token, thread.repository, self.ask.actor, terms, self.job_id, f"roles.{permission}"
        )
