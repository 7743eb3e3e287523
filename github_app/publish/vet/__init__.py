"""Between the sandbox and GitHub: the agent's commits are looked at in a repository that never ran its code.

`vetting.py` tells the story; git is run in `clean_git.py` and nowhere else; the rules are pure decisions over what git
listed.
"""
