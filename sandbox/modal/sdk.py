"""Which versions of Modal's SDK this package fits; another minor version may mean something else by the same name."""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, version

OLDEST, TOO_NEW = (1, 6, 4), (1, 7)
WANTED = "modal>=1.6.4,<1.7"


def installed_version() -> str:
    """The installed SDK's version; empty when there is none."""
    try:
        return version("modal")
    except PackageNotFoundError:
        return ""


def in_container() -> bool:
    """Whether this process is a container of Modal's: the SDK then uses the container's own credentials and no token.

    https://modal.com/docs/guide/environment_variables
    """
    return os.environ.get("MODAL_IS_REMOTE") == "1"


def unfit(installed: str) -> str | None:
    """Why an SDK of this version can't be used, and what to do; None for one that can."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", installed)[:3])
    if OLDEST <= numbers < TOO_NEW:
        return None
    there = f"Modal's SDK {installed} is installed" if installed else "Modal's SDK is not installed"
    return f"{there}, and Harvest is written for {WANTED}: install that (`make install` does)"
