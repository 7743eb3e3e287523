"""The plain figures of a job, in the order in which every reply has them. Pure."""

from __future__ import annotations

from github_app.domain.job_report import JobReport
from github_app.replies.markdown import code_span, dollars, duration


def facts_of(report: JobReport) -> list[str]:
    """Time, cost, the sandboxes' time, and model; what is not known is left out. Whatever ran has a cost, if only of $0.00."""
    facts = [duration(report.seconds)] if report.seconds else []
    if report.cost_usd or report.seconds:
        before = report.session_cost_usd > report.cost_usd
        facts.append(dollars(report.cost_usd) + (f" of {dollars(report.session_cost_usd)} in this session" if before else ""))
    if report.sandbox_seconds:
        facts.append(f"sandbox {duration(report.sandbox_seconds)}")
    if report.model:
        facts.append(code_span(report.model))
    return facts
