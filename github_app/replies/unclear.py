"""What is asked back when a command is not clear: one line, with what was probably meant. Pure."""

from __future__ import annotations

from github_app.domain.ask import Unclear
from github_app.replies.markdown import code_span
from github_app.text.neutral import neutralise_code

NOTHING_STARTED = "Nothing was started."

MAX_SHOWN_CHARACTERS = 200


def asked_back(word: str, verb: str, unclear: Unclear) -> str:
    """`word` is the command word, `verb` the one that was said or is probably meant."""
    written, meant = shown(unclear.written), shown(unclear.meant)
    match unclear.fault:
        case "mark":
            return f"Did you mean {meant}? A command begins its line, without a mark of a list before it. {NOTHING_STARTED}"
        case "word":
            return f"Did you mean {meant}? A command begins with {shown(word)}. {NOTHING_STARTED}"
        case "verb":
            to_do = shown(f"{word} do {unclear.written.partition(' ')[2]}")
            return f"Did you mean {meant}? {written} is not a command. {NOTHING_STARTED} If it is what is to be done: {to_do}."
        case "option":
            has = f"{shown(verb)} has no option {written}."
            hint = f"Did you mean {meant}?" if meant else f"{shown(verb)} takes no options."
            text = f"If it is part of the text, put {shown('--')} before that."
            return f"{has} {hint} {NOTHING_STARTED} {text}"
        case "value":
            return f"{written} can't be read: write it like {meant}. {NOTHING_STARTED}"
        case "twice" if unclear.written == unclear.meant:
            return f"{written} was said twice. {NOTHING_STARTED}"
        case "twice":
            return f"{written} and {meant} can't both be. {NOTHING_STARTED}"
        case "order":
            text = shown(f"{word} -- {unclear.written.partition(' ')[2]}")
            return f"Options stand before the text. Did you mean {meant}? {NOTHING_STARTED} If all of it is text: {text}."
        case "many comments":
            return f"This review has more than {unclear.written} comments. {NOTHING_STARTED} Ask in smaller ones."
        case "many":
            return f"There are {unclear.written} commands here, which is more than are done at once. {NOTHING_STARTED}"


def shown(text: str) -> str:
    return code_span(neutralise_code(text, max_length=MAX_SHOWN_CHARACTERS))
