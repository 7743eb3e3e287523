"""The steps of the recipes, one file each. They know nothing of each other: what two of them need stands a level higher.

Each is a function of the JobContext that gives its typed result. It can be run again from its beginning after a crash and has
the same effect once: what it made is named after the job, and what is already there is adopted. It ends the job early by
raising JobOver.
"""
