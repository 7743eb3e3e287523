"""Puts the read token into a sandbox, renews it and takes it away again.

The token lives in one file of mode 600 in the control folder (which no snapshot keeps) and reaches git through a helper
bound to the repository's scheme, host and path: it is never in a command line, a URL, an environment variable or a git
configuration.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from pathlib import Path

from sandbox import credential_helper
from sandbox.git import Identity, quoted
from sandbox.protocol import NewFile, Sandbox
from sandbox.secret import Secret

_TOKEN_FILE = "git-read-token.json"  # noqa: S105 - the file's name
_HELPER_FILE = "git_credential_helper.py"
_HELPER_SOURCE = Path(credential_helper.__file__).read_bytes()


def _configuration(remote_url: str, identity: Identity, helper: str) -> str:
    """The `.gitconfig` that Harvest's calls and the agent's own share."""
    bare = remote_url.removesuffix("/").removesuffix(".git")
    lines = [
        "[user]",
        f"\tname = {quoted(identity.name)}",
        f"\temail = {quoted(identity.email)}",
        "[credential]",
        "\thelper = ",  # forgets every helper named before: none but ours may see or store the token
        "\tuseHttpPath = true",
    ]
    for url in (bare, f"{bare}.git"):
        lines += [f"[credential {quoted(url)}]", f"\thelper = {quoted(helper)}"]
    lines += [
        '[filter "lfs"]',
        "\tsmudge = cat",
        "\tclean = cat",
        "\trequired = false",
        "[init]",
        "\tdefaultBranch = main",
        "[advice]",
        "\tdetachedHead = false",
        "[safe]",
        "\tdirectory = *",  # the workspace may belong to another user than the one who runs git in it
        "",
    ]
    return "\n".join(lines)


async def install_credentials(sandbox: Sandbox, remote_url: str, token: Secret, identity: Identity) -> None:
    """Make git in this sandbox able to read this repository, and name who writes commits in it.

    Repeating it is harmless. Raises SandboxError, or ValueError for an address or identity with a line break in it.
    """
    control = sandbox.paths.control
    helper_path = posixpath.join(control, _HELPER_FILE)
    token_file = _token_file(sandbox, {"token": token.reveal()})
    helper = f"!python3 -I -S {shlex.quote(helper_path)} {shlex.quote(token_file.path)} {shlex.quote(remote_url)}"
    configuration = _configuration(remote_url, identity, helper)
    await sandbox.write_files(
        [
            NewFile(helper_path, _HELPER_SOURCE),
            token_file,
            NewFile(posixpath.join(sandbox.paths.home, ".gitconfig"), configuration.encode()),
        ]
    )


async def refresh_credentials(sandbox: Sandbox, token: Secret) -> None:
    """Replace the read token, whole or not at all; git picks it up at its next request."""
    await sandbox.write_files([_token_file(sandbox, {"token": token.reveal()})])


async def remove_credentials(sandbox: Sandbox) -> None:
    """Take the read token out of the sandbox; one that is gone already is no error.

    The file is emptied and not deleted: commands in an isolated sandbox may not change the control folder.
    """
    await sandbox.write_files([_token_file(sandbox, {})])


def _token_file(sandbox: Sandbox, document: dict[str, str]) -> NewFile:
    return NewFile(posixpath.join(sandbox.paths.control, _TOKEN_FILE), json.dumps(document).encode())
