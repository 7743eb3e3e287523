"""The plain figures of a job, in the order in which every reply has them. Pure."""

from __future__ import annotations

from github_app.domain.job_report import JobReport
from github_app.replies.markdown import code_span, dollars, duration


def facts_of(report: JobReport) -> list[str]:
    """Time, cost, what its sandboxes took, and model; what is not known is left out."""
    facts = [duration(report.seconds)] if report.seconds else []
    if report.cost_usd:
        facts.append(dollars(report.cost_usd))
    if report.sandbox_seconds:
        facts.append(f"sandbox {duration(report.sandbox_seconds)}")
    if report.model:
        facts.append(code_span(report.model))
    return facts
