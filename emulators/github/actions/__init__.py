"""GitHub Actions, as far as its API tells of it: workflows that a repository declares run when something is pushed or a pull
request changes, each job in a clone and a process of its own.

    triggers.py      which workflows an event starts
    runs.py          a run from requested to completed, again, or cancelled
    job_process.py   one job's steps, carried out
    app.py           the App that its checks belong to

https://docs.github.com/actions
"""
