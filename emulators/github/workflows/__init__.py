"""What a workflow says, prints and leaves. Nothing here runs anything.

    workflow_file.py   what is understood of a workflow's YAML
    log.py             what a step printed, and the workflow commands in it
    downloads.py       archives, and the links that lead to them for a minute
    under_way.py       what is known of the runs that have not ended

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""
