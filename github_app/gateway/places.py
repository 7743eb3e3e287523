"""The places that each job has at a gateway for requests at once: a hijacked agent could send no end of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# The CLI asks for itself and a handful of subagents, and calls a few tools at once; each request is held in memory.
MAX_REQUESTS_AT_ONCE = 16


class Places:
    """Those of all jobs. `refusal` makes what is raised for a request that finds its job's places taken."""

    def __init__(self, refusal: Callable[[], Exception]) -> None:
        self._refusal = refusal
        self._taken: Counter[str] = Counter()

    @contextmanager
    def of(self, job_id: str) -> Iterator[None]:
        """One of the job's places, for as long as the request takes."""
        if self._taken[job_id] >= MAX_REQUESTS_AT_ONCE:
            raise self._refusal()
        self._taken[job_id] += 1
        try:
            yield
        finally:
            self._taken[job_id] -= 1
            if not self._taken[job_id]:
                del self._taken[job_id]
