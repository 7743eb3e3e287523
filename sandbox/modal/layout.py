"""Where things are inside a Modal sandbox, who owns them, and the shell lines that set it up and start commands in it.

Root owns the control folder, which lies in memory: credentials in it are in no snapshot, whoever takes it. Commands run as
the user `harvest`; what they may write is theirs: workspace, home, tmp and `control/runs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from sandbox.protocol import SandboxError, SandboxPaths

USER = "harvest"
PATHS = SandboxPaths(workspace="/workspace", home="/home/harvest", control="/dev/shm/harvest", tmp="/tmp")  # noqa: S108

_RUNS = "/var/lib/harvest/runs"
_CONTROL_RUNS = f"{PATHS.control}/runs"
# Written by root alone, and in memory too: it must not be there in a sandbox that starts from a snapshot.
_NOTES = "/dev/shm/harvest-notes"  # noqa: S108

# Names a sandbox's own start, so that a command waits for this one's preparation and not for one before the snapshot.
BOOT_VARIABLE = "HARVEST_BOOT"

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {
    "PATH": SYSTEM_PATH,
    "HOME": PATHS.home,
    "TMPDIR": PATHS.tmp,
    "USER": USER,
    "LOGNAME": USER,
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
}

# The entrypoint's exit code when the image is not one that Harvest can use.
UNFIT_IMAGE = 78

# The entrypoint: everything is made afresh, because a snapshot brings along what was there when it was taken.
_PREPARE = f"""
umask 022
rm -rf {_NOTES} {PATHS.control} {_RUNS} &&
find {PATHS.tmp} /var/tmp -mindepth 1 -delete &&
install -d -o root -g {USER} -m 750 {PATHS.control} &&
install -d -o {USER} -g {USER} -m 700 {PATHS.workspace} {PATHS.home} {_RUNS} &&
ln -s {_RUNS} {_CONTROL_RUNS} &&
install -d -m 755 {_NOTES} &&
: > "{_NOTES}/ready-${BOOT_VARIABLE}" || exit {UNFIT_IMAGE}
exec sleep infinity
"""
PREPARED_BY: Sequence[str] = ("sh", "-c", _PREPARE)

# $1 boot, $2 folder, $3 the command's id, $4 `closed` for no standard input, then the command.
_LAUNCH = f"""
until [ -e "{_NOTES}/ready-$1" ]; do sleep 0.02; done
read -r stat < /proc/$$/stat && printf %s "$stat" > "{_NOTES}/$3"
cd -- "$2" || exit 126
input=$4
shift 4
if [ "$input" = closed ]; then exec < /dev/null; fi
exec "$@"
"""

# Root's copy of the home as the repository's image has it, in a folder that no command can enter; snapshots bring it along.
_IMAGE_HOME = "/var/lib/harvest/image-home"

# $1 what the sandbox started from. Keep that copy, or make the home anew from it.
RENEW_HOME = f"""
set -e
if [ "$1" = image ]; then
  rm -rf {_IMAGE_HOME} {_IMAGE_HOME}.new
  install -d -o root -g root -m 700 {_IMAGE_HOME}.new
  cp -a {PATHS.home} {_IMAGE_HOME}.new/home
  mv {_IMAGE_HOME}.new {_IMAGE_HOME}
else
  find {PATHS.home} -mindepth 1 -delete
  if [ -d {_IMAGE_HOME} ]; then cp -a {_IMAGE_HOME}/home/. {PATHS.home}/; fi
fi
"""

_AS_USER = (
    "setpriv",
    f"--reuid={USER}",
    f"--regid={USER}",
    "--init-groups",
    "--no-new-privs",
    "--bounding-set=-all",
    "--inh-caps=-all",
)
_PYTHON = ("python3", "-I", "-S", "-c")


def launched(
    argv: Sequence[str], *, boot: str, cwd: str, command_id: str, as_user: bool = True, has_input: bool = False
) -> list[str]:
    """`argv` as it is handed to Modal: it waits until the sandbox is ready, leaves a note of its process for `kill`, changes
    folder, drops root. It stays one process all the way, so its exit code and signal are the command's own."""
    stdin = "open" if has_input else "closed"
    dropped = (*_AS_USER, "--") if as_user else ()
    return ["sh", "-c", _LAUNCH, "launch", boot, cwd, command_id, stdin, *dropped, *argv]


def python(program: str, *arguments: str) -> list[str]:
    """A program of Harvest's own, with nothing of the agent's home or environment in its Python."""
    return [*_PYTHON, program, *arguments]


def note_of(command_id: str) -> str:
    """Where a command's process is noted: the line of /proc/<pid>/stat, whose start time tells it from a later pid."""
    return f"{_NOTES}/{command_id}"


def place(path: str, sandbox_id: str) -> tuple[str, bool]:
    """The real place of a file named by `path`, and whether it is root's (in control, outside of runs).

    SandboxError when it lies in none of the sandbox's folders.
    """
    wanted = PurePosixPath(path)
    for folder, real, owned_by_root in (
        (_CONTROL_RUNS, _RUNS, False),
        (PATHS.control, PATHS.control, True),
        (PATHS.workspace, PATHS.workspace, False),
        (PATHS.home, PATHS.home, False),
        (PATHS.tmp, PATHS.tmp, False),
    ):
        if wanted.is_relative_to(folder):
            inside = wanted.relative_to(folder).parts
            if inside and ".." not in inside:
                return str(PurePosixPath(real, *inside)), owned_by_root
            break
    raise SandboxError(f"{path} does not name a file in the folders of sandbox {sandbox_id}: give an absolute path in one")
