"""The table from what went wrong in a step to what happens next: every row, and what stands in none."""

from __future__ import annotations

import pytest

from github_app.domain.ending import Concern, Ending, JobOver
from github_app.github.failures import (
    InstallationSuspended,
    NotInstalled,
    NotNow,
    Passing,
    RateLimited,
    Refused,
    TokenRefused,
)
from github_app.jobs.failures import (
    LAST_WORDS_PATIENCE_SECONDS,
    PATIENCE_SECONDS,
    RULES,
    Attempt,
    Decision,
    End,
    Retry,
    decide,
)
from github_app.replies.endings import mistake_of_ours
from sandbox.protocol import SandboxError, SandboxGone, SandboxUnavailable, SnapshotGone
from state.artifacts import ArtifactsAway

GET = "GET /repos/a/b"
FIRST = Attempt(1, 0.0, 0.0, PATIENCE_SECONDS)
LAST = Attempt(9, PATIENCE_SECONDS, 0.0, PATIENCE_SECONDS)


def failed(happened: str, advice: str, concerns: Concern = "operator") -> End:
    return End(Ending("failed", happened, advice=advice, concerns=concerns))


CASES: dict[str, tuple[Exception, Attempt, Decision | None]] = {
    "a step that ends the job ends it": (
        JobOver(Ending("refused", "It may not be published.", kept="It is kept.", advice="Ask otherwise.")),
        FIRST,
        End(Ending("refused", "It may not be published.", "It is kept.", "Ask otherwise.")),
    ),
    "GitHub is away": (Passing(GET, "GitHub answered 503", 0.5), FIRST, Retry(0.5, f"GitHub: {GET}: GitHub answered 503")),
    "GitHub is away for longer": (
        Passing(GET, "GitHub answered 503", 0.5),
        Attempt(3, 1.5, 0.0, PATIENCE_SECONDS),
        Retry(2.0, f"GitHub: {GET}: GitHub answered 503"),
    ),
    "GitHub is away for too long": (
        Passing(GET, "GitHub answered 503", 0.5),
        LAST,
        failed(f"{GET}: GitHub answered 503; trying again for 30 minutes did not help.", "Ask again when that is mended."),
    ),
    "the last words wait longer": (
        Passing(GET, "GitHub answered 503", 0.5),
        Attempt(9, PATIENCE_SECONDS, 0.0, LAST_WORDS_PATIENCE_SECONDS),
        Retry(60.0, f"GitHub: {GET}: GitHub answered 503"),
    ),
    "a token ran out early": (TokenRefused(GET, "Bad credentials"), FIRST, Retry(0.5, f"GitHub: {GET}: Bad credentials")),
    "the rate limit is reached": (
        RateLimited(GET, 30.0),
        FIRST,
        Retry(30.0, f"GitHub: {GET}: GitHub's rate limit is reached", for_limits=True),
    ),
    "the rate limit is reached by who has waited for GitHub long enough": (
        RateLimited(GET, 30.0),
        LAST,
        Retry(30.0, f"GitHub: {GET}: GitHub's rate limit is reached", for_limits=True),
    ),
    "the rate limit is reached for a day": (
        RateLimited(GET, 30.0),
        Attempt(9, 0.0, LAST_WORDS_PATIENCE_SECONDS, PATIENCE_SECONDS),
        failed(
            f"{GET}: GitHub's rate limit is reached; trying again for 24 hours did not help.",
            "Ask again when that is mended.",
        ),
    ),
    "the installation is suspended": (
        InstallationSuspended(GET, "This installation has been suspended", 403),
        FIRST,
        failed("The App's installation is suspended.", "Unsuspend it, then ask again.", "maintainer"),
    ),
    "the App was uninstalled": (
        NotInstalled(GET, "Not Found", 404),
        FIRST,
        failed(
            "The App is not installed here any more, or is another one (Not Found).",
            "Install it, then ask again.",
            "maintainer",
        ),
    ),
    "GitHub said no": (
        Refused(GET, "GitHub answered 403: Resource not accessible by integration", 403),
        FIRST,
        failed(
            f"GitHub refused a request: {GET}: GitHub answered 403: Resource not accessible by integration",
            "If a permission is missing, accept the App's new permissions in its installation settings.",
            "maintainer",
        ),
    ),
    "what it was about is gone": (
        Refused(GET, "GitHub answered 404: Not Found", 404),
        FIRST,
        failed(
            f"GitHub refused a request: {GET}: GitHub answered 404: Not Found",
            "If a permission is missing, accept the App's new permissions in its installation settings.",
            "maintainer",
        ),
    ),
    "GitHub took a request for wrong": (
        Refused(GET, "GitHub answered 422: Validation Failed", 422),
        FIRST,
        failed(
            f"GitHub refused a request: {GET}: GitHub answered 422: Validation Failed",
            "If a permission is missing, accept the App's new permissions in its installation settings.",
        ),
    ),
    "no sandbox is to be had": (
        SandboxUnavailable("the account is full"),
        FIRST,
        Retry(2.0, "sandboxes: the account is full"),
    ),
    "no sandbox is to be had for longer": (
        SandboxUnavailable("the account is full"),
        Attempt(9, 300.0, 0.0, PATIENCE_SECONDS),
        Retry(60.0, "sandboxes: the account is full"),
    ),
    "no sandbox is to be had for too long": (
        SandboxUnavailable("the account is full"),
        LAST,
        failed(
            "No sandbox could be had for 30 minutes (the account is full).",
            "Ask again later; `harvest doctor` tells an operator more.",
        ),
    ),
    "the sandbox is gone in a step that can't have another": (
        SandboxGone("it ran out of memory"),
        FIRST,
        failed("The sandbox ended unexpectedly: it ran out of memory", "Ask again."),
    ),
    "a store of artifacts is away": (ArtifactsAway("no answer"), FIRST, Retry(2.0, "artifacts: no answer")),
    "a store of artifacts is away for too long, and the last words wait no longer": (
        ArtifactsAway("no answer"),
        Attempt(9, PATIENCE_SECONDS, 0.0, LAST_WORDS_PATIENCE_SECONDS),
        failed(
            "The agent's commits could not be kept or found again for 30 minutes (no answer).",
            "Ask again later; `harvest doctor` tells an operator more.",
        ),
    ),
    "the sandbox can't do it": (
        SandboxError("no space left"),
        FIRST,
        failed("The sandbox failed: no space left", "Ask again."),
    ),
    "there is no such snapshot": (
        SnapshotGone("it expired"),
        FIRST,
        failed("The sandbox failed: it expired", "Ask again."),
    ),
    "progress was not shown": (NotNow(GET, "something more urgent was said"), FIRST, None),
    "a mistake of ours": (KeyError("head_sha"), FIRST, None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_happens_next(case: str) -> None:
    problem, attempt, expected = CASES[case]
    assert decide(problem, attempt) == expected


def test_every_row_of_the_table_is_tried() -> None:
    decided = [next((kind for kind, _ in RULES if isinstance(problem, kind)), None) for problem, _, _ in CASES.values()]
    assert {kind for kind, _ in RULES} == set(decided) - {None}


def test_no_row_stands_behind_one_that_takes_all_of_its_problems() -> None:
    kinds = [kind for kind, _ in RULES]
    assert [kind for place, kind in enumerate(kinds) if any(issubclass(kind, above) for above in kinds[:place])] == []


def test_a_mistake_of_ours_is_told_by_its_kind_alone_and_where_to_find_the_rest() -> None:
    assert mistake_of_ours("vet", KeyError("ghs_secret"), "j7") == Ending(
        "failed",
        "Something went wrong in Harvest itself, in its step `vet` (KeyError).",
        advice="Ask again. If it happens twice, tell the operator: the log has it under job j7.",
    )
