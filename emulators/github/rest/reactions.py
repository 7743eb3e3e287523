"""Reactions to issues, comments and review comments. https://docs.github.com/rest/reactions/reactions"""

from __future__ import annotations

from emulators.github.access import read, write
from emulators.github.clock import now
from emulators.github.errors import forbidden, not_found
from emulators.github.model.reactions import Reaction
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.discussions import reaction as reaction_shape

_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/reactions"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
_REVIEW_COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions"

_READ = read("issues", "pull_requests")
_WRITE = write("issues", "pull_requests", role="read")


@route(f"GET {_ISSUE}", _READ)
@route(f"GET {_COMMENT}", _READ)
@route(f"GET {_REVIEW_COMMENT}", read("pull_requests"))
async def list_reactions(call: Call) -> Answer:
    given = _given(call)
    if content := call.query.get("content"):
        given = [one for one in given if one.content == content]
    return call.page_of([reaction_shape(call.github.at, one) for one in given])


@route(f"POST {_ISSUE}", _WRITE)
@route(f"POST {_COMMENT}", _WRITE)
@route(f"POST {_REVIEW_COMMENT}", write("pull_requests", role="read"))
async def create_reaction(call: Call) -> Answer:
    """201 for a new one; 200 with the one that is there when it was given before."""
    given, content = _given(call), call.body["content"]
    for one in given:
        if one.user is call.account and one.content == content:
            return Answer(200, reaction_shape(call.github.at, one))
    made = Reaction(call.github.store.new_id("reaction"), call.account, content, now())
    given.append(made)
    return Answer(201, reaction_shape(call.github.at, made))


@route(f"DELETE {_ISSUE}/{{reaction_id}}", _WRITE)
@route(f"DELETE {_COMMENT}/{{reaction_id}}", _WRITE)
@route(f"DELETE {_REVIEW_COMMENT}/{{reaction_id}}", write("pull_requests", role="read"))
async def delete_reaction(call: Call) -> Answer:
    given = _given(call)
    for one in given:
        if one.id == call.number("reaction_id"):
            if one.user is not call.account:
                raise forbidden("Must have admin rights to Repository.")
            given.remove(one)
            return Answer(204)
    raise not_found()


def _given(call: Call) -> list[Reaction]:
    """The reactions to what the path names."""
    if "issue_number" in call.parameters:
        return call.issue.reactions
    repo, number = call.repository, call.number("comment_id")
    found = repo.find_review_comment(number) if "/pulls/comments/" in call.url else repo.find_comment(number)
    if found is None:
        raise not_found()
    return found[1].reactions
