"""The demo: the main job from outside, as the people of a repository live through it. It drives, watches and judges.

It talks to Harvest and to GitHub only as anybody can: by starting processes, over HTTP and by git. It imports nothing of the
service; of the sandbox only what ends those that are left.
"""
