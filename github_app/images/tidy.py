"""What an image must not hold: files of the set-up's that git would show as new, and a configuration of the agent's."""

from __future__ import annotations

import re

from sandbox.git import git
from sandbox.protocol import Sandbox, SandboxError

# Names of untracked files; folders of nothing else are one name each. More is no set-up but a mistake.
MAX_LISTED_BYTES = 256 * 1024

# The CLI reads these from the home. There they are for the agent's own later runs in its session, and not for code that a
# dependency brought along to write, for every session of the repository.
_AGENTS_OWN = 'rm -rf -- "$HOME/.claude" "$HOME/.claude.json"'

_EXCLUDE = "mkdir -p .git/info && cat >>.git/info/exclude"

# https://git-scm.com/docs/gitignore#_pattern_format. A pattern is a line, so that a line break is left open.
_SPECIAL = re.compile(rb"([\\*?\[\] ])")
_LINE_BREAKS = re.compile(rb"[\r\n]")


async def tidy(sandbox: Sandbox) -> None:
    """Hide from git what was installed: no job commits it, and no checkout takes it away. Raises SandboxError."""
    listed = await git(sandbox, "ls-files", "--others", "--exclude-standard", "--directory", "-z", max_bytes=MAX_LISTED_BYTES)
    if listed.exit_code != 0 or listed.truncated:
        why = listed.stderr.decode("utf-8", "replace").strip()[:300] or "there are too many new files"
        raise SandboxError(f"what the set-up left can't be hidden from git ({why}): let it write to folders that git ignores")
    await _must(sandbox, _EXCLUDE, patterns(listed.stdout))
    await _must(sandbox, _AGENTS_OWN)


def patterns(listed: bytes) -> bytes:
    """Lines for `.git/info/exclude` that fit exactly these paths, which end with NUL each."""
    paths = (path for path in listed.split(b"\0") if path)
    return b"".join(b"/" + _LINE_BREAKS.sub(b"?", _SPECIAL.sub(rb"\\\1", path)) + b"\n" for path in paths)


async def _must(sandbox: Sandbox, script: str, stdin: bytes = b"") -> None:
    done = await sandbox.run(["sh", "-c", script], stdin=stdin)
    if done.exit_code != 0:
        raise SandboxError(f"the image could not be tidied up: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
