"""What the agent is told: its standing rules, and the prompt of one job. Pure.

Whatever a person wrote on GitHub is cleaned and wrapped in a delimiter with a fresh nonce, and the rules say that what stands
in there is material. Only the request itself, by someone who may ask, is an instruction, and even that is cleaned of what its
writer did not see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from github_app.domain.ask import Ask
from github_app.domain.installs import INSTALLS, VENV
from github_app.domain.pull_request_template import BEGIN, END
from github_app.jobs.agent import rules
from github_app.settings.repository import RepositorySettings
from github_app.text.hostile import clean, wrap

# A thread can be endless; the latest comments matter most.
MAX_COMMENTS = 30
MAX_COMMENT_CHARACTERS = 8_000
MAX_BODY_CHARACTERS = 40_000
MAX_MATERIAL_CHARACTERS = 60_000

# The agent is told all of them in its prompt: more would crowd out the task.
MAX_PROJECT_RULES_BYTES = 64 * 1024

RULES = """\
You work for Harvest on {repository}, alone and headless. The repository is in your working directory, on the branch
`{branch}`. Work only there.
"""
# The pages of docs/ai/ that hold for an agent in a sandbox.
PAGES = ("autonomous-agent", "git-workflow", "code-comments", "planning")

MAY_TOUCH_WORKFLOWS = "- Somebody who may has let this request change `.github/workflows/`, whatever else stands here.\n"

BROWSER = """\
- If you have the tools of `chrome`, look at what you change the way its users see it: start the app in the background \
(`… >$TMPDIR/app.log 2>&1 &`), open it at http://127.0.0.1:PORT, use it, and read the console. Pictures go to $TMPDIR, never \
into the repository."""

# A tick is somebody's word: the agent gives its own alone.
TO_FILL_IN = """\
The repository has a template for pull requests. Fill it in under your summary, for all that the branch changes by then,
between the lines `{begin}` and `{end}`. Tick only what you did or checked yourself, and leave what only a person can say
as it is:

{template}
"""

# Where the rules lie for the CLI, in the sandbox's control folder.
RULES_FILE = "rules.md"


@dataclass(frozen=True)
class ThreadComment:
    """A comment of the thread as it was when the job was asked for."""

    author: str
    text: str


def rules_for_the_agent(
    repository: str,
    branch: str,
    project_rules: Mapping[str, bytes],
    settings: RepositorySettings | None = None,
    template: str = "",
    *,
    workflows: bool = False,
) -> str:
    """The addition to the system prompt. `settings` are the repository's own, and `project_rules` files of the project's, by
    their paths, as they are where only writers put them: on the base branch as a rule. One that says the same as one before it
    is told once. `template` is the base branch's for pull requests, empty without one. `workflows` says that
    this job may touch workflow files."""
    first = RULES.format(repository=repository, branch=branch) + rules_by_settings(settings or RepositorySettings())
    first += MAY_TOUCH_WORKFLOWS if workflows else ""
    told, room = [first, *pages()], MAX_PROJECT_RULES_BYTES
    seen: set[bytes] = set()
    for path, content in project_rules.items():
        if content.strip() and content not in seen:
            text = content[:room].decode("utf-8", "replace")
            cut = f"\n[{path} is longer; the rest is left out]" if len(content) > room else ""
            told.append(f"The project's own rules, from its {path}:\n\n{text}{cut}\n")
            seen.add(content)
            room = max(0, room - len(content))
    if template:
        told.append(TO_FILL_IN.format(begin=BEGIN, end=END, template=template))
    return "\n".join(told)


def rules_by_settings(settings: RepositorySettings) -> str:
    """What the repository's settings say of how it is worked on."""
    lines = []
    if settings.protected_paths:
        lines.append(
            f"- Do not change what these patterns stand for; it is not published: {listed(settings.protected_paths)}."
        )
    if settings.setup:
        lines.append(f"- If something that you need is not installed, this sets the project up: {listed(settings.setup)}.")
    if settings.test:
        lines.append(
            "- Run this before you finish, by the tool `run_tests` where you have that, and say what it said: "
            f"{listed(settings.test)}."
        )
    if settings.browser:
        lines.append(BROWSER)
    return "".join(f"{line}\n" for line in lines)


