"""help: what can be said in this place, from the verbs themselves."""

from __future__ import annotations

from collections.abc import Sequence

from github_app.commands.labels import SAID_BY_LABEL
from github_app.commands.verb import Call, Form, Verb
from github_app.domain.ask import Place
from github_app.replies import command_answers


async def answer_with_the_help(call: Call) -> str:
    await call.say(help_in(call.ask.target.place, call.verbs, word=call.word, label=call.label))
    return "answered with the help"


def help_in(place: Place, verbs: Sequence[Verb], *, word: str, label: str) -> str:
    """What can be said there, where a command begins with `word` and Harvest's own label is `label`."""
    here = [verb for verb in verbs if any(place in form.places for form in verb.forms)]
    forms = [form for verb in here for form in verb.forms if place in form.places]
    forms.sort(key=lambda form: bool(form.words))  # what needs no verb comes first
    options = dict.fromkeys(option for verb in here for option in verb.options)
    more = [
        (option.syntax, option.help, ", ".join(f"`{one.name}`" for one in here if option in one.options)) for option in options
    ]
    labels = [(label + behind, said.verb) for behind, said in SAID_BY_LABEL.items()]
    return command_answers.help_text(word, labels, [(form.syntax, form.help) for form in forms], more)


VERB = Verb(
    name="help", forms=(Form("help", "lists what can be said here"),), permission="ask", carry_out=answer_with_the_help
)
