"""A search of one repository alone, whatever else the words ask for. Pure.

https://docs.github.com/en/search-github/searching-on-github/searching-code
"""

from __future__ import annotations

import re

# What would make a search reach other repositories, or leave this one.
_PLACES = re.compile(r"(?i)(?:^|(?<=[\s(]))[-]?(?:repo|org|user|enterprise|saved|fork|archived|is):(?:\"[^\"]*\"|\S*)")


def only_here(query: str, repository: str) -> str:
    """The query's words, held to that repository (`owner/name`)."""
    words = " ".join(_PLACES.sub(" ", query).replace("(", " ").replace(")", " ").split())
    return f"{words} repo:{repository}".strip()
