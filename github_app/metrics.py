"""What is counted, for GET /metrics. Labels are small closed sets, so that a hostile sender can't grow them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

DELIVERIES = Counter(
    "harvest_deliveries_total",
    "Webhook deliveries by what became of them (accepted, duplicate, ignored, refused, unavailable)",
    ["result"],
    registry=REGISTRY,
)
STRANGERS_PASSED_OVER = Counter(
    "harvest_strangers_passed_over_total",
    "Requests of people who may not ask that were neither asked about at GitHub nor answered, because many such came at once",
    registry=REGISTRY,
)
JOBS = Counter("harvest_jobs_total", "Jobs that ended, by outcome", ["outcome"], registry=REGISTRY)
STEP_SECONDS = Histogram(
    "harvest_step_seconds",
    "Seconds that each step of a job took",
    ["step"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
OPEN_SECONDS = Histogram(
    "harvest_open_seconds",
    "Seconds until a job's sandbox had started, by what it started from",
    ["start"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)
GITHUB_REQUESTS = Counter(
    "harvest_github_requests_total",
    "Requests to GitHub's REST API, by method and status class",
    ["method", "status"],
    registry=REGISTRY,
)
GITHUB_WAIT_SECONDS = Histogram(
    "harvest_github_write_wait_seconds",
    "Seconds that a write to GitHub's REST API waited for its turn, by urgency (end, answer, progress)",
    ["urgency"],
    buckets=(0.01, 0.1, 1, 5, 15, 60, 300, 1800, 3600),
    registry=REGISTRY,
)
TOOL_CALLS = Counter(
    "harvest_tool_calls_total",
    "Calls of tools by agents, by server and result (answered, failed)",
    ["server", "result"],
    registry=REGISTRY,
)
TOOL_SECONDS = Histogram(
    "harvest_tool_seconds",
    "Seconds that calls of tools took, by server",
    ["server"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)
IMAGE_BUILDS = Counter(
    "harvest_image_builds_total",
    "Builds of repository images, by what became of them",
    ["outcome"],
    registry=REGISTRY,
)
WAITING_DELIVERIES = Gauge(
    "harvest_inbox_waiting", "Deliveries that are accepted and not handled yet, as of this answer", registry=REGISTRY
)
OLDEST_WAIT_SECONDS = Gauge(
    "harvest_inbox_oldest_wait_seconds",
    "How long the oldest delivery that is not handled yet has been waiting; 0 when none is",
    registry=REGISTRY,
)
PARKED_DELIVERIES = Gauge(
    "harvest_inbox_parked", "Deliveries that were given up: `harvest jobs` names them", registry=REGISTRY
)
