r"""What formulas hide. GitHub draws TeX that stands between dollar signs, between "$`" and "`$", or in a block of the language
math; what a reader does not see of it, a machine reads all the same.

Comments go. A formula with a command that can draw nothing, draw it over something else, or in the colour of the page, is left
out as a whole: what TeX makes of it takes TeX to know. Pure.
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
"""

from __future__ import annotations

import re

FORMULA = "[formula]"

# https://docs.mathjax.org/en/latest/input/tex/macros/index.html
_HIDES = re.compile(
    r"\\(?:(?:[hv]?phantom|(?:text|define|page)?color|f?colorbox|bbox|label|tag|(?:math)?[clr]lap|smash|[hm]space|mathchoice"
    r"|(?:math|text)tip|toggle|(?:re)?new(?:command|environment)|providecommand|require|class|cssid|style|data|href|mmltoken)"
    r"\s*+[{\[*]"
    r"|(?:[egx]?def|let)\s*+\\|(?:[hm]?skip|m?kern|raise|lower|move(?:left|right))\s*+[-+.0-9]|tiny(?![A-Za-z\\/])"
    # Of a column that is neither left, right nor centred nothing is drawn.
    r"|begin\s*+\{array\}\s*+(?:\[[^\]]{0,9}\]\s*+)?\{(?![clr|: \t]*\}))",
    re.IGNORECASE,
)
# What follows the opening of a formula is no space, and neither is what comes before its end.
_COMMENT = re.compile(r"((?<!\\)(?:\\\\)*+\$(?!\s)(?:[^$%\\]|\\.)*+)%[^$\n]*+(?=[^$]*+(?<!\s)\$)", re.DOTALL)
_COMMENT_IN_BLOCK = re.compile(r"(?<!\\)%.*$", re.MULTILINE)


def without_hiding_formulas(paragraph: str) -> str:
    """A paragraph without the formulas that hide something: where one is, from the first dollar sign to the last."""
    first, last = paragraph.find("$"), paragraph.rfind("$")
    if first < last and _HIDES.search(paragraph, first, last):
        return f"{paragraph[:first]}{FORMULA}{paragraph[last + 1 :]}"
    return _COMMENT.sub(r"\1", paragraph)


def can_hide(formula: str) -> bool:
    """Whether a whole formula has a comment, or a command that may hide something."""
    return bool(_HIDES.search(formula) or _COMMENT_IN_BLOCK.search(formula))


def of_block(lines: str) -> str:
    """The lines of a block of math, its last fence among them where it has one."""
    seen = _COMMENT_IN_BLOCK.sub("", lines)
    if not _HIDES.search(seen):
        return seen
    last = seen.splitlines(keepends=True)[-1]
    return f"{FORMULA}\n{last if last.strip(' >')[:3] in ('```', '~~~') else ''}"
