"""A person's inbox. https://docs.github.com/rest/activity/notifications

An App has none, and can't look into a person's.
"""

from __future__ import annotations

from emulators.github.clock import now, parse_stamp
from emulators.github.errors import forbidden, not_found, requires_authentication
from emulators.github.model.accounts import Account
from emulators.github.model.notifications import Notification, Subscription
from emulators.github.rest.routing import Answer, Call, route
from emulators.github.shapes.notifications import notification, thread_subscription
from emulators.github.tokens import Anonymous, Person, UserToken

_THREAD = "/notifications/threads/{thread_id}"
_SUBSCRIPTION = f"{_THREAD}/subscription"


@route("GET /notifications")
async def list_notifications(call: Call) -> Answer:
    return _listed(call, call.github.notifications.of(inbox_owner(call)))


@route("PUT /notifications")
async def mark_all_read(call: Call) -> Answer:
    return _mark_read(call, call.github.notifications.of(inbox_owner(call)))


@route("GET /repos/{owner}/{repo}/notifications")
async def list_repository_notifications(call: Call) -> Answer:
    return _listed(call, _of_repository(call))


@route("PUT /repos/{owner}/{repo}/notifications")
async def mark_repository_read(call: Call) -> Answer:
    return _mark_read(call, _of_repository(call))


@route(f"GET {_THREAD}")
async def get_thread(call: Call) -> Answer:
    return Answer(200, notification(call.github.at, _thread(call)))


@route(f"PATCH {_THREAD}")
async def mark_thread_read(call: Call) -> Answer:
    thread = _thread(call)
    thread.unread, thread.last_read_at = False, now()
    return Answer(205)


@route(f"DELETE {_THREAD}")
async def mark_thread_done(call: Call) -> Answer:
    """It leaves the inbox, until there is news."""
    del call.github.notifications.inbox[_thread(call).id]
    return Answer(204)


@route(f"GET {_SUBSCRIPTION}")
async def get_thread_subscription(call: Call) -> Answer:
    thread = _thread(call)
    held = thread.issue.subscriptions.get(thread.account.id)
    if held is None:
        raise not_found()
    return Answer(200, thread_subscription(call.github.at, thread, held))


@route(f"PUT {_SUBSCRIPTION}")
async def set_thread_subscription(call: Call) -> Answer:
    """Follow a conversation, or ignore it: then not even a mention is heard."""
    thread, ignored = _thread(call), bool((call.body or {}).get("ignored"))
    held = Subscription("manual", now(), ignored)
    thread.issue.subscriptions[thread.account.id] = held
    return Answer(200, thread_subscription(call.github.at, thread, held))


@route(f"DELETE {_SUBSCRIPTION}")
async def delete_thread_subscription(call: Call) -> Answer:
    """Nothing more of it, until the person takes part again or is mentioned."""
    thread = _thread(call)
    thread.issue.subscriptions.pop(thread.account.id, None)
    return Answer(204)


def inbox_owner(call: Call) -> Account:
    """The person who asks. Raises Refused for an App."""
    match call.actor:
        case Person(account) if not isinstance(call.actor, UserToken):
            return account
        case Anonymous():
            raise requires_authentication()
        case _:
            raise forbidden("Resource not accessible by integration")


def _thread(call: Call) -> Notification:
    found = call.github.notifications.inbox.get(call.number("thread_id"))
    if found is None or found.account is not inbox_owner(call):
        raise not_found()
    return found


def _of_repository(call: Call) -> list[Notification]:
    repo = call.repository
    return [one for one in call.github.notifications.of(inbox_owner(call)) if one.repo is repo]


def _listed(call: Call, shown: list[Notification]) -> Answer:
    """Unread ones only, unless `all` are asked for; `participating` leaves out what only the repository brought."""
    query = call.query
    if not query.get("all", False):
        shown = [one for one in shown if one.unread]
    if query.get("participating", False):
        shown = [one for one in shown if one.reason != "subscribed"]
    if since := query.get("since"):
        shown = [one for one in shown if one.updated_at >= parse_stamp(since)]
    if before := query.get("before"):
        shown = [one for one in shown if one.updated_at < parse_stamp(before)]
    return call.page_of([notification(call.github.at, one) for one in shown])


def _mark_read(call: Call, shown: list[Notification]) -> Answer:
    """Those up to `last_read_at`, or to now."""
    asked = call.body or {}
    until = parse_stamp(asked["last_read_at"]) if asked.get("last_read_at") else now()
    for one in shown:
        if one.updated_at <= until:
            one.unread, one.last_read_at = False, now()
    return Answer(205)
