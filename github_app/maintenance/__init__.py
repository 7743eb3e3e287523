"""What webhooks and steps can't be trusted with alone: at start and on a schedule, look for what was lost or left over.

Each file looks for one thing and mends it in a way that can be repeated; `loops.py` takes the looks again and again,
`github_app/service/schedule.py` says how often.
"""
