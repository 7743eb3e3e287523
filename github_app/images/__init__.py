"""Repository images: a repository's clone with its dependencies installed, kept for the first jobs of new sessions.

`refresh.py` says when one is built, `build.py` how, `set_up.py` what is installed; `warm_pool.py` keeps sandboxes ready that
were started from one. A job itself never builds an image.
"""
