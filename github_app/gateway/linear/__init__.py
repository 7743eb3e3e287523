"""Linear as Harvest itself uses it, by the MCP server that the operator declared as one: it reads the issues that a request
names, and comments on them. The agent's own calls go the way of all tools. What Linear answers was written by others.
"""
