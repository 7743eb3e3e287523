"""What the supervisor's exit codes mean; both sides read them here."""

DONE = 0
UNUSABLE = 2  # the folder or the arguments: stderr says what
RUNS_ALREADY = 3  # another supervisor holds the folder's lock
ENDED_ALREADY = 4
DIED = 5  # it was started, holds no lock any more, and left no exit.json
NEVER_STARTED = 6
NOBODY_READS = 7  # the reader of `follow` is gone
TOO_MUCH = 8  # there are more events than `follow` was told to copy
