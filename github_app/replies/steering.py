"""How it reads that a word to the agent was taken, or came too late. Pure."""

from __future__ import annotations

from github_app.replies.comment import short_request
from github_app.replies.end import mention


def steering_marker(message_id: str) -> str:
    """What makes the comment findable after a crash."""
    return f"<!-- harvest:steered:{message_id} -->"


def steering_answer(message_id: str, by: str, text: str, *, taken: bool) -> str:
    said = short_request(text, max_length=200)
    told = (
        f"the agent has taken this: {said}."
        if taken
        else f"this came too late, the agent had ended: {said}. Ask for it again."
    )
    return f"{steering_marker(message_id)}\n{mention(by)} {told}"
