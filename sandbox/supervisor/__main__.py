"""The supervisor's command line.

supervisor run FOLDER               start the agent and stay until everything that it started has ended
supervisor follow FOLDER OFFSET     copy events.jsonl from OFFSET to stdout as it grows, until exit.json is there
"""

from __future__ import annotations

import sys

from sandbox.supervisor import exit_codes


def main(arguments: list[str]) -> int:
    """Gives one of `exit_codes`. Each command imports only what it needs: a follower is there in half the time."""
    try:
        if arguments[:1] == ["run"] and len(arguments) == 2:
            from sandbox.supervisor.run import run

            return run(arguments[1])
        if arguments[:1] == ["follow"] and len(arguments) == 3:
            from sandbox.supervisor.follow import follow

            return follow(arguments[1], int(arguments[2]))
    except BrokenPipeError:
        return exit_codes.NOBODY_READS
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"supervisor: {type(error).__name__}: {error}", file=sys.stderr)
        return exit_codes.UNUSABLE
    print(__doc__, file=sys.stderr)
    return exit_codes.UNUSABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
