"""GitHub Actions, as far as its API tells of it: workflows that a repository declares run when something is pushed or a pull
request changes, each job in a clone and a process of its own.

    workflow_file.py   what is understood of a workflow's YAML
    triggers.py        which workflows an event starts
    runs.py            a run from requested to completed, again, or cancelled
    job_process.py     one job's steps, carried out
    log.py             what a step printed, and the workflow commands in it
    downloads.py       archives, and the links that lead to them for a minute

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""
