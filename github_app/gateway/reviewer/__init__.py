"""A second model beside the agent's: what it is asked, how it is reached, and what of its answer counts.

Harvest itself asks, with the operator's key and on the job's budget: for the review of a plan, and for what an agent asks by
the tools of `gateway/tools/builtin/gemini.py`. What comes back is as hostile as what an agent says.
"""
