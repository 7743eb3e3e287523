"""What is said of an issue that is not there any more. https://docs.github.com/rest/issues/issues#get-an-issue"""

from __future__ import annotations

from emulators.github.access import may_see
from emulators.github.errors import Moved, Refused
from emulators.github.model.gone import Deleted, Transferred
from emulators.github.rest.routing import Call


def tell_if_gone(call: Call) -> None:
    """Raises Refused for an issue that has left: 301 to where it went, for who may look there, and 410 when it was deleted.
    Only asking for the issue itself is answered like this; all that lies below it is not found."""
    match call.repository.gone.get(call.number("issue_number")):
        case Deleted():
            raise Refused(410, "This issue was deleted")
        case Transferred(repository, number) if may_see(call.actor, repository):
            raise Moved(f"{call.github.at.api}/repositories/{repository.id}/issues/{number}")
