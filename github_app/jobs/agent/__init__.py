"""The agent in its sandbox as Harvest sees it: what it is told, how it is started, followed, and ended at its limits."""
