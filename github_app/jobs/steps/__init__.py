"""The steps of a job, one file each, in the words of the story that job.py tells.

Each is a function of the work in hand. It can be run again from its beginning after a crash and has the same effect once: what
it made is named after the job, and what is already there is adopted. It ends the job early by raising JobOver.
"""
