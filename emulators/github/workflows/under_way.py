"""What is under way: the runs' tasks, how many jobs may work at once, and what each run was read from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from emulators.github.workflows.workflow_file import WorkflowFile

# As many jobs work at once; the others are queued.
AT_ONCE = 2


@dataclass
class UnderWay:
    """`plans` and `tasks` are by the run's id."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    plans: dict[int, WorkflowFile] = field(default_factory=dict)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
