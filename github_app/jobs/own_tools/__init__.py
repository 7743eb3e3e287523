"""The tools of Harvest's own that its agents have, by MCP: a file each, and who answers for all of them.

What they do they do for the job whose token came with the call, and with Harvest's rights: an agent, hijacked or not, gets by
them what its file says and no more. Nothing is kept in memory between two calls, which may come to different nodes.
"""