def listed(texts: Sequence[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


@cache
def pages() -> tuple[str, ...]:
    return tuple((files(rules) / f"{page}.md").read_text(encoding="utf-8") for page in PAGES)


def installed_note(installed: Sequence[str]) -> str:
    """What the repository's image brought along; `installed` are the lock files and set-up that worked, maybe none."""
    if not installed:
        return ""
    told = f"Installed here already, when the repository's image was built: what {' and '.join(installed)} asked for."
    if any(install.language == "Python" and install.lock_file in installed for install in INSTALLS):
        told += f" Python's environment is in `{VENV}`: use `{VENV}/bin/python`."
    return told


def first_prompt(ask: Ask, instruction: str, comments: Sequence[ThreadComment], notes: Sequence[str]) -> str:
    """The prompt that begins a session: the thread, and what to do with it."""
    parts = [f"Here is {thread_of(ask)} as it was when you were asked.", wrap(issue_text(ask), max_length=MAX_BODY_CHARACTERS)]
    for comment in comments[-MAX_COMMENTS:]:
        parts.append(wrap(f"Comment by {comment.author}:\n\n{comment.text}", max_length=MAX_COMMENT_CHARACTERS))
    parts.append(instruction)
    parts += notes
    return "\n\n".join(parts)


def next_prompt(instruction: str, notes: Sequence[str]) -> str:
    """The prompt that continues a conversation which the agent remembers."""
    return "\n\n".join([instruction, *notes])


def interrupted_prompt(asked: str, notes: Sequence[str]) -> str:
    """The prompt for an agent that remembers the conversation and lost its machine in the midst of a request. `asked` is the
    prompt that it had been given: what was kept of the conversation may end before it."""
    lost = (
        "You were interrupted: the machine you worked on was lost. You are on another one now. Look at what is in the "
        "working directory and in git, and go on from there; anything that was neither committed nor in a file is gone."
    )
    return "\n\n".join([lost, f"This is what you were asked. {asked}", *(note for note in notes if note not in asked)])


def resumed_prompt(ask: Ask, notes: Sequence[str]) -> str:
    """The prompt for an agent that remembers the request in which it was interrupted: that is not repeated."""
    goes_on = (
        f"You were interrupted in what you were asked last. {ask.actor.login}, who may decide here, asks you to go on with "
        "it. Look at what is in the working directory and in git first: anything that was neither committed nor in a file "
        "may be gone. Then go on from there, and end as you were asked to."
    )
    return "\n\n".join([goes_on, *notes])


def begun_before(instruction: str) -> str:
    """What is told an agent of a request in which another one was interrupted."""
    return (
        f"{instruction}\n\n"
        "An agent before you was interrupted in this. What is left of its work is in the working directory and in git: look "
        "at that first, and go on from there."
    )


# For an agent that remembers a request which came to no end: it is held until somebody resumes it.
HELD = (
    "What you were asked before this was broken off, and nobody has asked for it to be gone on with. Do what is asked now; of "
    "the other, do only what this needs."
)


def to_rebase(ask: Ask, branch: str, base: str, at: int) -> str:
    """`at` is in seconds since the epoch: it makes the checkpoint's name one of its own."""
    return (
        f"{with_it(ask)}{ask.actor.login}, who may decide here, asks you to put the commits of this branch on top of "
        f"`origin/{base}`, as it is now. Do it like this:\n\n"
        f"1. Keep what is there: `git branch checkpoint-{branch}-{at}`. Commit what is uncommitted first. Never pull, merge "
        "or stash, and never use `--force`.\n"
        f"2. `git rebase origin/{base}`. Only this branch's own commits move.\n"
        "3. Where there are conflicts, read the commits of both sides, and keep what each of them meant.\n"
        "4. Run the tests of what was in conflict, and mend what does not hold together any more.\n\n"
        "If a try goes wrong, go back to the checkpoint and begin anew, three times at most. If the third goes wrong as well, "
        "leave the branch at the checkpoint and end with a report: which files, what each side meant, what you tried, and "
        "what a person has to decide. Change nothing else.\n\n"
        "End with a message as always: a title for all that the branch changes, then what was in conflict and how you solved "
        "it."
    )


def to_steer(by: str, text: str, material: str) -> str:
    """What somebody says to the agent while it works."""
    return (
        f"{said_with(material)}{by}, who may decide here, says while you work:\n\n{clean(text).strip()}\n\n"
        "Go on with that in mind. End as you were asked to, with a message for all of the work."
    )


# From what was asked to what the agent is told to do about it.
Instruct = Callable[[Ask], str]


def to_answer(ask: Ask) -> str:
    question = clean(ask.command.text).strip()
    return (
        f"{with_it(ask)}{ask.actor.login}, who may decide here, asks you a question on {thread_of(ask)}:\n\n{question}\n\n"
        "Find out what you need to know, and end with the answer alone, in markdown: it becomes a comment. Look and try as "
        "you like, but leave the repository as it is and commit nothing: nothing that you change is kept."
    )


def to_do(ask: Ask) -> str:
    # They may have pasted it from somewhere, and not have seen all that it says.
    prompt = clean(ask.command.text).strip()
    if not prompt:
        return f"{with_it(ask)}{ask.actor.login}, who may decide here, asks you to do what {thread_of(ask)} says."
    return f"{with_it(ask)}{ask.actor.login}, who may decide here, asks you on {thread_of(ask)}:\n\n{prompt}"


def with_it(ask: Ask) -> str:
    return said_with(ask.material)


def said_with(material: str) -> str:
    """What was said together with the request: it is material, also where the same person wrote it."""
    if not material.strip():
        return ""
    return f"This was said together with the request:\n\n{wrap(material, max_length=MAX_MATERIAL_CHARACTERS)}\n\n"


def thread_of(ask: Ask) -> str:
    pull = ask.target.pull
    on_a_pull = pull is not None and pull.number == ask.target.thread
    return f"{'pull request' if on_a_pull else 'issue'} #{ask.target.thread}"


def issue_text(ask: Ask) -> str:
    author = f" by {ask.target.author}" if ask.target.author else ""
    return f"Title: {ask.target.title}\nWritten{author}:\n\n{ask.target.body}"
