"""The git credential helper that runs inside the sandbox: gives the read token to one repository and to nothing else.

It is copied into the control folder and run by git (https://git-scm.com/docs/gitcredentials), so it may use the standard
library only. `credential_helper.py <token file> <repository url> get` reads the request on stdin and answers on stdout;
without an answer git goes on without credentials and is refused by the server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

# GitHub takes an installation token as the password of this user.
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
USERNAME = "x-access-token"


def _without_suffix(path: str) -> str:
    return path.strip("/").removesuffix(".git")


def is_for(url: str, request: Iterable[str]) -> bool:
    """Whether git's request (`key=value` lines) names exactly this repository: same scheme, host with port, and path."""
    asked = dict(line.rstrip("\n").partition("=")[::2] for line in request)
    bound = urlsplit(url)
    return (
        asked.get("protocol") == bound.scheme
        and asked.get("host") == bound.netloc
        and _without_suffix(asked.get("path", "")) == _without_suffix(bound.path)
    )


def main(arguments: list[str]) -> int:
    """Answer one request; `store` and `erase` are taken and do nothing, for the token is Harvest's to change."""
    token_file, url, action = arguments
    if action != "get" or not is_for(url, sys.stdin):
        return 0
    try:
        with open(token_file, encoding="utf-8") as file:
            token = json.load(file)["token"]
    except (OSError, ValueError, KeyError) as error:
        print(f"the read token can't be read from {token_file}: {error}", file=sys.stderr)
        return 1
    print(f"username={USERNAME}\npassword={token}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
