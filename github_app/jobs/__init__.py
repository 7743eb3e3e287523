"""Jobs: recipes, the runner that carries them out, and what more than one step needs, a file for each thing that it is about.

`runner.py` tells the story. What one step alone does is in `steps/`; how the agent is started and followed in `agent/`; what
people see of a job in `reporting/`.
"""
