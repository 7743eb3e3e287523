"""Runs the agent of a run folder, once: whoever comes second is told so."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time

from sandbox.supervisor import exit_codes
from sandbox.supervisor.agent import Agent
from sandbox.supervisor.plan import Plan
from sandbox.supervisor.run_folder import WAITS_TO_BE_TOLD, read_file, write_file

MAX_PLAN_BYTES = 1 << 20


def run(folder: str) -> int:
    """Start the agent and stay until everything that it started has ended; gives one of `exit_codes`."""
    exit_file, started_file = os.path.join(folder, "exit.json"), os.path.join(folder, "started.json")
    lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return exit_codes.RUNS_ALREADY
    if os.path.lexists(exit_file):
        return exit_codes.ENDED_ALREADY
    if os.path.lexists(started_file):
        return exit_codes.DIED
    agent = Agent(folder, Plan(json.loads(read_file(os.path.join(folder, "run.json"), MAX_PLAN_BYTES) or b"")))

    # Handlers and not SIG_IGN, which the agent would inherit.
    signal.signal(signal.SIGHUP, lambda number, frame: None)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: agent.be_told_to_end())
    started = {"pid": os.getpid(), "at": time.time(), WAITS_TO_BE_TOLD: True}
    write_file(started_file, json.dumps(started).encode())
    write_file(exit_file, json.dumps(agent.run_to_the_end()).encode())
    return exit_codes.DONE
