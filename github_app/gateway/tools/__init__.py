"""The tool gateway: the agent's way to tools that need a credential, which it never sees.

Mounted at `/tools`, a path for each server (MCP over streamable HTTP). A job's token comes in and goes no further; a server
is called with the operator's credential, or is one of Harvest's own in `builtin/`. What comes back was written by others.
"""
