"""A second model that reviews a plan: what it is asked, how it is reached, and what of its answer counts.

Harvest itself asks, with the operator's key and on the job's budget. What comes back is as hostile as what an agent says.
"""
