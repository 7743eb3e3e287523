"""Watching a repository: being told of everything in it, or of nothing. https://docs.github.com/rest/activity/watching"""

from __future__ import annotations

from emulators.github.access import read
from emulators.github.clock import now
from emulators.github.errors import not_found
from emulators.github.model.notifications import Subscription
from emulators.github.rest.notifications import inbox_owner
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.accounts import simple_user
from emulators.github.shapes.notifications import repository_subscription

_SUBSCRIPTION = "/repos/{owner}/{repo}/subscription"
_SEEN = read("metadata")


@route(f"GET {_SUBSCRIPTION}", _SEEN)
async def get_subscription(call: Call) -> Answer:
    held = call.repository.watchers.get(inbox_owner(call).id)
    if held is None:
        raise not_found()
    return Answer(200, repository_subscription(call.github.at, call.repository, held))


@route(f"PUT {_SUBSCRIPTION}", _SEEN)
async def set_subscription(call: Call) -> Answer:
    """`subscribed` or `ignored`; neither of them is as not watching."""
    owner, asked = inbox_owner(call), call.body or {}
    ignored, subscribed = bool(asked.get("ignored")), bool(asked.get("subscribed"))
    held = Subscription("subscribed", now(), ignored)
    call.repository.watchers.pop(owner.id, None)
    if ignored or subscribed:
        call.repository.watchers[owner.id] = held
    return Answer(200, {**repository_subscription(call.github.at, call.repository, held), "subscribed": subscribed})


@route(f"DELETE {_SUBSCRIPTION}", _SEEN)
async def delete_subscription(call: Call) -> Answer:
    call.repository.watchers.pop(inbox_owner(call).id, None)
    return Answer(204)


@route("GET /repos/{owner}/{repo}/subscribers", _SEEN)
async def list_watchers(call: Call) -> Answer:
    accounts = call.github.store.accounts
    watching = [accounts[number] for number, held in call.repository.watchers.items() if not held.ignored]
    return call.page_of([simple_user(call.github.at, one) for one in watching])
