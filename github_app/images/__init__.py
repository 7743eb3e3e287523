"""What is made before there is a job for it: repository images, and sandboxes that wait.

A repository image is a clone with its dependencies installed, kept for the first jobs of new sessions. `refresh.py` says when
one is built, `build.py` how, `set_up.py` what is installed; `warm_pool.py` keeps sandboxes ready that were started from one.
`standbys.py` keeps agents ready for sessions that go on. A job itself makes none of this.
"""
