"""help: what can be said in this place, from the verbs themselves."""

from __future__ import annotations

from github_app.commands.labels import SAID_BY_LABEL
from github_app.commands.verb import Call, Form, Verb
from github_app.replies import wording


async def answer_with_the_help(call: Call) -> str:
    place = call.ask.target.place
    forms = [form for verb in call.verbs for form in verb.forms if place in form.places]
    forms.sort(key=lambda form: bool(form.words))  # what needs no verb comes first
    rows = [(form.syntax, form.help) for form in forms]
    verbs = [verb for verb in call.verbs if any(place in form.places for form in verb.forms)]
    options = dict.fromkeys(option for verb in verbs for option in verb.options)
    more = [
        (option.syntax, option.help, ", ".join(f"`{one.name}`" for one in verbs if option in one.options))
        for option in options
    ]
    labels = [(call.label + behind, said.verb) for behind, said in SAID_BY_LABEL.items()]
    await call.say(wording.help_text(call.word, labels, rows, more))
    return "answered with the help"


VERB = Verb(name="help", forms=(Form("help", "answers with this"),), permission="ask", carry_out=answer_with_the_help)
