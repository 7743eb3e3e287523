"""Plans that the scripted agent makes, and what a second model says of them."""

from __future__ import annotations

import json

from tests.gemini_service import GeminiService

SOUND = json.dumps({"findings": []})


def reviewing(gemini: GeminiService, *acts: str) -> None:
    """Let the reviewer answer by these patterns of the plan, each with what it then says."""
    play = 'title = "Review"\n'
    for number, (pattern, said) in enumerate(zip(acts[::2], acts[1::2], strict=True)):
        play += f"[[acts]]\nname = \"act-{number}\"\nprompt = '''(?s)This is the plan:.*{pattern}'''\n"
        play += f"[[acts.scenes]]\nname = \"review\"\nsay = '''{said}'''\nusage = {{ input = 1000, output = 500 }}\n"
    gemini.play(play)


def a_plan(title: str, script: str = "", tasks: int = 5) -> str:
    """What a planner says; `script` is what a scripted agent does that carries it out."""
    listed = "\n".join(f"### {number}. Step {number}\nTouches `a.txt`.\n" for number in range(1, tasks + 1))
    todo = f"```sh\n{script}```\n" if script else ""
    return f"{title}\n\n## Research\nIt is so.\n\n## Plan\n{listed}\n{todo}## Estimate\nEstimate: $1.50\n"


def planning(plan: str, look: str = "") -> str:
    """A text by which the scripted agent makes that plan."""
    first = f"```look\n{look}```\n\n" if look else ""
    return f"{first}````say\n{plan}````"


TASKS = "\n".join(f"### {number}. Step {number}\nTouches `weeks.txt`." for number in range(1, 6))
