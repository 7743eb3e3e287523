"""What protections and rulesets mean: whom they hold, and what they forbid of a push or a merge, in GitHub's words. Pure.

demands.py   protection and rulesets as one list of demands on a branch, for one actor
pushes.py    what of it a push breaks
merges.py    what of it a pull request doesn't meet yet
results.py   what the checks on a commit have come to
settings.py  protections and rulesets as GitHub's API describes them, read into what is kept
"""
