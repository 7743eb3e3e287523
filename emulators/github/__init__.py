"""A GitHub that lives in one process: its REST API, its git over HTTP, its webhooks and pages a person can look at.

What stands here behaves as GitHub's documentation says, for the part of GitHub that an App like Harvest meets, and every
request and answer is held against GitHub's own OpenAPI description. It knows nothing of Harvest.

    model/        what GitHub remembers: accounts, repositories, issues, pull requests, checks, workflow runs, the App
    shapes/       how each of those looks in JSON
    rest/         the routes of the API, one file a subject
    git_http.py   git's smart HTTP; git_repository.py asks the bare repositories themselves
    webhooks.py   signed deliveries, recorded
    description/  GitHub's published description and the check against it
    rates.py      the limits on requests, allowances.py those of an hour; violations.py: what GitHub would not have accepted
    actions/      workflows that are run; workflows/: what they say, print and leave
    rules/        what branch protections and rulesets forbid of pushes and merges
    oauth/        people signing in to an App; search/ what a search finds
    notifications.py  who is notified by what, from the happenings that announcements.py makes known
    control/      what only an emulator has: faults, people, the request log
    pages/        issues and pull requests as a person sees them
    seed/         the repository it starts with
"""
