"""The supervisor's command line.

supervisor run FOLDER               start the agent and stay until everything that it started has ended
supervisor follow FOLDER OFFSET     copy events.jsonl from OFFSET to stdout as it grows, until exit.json is there
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time

from sandbox.supervisor import exit_codes
from sandbox.supervisor.agent import Agent
from sandbox.supervisor.follow import follow
from sandbox.supervisor.plan import Plan
from sandbox.supervisor.run_folder import read_file, write_file

MAX_PLAN_BYTES = 1 << 20


class Refused(Exception):
    """The agent was not started; `code` is the exit code that says why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def run(folder: str) -> int:
    """Run the agent of this folder, once: whoever comes second is told so. Raises Refused."""
    exit_file, started_file = os.path.join(folder, "exit.json"), os.path.join(folder, "started.json")
    lock = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(exit_codes.RUNS_ALREADY, f"{folder} has a supervisor already") from None
    if os.path.lexists(exit_file):
        raise Refused(exit_codes.ENDED_ALREADY, f"{folder} has ended already")
    if os.path.lexists(started_file):
        raise Refused(exit_codes.DIED, f"the supervisor of {folder} died: use a new run")
    agent = Agent(folder, Plan(json.loads(read_file(os.path.join(folder, "run.json"), MAX_PLAN_BYTES) or b"")))

    # Handlers and not SIG_IGN, which the agent would inherit.
    signal.signal(signal.SIGHUP, lambda number, frame: None)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: agent.be_told_to_end())
    write_file(started_file, json.dumps({"pid": os.getpid(), "at": time.time()}).encode())
    write_file(exit_file, json.dumps(agent.run_to_the_end()).encode())
    return exit_codes.DONE


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["run"] and len(arguments) == 2:
            return run(arguments[1])
        if arguments[:1] == ["follow"] and len(arguments) == 3:
            return follow(arguments[1], int(arguments[2]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return refusal.code
    except BrokenPipeError:
        return exit_codes.NOBODY_READS
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"supervisor: {type(error).__name__}: {error}", file=sys.stderr)
        return exit_codes.UNUSABLE
    print(__doc__, file=sys.stderr)
    return exit_codes.UNUSABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
