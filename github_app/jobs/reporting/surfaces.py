"""The surfaces that a session is shown on. Each has one reporter, which alone writes there."""

from __future__ import annotations

from github_app.jobs.reporting.job_check_run import JobCheckRun
from github_app.jobs.reporting.job_end import JobEnd
from github_app.jobs.reporting.session_comment import SessionComment
from github_app.jobs.reporting.steering_answers import SteeringAnswers
from github_app.jobs.reporting.surface import Surface

SURFACES: tuple[Surface, ...] = (JobCheckRun(), SessionComment(), JobEnd(), SteeringAnswers())
