"""Every subject of the API, in one place; `ROUTES` has the routes of all of them."""

from emulators.github.rest import (
    app,
    branches,
    check_runs,
    check_suites,
    collaborators,
    comments,
    commits,
    contents,
    deliveries,
    issues,
    labels,
    meta,
    pull_diffs,
    pulls,
    reactions,
    refs,
    repositories,
    review_comments,
    reviews,
    users,
)
from emulators.github.rest.routing import ROUTES

__all__ = ["ROUTES", "SUBJECTS"]

SUBJECTS = (
    app,
    branches,
    check_runs,
    check_suites,
    collaborators,
    comments,
    commits,
    contents,
    deliveries,
    issues,
    labels,
    meta,
    pull_diffs,
    pulls,
    reactions,
    refs,
    repositories,
    review_comments,
    reviews,
    users,
)
